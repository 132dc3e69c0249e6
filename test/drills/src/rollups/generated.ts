import { seededRandom } from '@gala/kernel/testing'
import type { LakeRow, LakeTable } from '@gala/pipeline/lake'

/** Half an hour before midnight to half an hour after it: two days, two hours. */
export const startMs = Date.UTC(2026, 10, 22, 23, 30)
export const spanMs = 3_600_000
export const mainEvent = 'spring-gala'

const routes = [
  'events.list',
  'events.read',
  'bootstrap.read',
  'playback.read',
  'stats.read',
  'likes.add',
  'rooms.say',
  'time.read',
  'other',
]
const caches = ['HIT', 'HIT', 'HIT', 'MISS', 'STALE', 'EXPIRED', null]
const kinds = ['join', 'play', 'play', 'stall', 'error', 'bitrate', 'end', 'beat', 'beat']

/** Rows of a table as the writer is given them: the same for the same seed. Some values are missing, some are at their ends. */
export function* generated(table: LakeTable, count: number, seed: number): Generator<LakeRow> {
  const random = seededRandom(seed)
  const below = (n: number) => Math.floor(random() * n)
  const oneOf = <T>(values: readonly T[]): T => values[below(values.length)] as T
  const make: Record<LakeTable, (i: number) => LakeRow> = {
    requests: () => ({ ...base(below, oneOf), ...request(below, oneOf) }),
    beacons: (i) => ({ ...base(below, oneOf), ...beacon(i, below, oneOf) }),
    spans: (i) => ({
      ...base(below, oneOf),
      trace_id: `t${Math.floor(i / 5)}`,
      span_id: `s${i}`,
      parent_id: i % 5 === 0 ? null : `s${i - 1}`,
      service: oneOf(['edge', 'access', 'application']),
      name: oneOf(routes),
      duration_us: below(2_000_000),
      status: oneOf(['ok', 'error', null]),
    }),
    messages: (i) => ({ ...base(below, oneOf), id: `m${i}`, event_id: mainEvent, type: 'chat' }),
    operator_audit: (i) => ({
      ...base(below, oneOf),
      id: String(i),
      actor: `op-${below(9)}`,
      action: oneOf(['switches.set', 'events.save', 'breakers.set', 'Ünicode.änd']),
      target: 'x',
      reason: oneOf(['because', null]),
    }),
  }
  for (let i = 0; i < count; i++) yield make[table](i)
}

type Below = (n: number) => number
type OneOf = <T>(values: readonly T[]) => T

const base = (below: Below, oneOf: OneOf) => ({ at_ms: startMs + below(spanMs), dc: oneOf(['dc-a', 'dc-b']) })

const hex = (below: Below, words: number) =>
  Array.from({ length: words }, () =>
    below(2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('')

/** Four in five are about one event. */
const eventOf = (below: Below) => {
  const drawn = below(20)
  return drawn < 16 ? mainEvent : drawn < 19 ? `launch-${drawn}` : null
}

function request(below: Below, oneOf: OneOf): Partial<LakeRow<'requests'>> {
  const drawn = below(10_000)
  if (drawn === 0) return { route: 'other', outcome: 'malformed' }
  const outcome = drawn < 3 ? 'bad' : drawn < 60 ? 'degraded' : 'full'
  return {
    // Half of what a row takes on disk: nothing makes chance smaller.
    request_id: hex(below, 4),
    trace_id: hex(below, 4),
    remote: hex(below, 2),
    method: 'GET',
    route: oneOf(routes),
    event_id: eventOf(below),
    status: outcome === 'bad' ? oneOf([500, 502, 503, 504]) : oneOf([200, 200, 200, 200, 304, 404, 429]),
    bytes: below(200) === 0 ? null : below(60_000),
    duration_ms: below(1_000) === 0 ? 1_000_000 + below(200_000) : Math.floor(2 ** (below(1_400) / 100)),
    upstream_ms: oneOf([null, 3, 8]),
    edge_cache: oneOf(caches),
    cache: oneOf(['hit', 'miss', null]),
    degraded: outcome === 'degraded' ? 'stats:static' : null,
    outcome,
  }
}

function beacon(i: number, below: Below, oneOf: OneOf): Partial<LakeRow<'beacons'>> {
  const kind = oneOf(kinds)
  return {
    session: `session-${below(30_000)}`,
    seq: i,
    viewer: below(3) === 0 ? null : `viewer-${below(20_000)}`,
    event_id: eventOf(below),
    kind,
    join_ms: kind === 'join' ? below(9_000) : null,
    stall_ms: kind === 'stall' ? below(20_000) : null,
    bitrate_kbps: kind === 'bitrate' ? 500 + below(8_000) : null,
    code: kind === 'error' ? 'E_NET' : null,
    verified: 1,
  }
}
