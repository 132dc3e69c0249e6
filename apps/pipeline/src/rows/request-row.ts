import { hash } from 'node:crypto'
import { z } from 'zod'
import { lineTime } from './line-time.js'
import { routeName } from './route-names.js'

type Outcome = 'full' | 'degraded' | 'bad' | 'malformed'

/** One request at an edge. Of a line nobody can read there is its time, when that much can be read, and that it was one. */
export interface RequestRow {
  /** When the answer was over, Unix milliseconds; 0 when nobody can say. */
  at: number
  dc: string
  /** 32 hexadecimal digits, or empty. */
  traceId: string
  requestId: string
  method: string
  /** As in `RouteName`. */
  route: string
  eventId: string | null
  /** 0: the connection ended before there was one. */
  status: number
  bytes: number
  durationMs: number
  /** All attempts together; null when nobody further in was asked. */
  upstreamMs: number | null
  /** What the edge says of its own copy: HIT, MISS, EXPIRED, STALE, BYPASS …; null when it looked for none. */
  edgeCache: string | null
  /** `x-gala-cache` of the answer. */
  cache: string | null
  /** `x-gala-degraded` of the answer. */
  degraded: string | null
  outcome: Outcome
  /** The asker's address, not to be read back by looking at it. */
  remote: string
}

const word = z.string().transform((value) => (/^[\w:.,+ -]{1,64}$/.test(value) ? value : value === '' ? null : 'other'))
const lineSchema = z.object({
  request_id: z.string(),
  trace: z.string(),
  method: z.string(),
  uri: z.string(),
  status: z.int().min(0).max(999),
  bytes: z
    .int()
    .min(0)
    .max(2 ** 48),
  request_s: z.number().min(0).max(1e7),
  upstream_s: z.string(),
  edge_cache: word,
  cache: word,
  degraded: word,
  remote: z.string(),
})

/** As nginx writes a status there never was, which is no number of JSON. */
const noStatus = /"status":0+(?=\d)/
/** Of nginx: whoever asked went away before the answer. */
const clientGone = 499

/** Reads a line of the edge's access log (`log_format gala`). */
export function requestRow(line: Buffer, dc: string): RequestRow {
  const at = lineTime('requests', line)
  const parsed = at === 0 ? undefined : lineSchema.safeParse(jsonOf(line.toString('utf8'))).data
  if (!parsed) return malformed(at, dc)
  const { status, edge_cache: edgeCache, cache, degraded } = parsed
  const { route, eventId } = routeName(parsed.uri)
  return {
    at,
    dc,
    traceId: hex(parsed.trace),
    requestId: hex(parsed.request_id),
    method: /^[A-Z]{1,16}$/.test(parsed.method) ? parsed.method : 'other',
    route,
    // Of what is not there anybody can ask under any name.
    eventId: status === 404 ? null : eventId,
    status,
    bytes: parsed.bytes,
    durationMs: Math.round(parsed.request_s * 1_000),
    upstreamMs: upstreamMs(parsed.upstream_s),
    edgeCache,
    cache,
    degraded,
    outcome: outcomeOf(status, degraded),
    remote: hash('sha256', parsed.remote).slice(0, 16),
  }
}

/** Bad: a fault of ours, or an answer nobody got. Degraded: less than in health, and said so. */
function outcomeOf(status: number, degraded: string | null): Outcome {
  if (status >= 500 || status === clientGone || status === 0) return 'bad'
  return degraded === null ? 'full' : 'degraded'
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text.replace(noStatus, '"status":'))
  } catch {
    return undefined
  }
}

const hex = (text: string) => (/^[0-9a-f]{32}$/.test(text) ? text : '')

/** `0.003, 0.005 : 0.001`, or `-` for an attempt without an answer. */
function upstreamMs(text: string): number | null {
  const times = text.split(/[,:]/).flatMap((part) => {
    const seconds = Number.parseFloat(part)
    return Number.isFinite(seconds) ? seconds : []
  })
  return times.length === 0 ? null : Math.round(times.reduce((sum, each) => sum + each, 0) * 1_000)
}

const malformed = (at: number, dc: string): RequestRow => ({
  at,
  dc,
  traceId: '',
  requestId: '',
  method: 'other',
  route: 'other',
  eventId: null,
  status: 0,
  bytes: 0,
  durationMs: 0,
  upstreamMs: null,
  edgeCache: null,
  cache: null,
  degraded: null,
  outcome: 'malformed',
  remote: '',
})
