import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { LakeRig } from '../lake/lake-rig.js'
import type { LakeRow } from '../lake/tables.js'
import { bucketOf } from './ladder.js'
import { type RollupName, rollups } from './rollups.js'
import { makeViews } from './views.js'

/** 2026-11-22T12:00:00Z: a whole minute. */
const t = Date.UTC(2026, 10, 22, 12)
type Request = LakeRow<'requests'>
const request = (at: number, route: string, more: Partial<Request> = {}): Request => ({
  at_ms: t + at,
  dc: 'dc-a',
  route,
  event_id: 'gala',
  status: 200,
  bytes: 100,
  duration_ms: 5,
  outcome: 'full',
  ...more,
})
const requests: Request[] = [
  request(0, 'bootstrap', { edge_cache: 'HIT' }),
  request(9_999, 'bootstrap', { edge_cache: 'MISS', cache: 'hit', duration_ms: 129 }),
  request(10_000, 'bootstrap', { outcome: 'degraded', edge_cache: 'STALE', duration_ms: 128 }),
  request(10_001, 'likes', { dc: 'dc-b', status: 503, outcome: 'bad', bytes: 7, duration_ms: 1_000_000 }),
  request(60_000, 'likes', { event_id: null, status: 404, bytes: null, duration_ms: 2_000_000 }),
  request(60_001, 'other', { event_id: null, status: null, bytes: null, duration_ms: null, outcome: 'malformed' }),
]
const beacon = (at: number, kind: string, session: string, more: Partial<LakeRow<'beacons'>> = {}) => ({
  at_ms: t + at,
  dc: 'dc-a',
  event_id: 'gala',
  kind,
  session,
  ...more,
})
const beacons: LakeRow<'beacons'>[] = [
  beacon(0, 'play', 's1', { viewer: 'ada', bitrate_kbps: 3_000 }),
  beacon(1, 'join', 's1', { viewer: 'ada', join_ms: 300 }),
  beacon(2, 'play', 's2', { viewer: 'ada' }),
  beacon(3, 'stall', 's3', { stall_ms: 250, bitrate_kbps: 1_000 }),
  beacon(59_999, 'error', 's3', { code: 'E1' }),
  beacon(60_000, 'join', 's4', { join_ms: 303 }),
  beacon(60_001, 'malformed', '', { event_id: null }),
]
const span = (id: string, parent_id: string | null, duration_us: number) => ({
  at_ms: t,
  dc: 'dc-a',
  trace_id: `t${id}`,
  span_id: id,
  parent_id,
  service: 'access',
  name: 'GET',
  duration_us,
})
const entry = (id: string, actor: string, action: string) => ({
  at_ms: t + Number(id),
  dc: 'dc-a',
  id,
  actor,
  action,
  target: 'x',
})

