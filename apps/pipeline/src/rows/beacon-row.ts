import { slug } from '@gala/contracts'
import { z } from 'zod'
import { lineTime } from './line-time.js'

const kinds = ['join', 'play', 'stall', 'error', 'bitrate', 'end', 'beat'] as const

/** What a player has told of itself. Of a line nobody can read there is its time, when that much can be read, and that it was one. */
export interface BeaconRow {
  /** When it happened, by our clock, Unix milliseconds; 0 when nobody can say. */
  at: number
  /** When it came. */
  receivedMs: number
  dc: string
  session: string
  seq: number
  /** Null: nobody has vouched for who it is. */
  viewer: string | null
  verified: boolean
  eventId: string | null
  kind: (typeof kinds)[number] | 'malformed'
  joinMs: number | null
  stallMs: number | null
  bitrateKbps: number | null
  code: string | null
  /** CMCD keys as JSON. */
  cmcd: string | null
}

/** Eleven days in milliseconds: sums of them stay whole. */
const amount = z.int().min(0).max(1_000_000_000).nullish()
const lineSchema = z.object({
  id: z.string().max(200),
  received: z.int().min(0),
  event: slug.nullable(),
  kind: z.enum(kinds),
  session: z.string().min(1).max(128),
  viewer: z.string().max(256).nullable(),
  verified: z.boolean(),
  joinMs: amount,
  stallMs: amount,
  bitrateKbps: amount,
  code: z.string().max(64).nullish(),
  cmcd: z.record(z.string(), z.unknown()).nullish(),
})

/** Reads a line of a spool of ping-backs. */
export function beaconRow(line: Buffer, dc: string): BeaconRow {
  const at = lineTime('beacons', line)
  const parsed = at === 0 ? undefined : lineSchema.safeParse(jsonOf(line)).data
  if (!parsed) return malformed(at, dc)
  const { id, session, cmcd } = parsed
  const seq = Number(id.slice(session.length + 1))
  if (!id.startsWith(`${session}-`) || !Number.isSafeInteger(seq) || seq < 0) return malformed(at, dc)
  return {
    at,
    receivedMs: parsed.received,
    dc,
    session,
    seq,
    viewer: parsed.viewer,
    verified: parsed.verified,
    eventId: parsed.event,
    kind: parsed.kind,
    joinMs: parsed.joinMs ?? null,
    stallMs: parsed.stallMs ?? null,
    bitrateKbps: parsed.bitrateKbps ?? null,
    code: parsed.code ?? null,
    cmcd: cmcd ? JSON.stringify(cmcd) : null,
  }
}

function jsonOf(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8'))
  } catch {
    return undefined
  }
}

const malformed = (at: number, dc: string): BeaconRow => ({
  at,
  receivedMs: 0,
  dc,
  session: '',
  seq: 0,
  viewer: null,
  verified: false,
  eventId: null,
  kind: 'malformed',
  joinMs: null,
  stallMs: null,
  bitrateKbps: null,
  code: null,
  cmcd: null,
})
