import type { Topic } from '@gala/eventlog'
import { z } from 'zod'
import { beaconRow } from '../rows/beacon-row.js'
import { lineTime } from '../rows/line-time.js'
import { requestRow } from '../rows/request-row.js'
import type { LakeRow } from './tables.js'

type RowOf = (line: Buffer, dc: string) => LakeRow

/** A line of a topic as a row of its table. One nobody can read is a row too: what was written and what is here can be counted. */
export const lakeRowOf: Record<Topic, RowOf> = {
  requests: requestLakeRow,
  beacons: beaconLakeRow,
  spans: spanLakeRow,
  messages: messageLakeRow,
}

function requestLakeRow(line: Buffer, dc: string): LakeRow<'requests'> {
  const row = requestRow(line, dc)
  return {
    at_ms: row.at,
    dc: row.dc,
    trace_id: row.traceId,
    request_id: row.requestId,
    method: row.method,
    route: row.route,
    event_id: row.eventId,
    status: row.status,
    bytes: row.bytes,
    duration_ms: row.durationMs,
    upstream_ms: row.upstreamMs,
    edge_cache: row.edgeCache,
    cache: row.cache,
    degraded: row.degraded,
    outcome: row.outcome,
    remote: row.remote,
  }
}

function beaconLakeRow(line: Buffer, dc: string): LakeRow<'beacons'> {
  const row = beaconRow(line, dc)
  return {
    at_ms: row.at,
    received_ms: row.receivedMs,
    dc: row.dc,
    session: row.session,
    seq: row.seq,
    viewer: row.viewer,
    verified: row.verified ? 1 : 0,
    event_id: row.eventId,
    kind: row.kind,
    join_ms: row.joinMs,
    stall_ms: row.stallMs,
    bitrate_kbps: row.bitrateKbps,
    code: row.code,
    cmcd: row.cmcd,
  }
}

const whole = z.int().min(0)
const small = z.int().min(0).max(2_147_483_647)
const text = z.string().max(1_000)
const spanSchema = z.object({
  trace: text,
  span: text,
  parent: text.nullable(),
  name: text,
  service: text,
  instance: text,
  durationUs: whole,
  status: text,
  kept: text,
  event: text.nullish(),
  route: text.nullish(),
  attributes: z.record(z.string(), z.unknown()),
})

function spanLakeRow(line: Buffer, dc: string): LakeRow<'spans'> {
  const at_ms = lineTime('spans', line)
  const parsed = at_ms === 0 ? undefined : spanSchema.safeParse(jsonOf(line)).data
  if (!parsed) return { at_ms, dc, status: 'malformed' }
  return {
    at_ms,
    dc,
    trace_id: parsed.trace,
    span_id: parsed.span,
    parent_id: parsed.parent,
    service: parsed.service,
    instance: parsed.instance,
    name: parsed.name,
    route: parsed.route ?? null,
    event_id: parsed.event ?? null,
    duration_us: parsed.durationUs,
    status: parsed.status,
    kept: parsed.kept,
    attributes: JSON.stringify(parsed.attributes),
  }
}

const messageSchema = z.object({
  id: text,
  what: z.enum(['accepted', 'screened']),
  room: text,
  lane: text,
  type: text,
  copied: whole.optional(),
  sender: text,
  act: text.nullable(),
  length: small,
  priority: small.nullish(),
  text: z.string().max(10_000).optional(),
  gift: z.unknown(),
  control: z.unknown(),
})

function messageLakeRow(line: Buffer, dc: string): LakeRow<'messages'> {
  const at_ms = lineTime('messages', line)
  const parsed = at_ms === 0 ? undefined : messageSchema.safeParse(jsonOf(line)).data
  if (!parsed) return { at_ms, dc, what: 'malformed' }
  return {
    at_ms,
    copied_ms: parsed.copied ?? null,
    dc,
    id: parsed.id,
    what: parsed.what,
    // A room has the id of its event.
    event_id: parsed.room,
    lane: parsed.lane,
    type: parsed.type,
    sender: parsed.sender,
    act: parsed.act,
    length: parsed.length,
    priority: parsed.priority ?? null,
    text: parsed.text ?? null,
    gift: parsed.gift == null ? null : JSON.stringify(parsed.gift),
    control: parsed.control == null ? null : JSON.stringify(parsed.control),
  }
}

function jsonOf(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8'))
  } catch {
    return undefined
  }
}