/** By hand, row by row, in the order of the columns. */
const answers: Record<RollupName, unknown[][]> = {
  request_outcomes: [
    [t, 'dc-a', 'gala', 'bootstrap', 2, 2, 0, 0, 0, 1, 1, 200],
    [t + 10_000, 'dc-a', 'gala', 'bootstrap', 1, 0, 1, 0, 0, 0, 0, 100],
    [t + 10_000, 'dc-b', 'gala', 'likes', 1, 0, 0, 1, 0, 0, 0, 7],
    [t + 60_000, 'dc-a', '', 'likes', 1, 1, 0, 0, 0, 0, 0, 0],
    [t + 60_000, 'dc-a', '', 'other', 1, 0, 0, 0, 1, 0, 0, 0],
  ],
  request_latency: [
    [t, 'dc-a', 'gala', 'bootstrap', 5, 1],
    [t, 'dc-a', 'gala', 'bootstrap', 128, 1],
    [t + 10_000, 'dc-a', 'gala', 'bootstrap', 128, 1],
    [t + 10_000, 'dc-b', 'gala', 'likes', 999_424, 1],
    [t + 60_000, 'dc-a', '', 'likes', 1_048_576, 1],
  ],
  hit_ratio: [
    [t, 'dc-a', 3, 1, 1, 1],
    [t, 'dc-b', 1, 0, 0, 0],
    [t + 60_000, 'dc-a', 1, 0, 0, 0],
  ],
  top_routes: [
    ['bootstrap', 3, 2, 1, 0, 0, 262],
    ['likes', 2, 1, 0, 1, 0, 3_000_000],
    ['other', 1, 0, 0, 0, 1, 0],
  ],
  bytes_by_route: [
    ['dc-a', 'bootstrap', 3, 300, 100],
    ['dc-b', 'likes', 1, 7, 7],
    ['dc-a', 'likes', 1, 0, 0],
    ['dc-a', 'other', 1, 0, 0],
  ],
  errors_by_route: [
    ['likes', 404, 'full', 1, t + 60_000, t + 60_000],
    ['likes', 503, 'bad', 1, t + 10_001, t + 10_001],
  ],
  event_outcomes: [
    ['', 2, 1, 0, 0, 1, 0, t + 60_000, t + 60_001],
    ['gala', 4, 2, 1, 1, 0, 307, t, t + 10_001],
  ],
  busiest_seconds: [
    [t + 10_000, 2, 1],
    [t + 60_000, 2, 0],
    [t, 1, 0],
    [t + 9_000, 1, 0],
  ],
  playback: [
    [t, 'dc-a', 'gala', 4, 0, 2, 1, 1, 250, 0, 4_000, 2],
    [t + 50_000, 'dc-a', 'gala', 1, 0, 0, 0, 0, 0, 1, 0, 0],
    [t + 60_000, 'dc-a', '', 1, 1, 0, 0, 0, 0, 0, 0, 0],
    [t + 60_000, 'dc-a', 'gala', 1, 0, 0, 1, 0, 0, 0, 0, 0],
  ],
  join_times: [
    [t, 'dc-a', 'gala', 300, 1],
    [t + 60_000, 'dc-a', 'gala', 300, 1],
  ],
  unique_viewers: [
    ['gala', t, 2, 3],
    ['gala', t + 60_000, 1, 1],
  ],
  slowest_traces: [
    ['t2', '2', t, 'dc-a', 'access', 'GET', '', 900],
    ['t1', '1', t, 'dc-a', 'access', 'GET', '', 500],
  ],
  audit_by_actor: [
    ['ben', 'switches.set', 2, t + 2, t + 3],
    ['ada', 'events.save', 1, t + 1, t + 1],
  ],
}

describe('roll-ups on the embedded engine', () => {
  let rig: LakeRig
  beforeAll(async () => {
    rig = await LakeRig.open()
    await rig.write('requests', requests)
    await rig.write('beacons', beacons)
    await rig.write('spans', [span('1', null, 500), span('2', null, 900), span('3', '2', 901)])
    await rig.write('operator_audit', [
      entry('1', 'ada', 'events.save'),
      entry('2', 'ben', 'switches.set'),
      entry('3', 'ben', 'switches.set'),
    ])
    await makeViews(rig.engine, [rig.files])
  })
  afterAll(() => rig.close())

  it.each(Object.keys(rollups) as RollupName[])('answer %s as it was counted by hand', async (name) => {
    const rows = await rig.engine.rows(rollups[name].sql)
    expect(rows.map((row) => Object.values(row))).toEqual(answers[name])
  })

  it('are at least twelve', () => expect(Object.keys(rollups).length).toBeGreaterThanOrEqual(12))

  it('look at the slice they are given, and nothing else', async () => {
    const own = await LakeRig.open()
    await makeViews(own.engine, [rig.files], { fromMs: t + 10_000, toMs: t + 60_000, event: 'gala' })
    const [row] = await own.engine.rows('SELECT COUNT(*) AS n, MIN(dt) AS dt FROM requests')
    expect(row).toEqual({ n: 2, dt: '2026-11-22' })
    await makeViews(own.engine, [rig.files, rig.files])
    const [audit] = await own.engine.rows('SELECT COUNT(*) AS n FROM operator_audit')
    expect(audit).toEqual({ n: 3 })
    own.close()
  })

  it('answer of an empty lake with nothing', async () => {
    const own = await LakeRig.open()
    await makeViews(own.engine, [own.files])
    for (const { sql } of Object.values(rollups)) expect(await own.engine.rows(sql)).toEqual([])
    own.close()
  })

  it.each([
    [-1, 0],
    [127, 127],
    [128, 128],
    [255, 254],
    [256, 256],
    [259, 256],
    [511, 508],
    [524_288, 524_288],
    [1_048_575, 1_040_384],
    [1_048_576, 1_048_576],
    [2_147_483_647, 1_048_576],
  ])('put %i ms into the bucket of %i', async (value, bucket) => {
    expect(await rig.engine.rows(`SELECT ${bucketOf('v')} AS bucket FROM (SELECT ${value} AS v)`)).toEqual([{ bucket }])
  })
})
