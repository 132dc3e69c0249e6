import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { LakeRig } from '../lake/lake-rig.js'
import { Manifest } from '../lake/manifest.js'
import type { LakeRow } from '../lake/tables.js'
import { BatchPanes } from './batch-panes.js'
import type { PaneRow } from './pane-rows.js'
import { Reconciler } from './reconciler.js'

const t = Date.UTC(2026, 10, 22, 12)
const minute = 60_000
const graceMs = 30_000

describe('panes of the batch link', () => {
  let rig: LakeRig
  let manifest: Manifest
  let written: Map<string, PaneRow>
  let completeToMs: number
  let failing: boolean
  let panes: BatchPanes
  let ranges: number
  const land = async (table: 'requests' | 'beacons', rows: LakeRow[]) => {
    await rig.writer().write(table, { source: table, from: ranges, to: ++ranges }, rows)
    const minutes = new Set(rows.map(({ at_ms }) => at_ms - (at_ms % minute)))
    await manifest.done({ requests: [], beacons: [], [table]: minutes })
  }
  const request = (at: number, more: Partial<LakeRow<'requests'>> = {}): LakeRow<'requests'> => ({
    at_ms: t + at,
    dc: 'dc-a',
    event_id: 'gala',
    route: '/v1/time',
    outcome: 'full',
    status: 200,
    bytes: 10,
    duration_ms: 300,
    ...more,
  })
  const requestsOf = (startMs: number) => written.get(`${startMs} gala /v1/time`)?.sums['requests']
  beforeEach(async () => {
    rig = await LakeRig.open()
    manifest = await Manifest.open(join(rig.dir, 'manifest.json'))
    written = new Map()
    completeToMs = t
    failing = false
    ranges = 0
    const write = async (_kind: string, _minutes: Iterable<number>, rows: readonly PaneRow[]) => {
      if (failing) throw new Error('the database is away')
      for (const row of rows) written.set(`${row.startMs} ${row.event} ${row.route}`, row)
    }
    const bounds = { memoryMb: 128, threads: 1 }
    const completeTo = () => completeToMs
    panes = new BatchPanes({
      files: rig.files,
      manifest,
      panes: { write, fold: async () => false, drop: async () => {} },
      completeToMs: completeTo,
      graceMs,
      bounds,
    })
  })
  afterEach(() => rig.close())

  it('are written once their minute is over and everything of it has landed', async () => {
    await land('requests', [request(0), request(9_999), request(10_000, { outcome: 'bad' }), request(minute)])
    completeToMs = t + minute + graceMs - 1
    await panes.run()
    expect([written.size, panes.closedToMs]).toEqual([0, t])
    completeToMs = t + minute + graceMs
    await panes.run()
    expect([requestsOf(t), requestsOf(t + 10_000), requestsOf(t + minute)]).toEqual([2, 1, undefined])
    expect(written.get(`${t} gala /v1/time`)).toMatchObject({
      latency: { 300: 2 },
      joinTimes: {},
      sums: { served_full: 2, sent_bytes: 20 },
    })
    expect(panes.closedToMs).toBe(t + minute)
  })

  it('are written again, whole, when late rows land', async () => {
    await land('requests', [request(0)])
    completeToMs = t + 10 * minute
    await panes.run()
    await land('requests', [request(1)])
    expect(panes.closedToMs).toBe(t)
    await panes.run()
    expect([requestsOf(t), panes.counts.minutes, panes.closedToMs]).toEqual([2, 2, t + 9 * minute])
  })

  it('stay due while they cannot be written', async () => {
    await land('requests', [request(0)])
    completeToMs = t + 10 * minute
    failing = true
    await expect(panes.run()).rejects.toThrow('away')
    expect(panes.closedToMs).toBe(t)
    failing = false
    await panes.run()
    expect(requestsOf(t)).toBe(1)
  })

  it('are of what players report, too, and of lines without a time', async () => {
    const beacon = { dc: 'dc-a', event_id: 'gala', session: 's' }
    await land('beacons', [
      { ...beacon, at_ms: t, kind: 'join', join_ms: 131 },
      { ...beacon, at_ms: t + 1, kind: 'stall', stall_ms: 5 },
    ])
    await land('requests', [{ at_ms: 0, dc: 'dc-a', route: 'other', outcome: 'malformed', duration_ms: 0 }])
    completeToMs = t + 10 * minute
    await panes.run()
    expect(written.get(`${t} gala `)).toMatchObject({
      sums: { beacons: 2, joins: 1, stalls: 1, stalled_ms: 5, requests: 0 },
      latency: {},
      joinTimes: { 130: 1 },
      viewers: 1,
      sessions: 1,
    })
    expect(written.get('0  other')).toMatchObject({ sums: { requests: 1, malformed: 1 }, latency: {} })
  })

  it('are computed for far and near minutes without a row of others', async () => {
    await land('requests', [request(0), request(5 * minute), request(26 * 60 * minute)])
    completeToMs = t + 27 * 60 * minute
    await panes.run()
    await land('requests', [request(0), request(5 * minute + 1)])
    written.clear()
    await panes.run()
    expect([...written.keys()]).toEqual([`${t} gala /v1/time`, `${t + 5 * minute} gala /v1/time`])
  })
})

describe('the reconciler', () => {
  const balance = (minuteMs: number, stream: number, batch: number) => ({
    minuteMs,
    stream: { requests: stream, beacons: 0 },
    batch: { requests: batch, beacons: 0 },
    apart: Math.abs(stream - batch),
  })

  it('compares closed minutes of the last hour, and tells which part one link has and the other has not', async () => {
    const asked: number[][] = []
    let closedToMs = t - 4_000_000
    const reconciler = new Reconciler({
      panes: {
        balance: async (fromMs, toMs) => {
          asked.push([fromMs, toMs])
          return [balance(t - 2 * minute, 100, 99), balance(t - minute, 299, 301)]
        },
      },
      closedToMs: () => closedToMs,
      clock: { nowMs: () => t + 1 },
    })
    await reconciler.run()
    expect([asked, reconciler.ratio]).toEqual([[], 0])
    closedToMs = t
    await reconciler.run()
    expect(asked).toEqual([[t - 60 * minute, t]])
    expect([reconciler.minutes.length, reconciler.ratio]).toEqual([2, 3 / 400])
  })
})
