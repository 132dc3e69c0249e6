import { eventTrafficSchema } from '@gala/contracts'
import { bucketOf, countIn, type Histogram } from '@gala/kernel'
import { seededRandom } from '@gala/kernel/testing'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { LakeRig } from '../lake/lake-rig.js'
import type { LakeRow } from '../lake/tables.js'
import { eventTraffic } from './event-traffic.js'
import { quantilesOf } from './quantiles.js'

const t = Date.UTC(2026, 10, 22, 12)
const bounds = { memoryMb: 128, threads: 1 }

describe('the report of an event', () => {
  let rigs: LakeRig[]
  const request = (at: number, dc: string, more: Partial<LakeRow<'requests'>> = {}): LakeRow<'requests'> => ({
    at_ms: t + at,
    dc,
    event_id: 'gala',
    route: '/v1/time',
    status: 200,
    bytes: 10,
    duration_ms: 100,
    outcome: 'full',
    ...more,
  })
  const entry = {
    at_ms: t + 500,
    id: '7',
    dc: 'dc-a',
    actor: 'ada',
    action: 'switches.set',
    target: 'stats',
    reason: 'load',
  }
  beforeEach(async () => {
    rigs = [await LakeRig.open(), await LakeRig.open()]
    const [a, b] = rigs
    await a?.write('requests', [
      request(0, 'dc-a', { edge_cache: 'HIT' }),
      request(1, 'dc-a', { outcome: 'bad', status: 503, duration_ms: 900 }),
      request(60_000, 'dc-a', { outcome: 'degraded', edge_cache: 'STALE' }),
      request(2, 'dc-a', { event_id: 'other' }),
    ])
    await b?.write('requests', [request(1_500, 'dc-b', { cache: 'hit' })])
    const beacon = { at_ms: t, dc: 'dc-a', event_id: 'gala' }
    await a?.write('beacons', [
      { ...beacon, kind: 'play', session: 's1', viewer: 'v' },
      { ...beacon, kind: 'join', session: 's1', viewer: 'v', join_ms: 250 },
    ])
    await b?.write('beacons', [{ ...beacon, dc: 'dc-b', kind: 'stall', session: 's2', viewer: 'v', stall_ms: 40 }])
    for (const rig of rigs) await rig.write('operator_audit', [entry])
  })
  afterEach(() => {
    for (const rig of rigs) rig.close()
  })
  const report = (slice: { fromMs?: number; toMs?: number; event?: string } = {}) =>
    eventTraffic(
      rigs.map(({ files }) => files),
      { event: 'gala', ...slice },
      bounds,
    )

  it('is of all data centres together, each viewer and each act of operators once', async () => {
    const traffic = await report()
    expect(eventTrafficSchema.parse(traffic)).toEqual(traffic)
    expect(traffic).toMatchObject({
      from: new Date(t).toISOString(),
      to: new Date(t + 60_001).toISOString(),
      ...{ requests: 4, full: 2, degraded: 1, bad: 1, malformed: 0, sentBytes: 40 },
      peak: { perS: 2, at: new Date(t).toISOString() },
      durationMs: { p50: 100, p99: 899.5 },
      hits: { edge: 1, stale: 1, access: 1 },
      dcs: [
        { dc: 'dc-a', requests: 3 },
        { dc: 'dc-b', requests: 1 },
      ],
      errors: [{ route: '/v1/time', status: 503, count: 1 }],
      playback: { plays: 1, joins: 1, joinMs: { p50: 250.5 }, stalls: 1, stalledMs: 40, viewers: 1 },
      series: [
        { at: new Date(t).toISOString(), requests: 3, bad: 1, plays: 1, stalls: 1, viewers: 1 },
        { at: new Date(t + 60_000).toISOString(), requests: 1, degraded: 1 },
      ],
      audit: [{ actor: 'ada', action: 'switches.set', target: 'stats', reason: 'load' }],
    })
  })

  it('holds what was bad against one in a million', async () => {
    const { budget } = await report()
    expect(budget).toEqual({ target: 0.999999, allowed: 0.000004, spent: 1, left: -249_999 })
    expect((await report({ fromMs: t + 1_000 })).budget).toMatchObject({ spent: 0, left: 1 })
  })

  it('is of the time that is asked for, and says when there is nothing', async () => {
    expect((await report({ fromMs: t + 1, toMs: t + 1_501 })).requests).toBe(2)
    const nothing = await report({ event: 'unknown' })
    expect(nothing).toMatchObject({ requests: 0, peak: null, durationMs: null, budget: { left: null } })
    expect(nothing.gaps.join()).toContain('no request about this event')
  })
})

describe('percentiles of buckets', () => {
  it('are within two in a hundred of the exact ones, for any values', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const random = seededRandom(seed)
      const values = Array.from({ length: 2_000 }, () => Math.floor(2 ** (random() * 20))).sort((a, b) => a - b)
      const histogram: Histogram = {}
      for (const value of values) countIn(histogram, value)
      const found = quantilesOf(histogram)
      for (const [name, part] of Object.entries({ p50: 0.5, p90: 0.9, p99: 0.99, p999: 0.999 })) {
        const exact = values[Math.ceil(values.length * part) - 1] ?? 0
        const value = found?.[name as 'p50'] ?? Number.NaN
        expect([seed, name, Math.abs(value - exact) <= exact * 0.02]).toEqual([seed, name, true])
      }
    }
    expect(bucketOf(129)).toBe(128)
  })

  it('are none of nothing', () => expect(quantilesOf({})).toBeNull())
})
