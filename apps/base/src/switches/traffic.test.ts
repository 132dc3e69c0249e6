import type { ResilienceReport, TrafficReport } from '@gala/contracts'
import { beforeEach, describe, expect, it } from '@jest/globals'
import type { Reported } from '../fleet/process-reports.js'
import { quantile, TrafficMeter } from './traffic.js'

type Process = Reported<ResilienceReport>
const durations = (...counts: number[]) => Array.from({ length: 13 }, (_, i) => counts[i] ?? 0)

/** A process that has answered so many requests since it began, all of them within half a millisecond. */
function process(name: string, requests: number, over: Partial<TrafficReport> = {}): Process {
  const [dc = '', part = ''] = name.split('.')
  const counts = { requests, failed: 0, hits: 0, degraded: 0, durations: durations(requests), ...over }
  const shedding = { headroom: requests / 10_000, loopDelayMs: requests / 100 }
  const report = { traffic: counts, shedding } as ResilienceReport
  return { name, dc, kind: part.startsWith('access') ? 'access' : 'application', report, detail: null }
}
const silent = (name: string): Process => ({ ...process(name, 0), report: null, detail: 'hangs' })

describe('TrafficMeter', () => {
  let meter: TrafficMeter
  const one = [process('dc-a.access-1', 0)]
  const read = (nowMs: number, ...processes: Process[]) =>
    meter.read(nowMs, processes.length > 0 ? processes : one, ['dc-a', 'dc-b'])
  beforeEach(() => {
    meter = new TrafficMeter()
  })

  it('makes rates of what was counted within five seconds, and shares of all data centres', () => {
    for (let s = 0; s <= 20; s++) {
      meter.take(s * 1_000, [process('dc-a.access-1', s < 10 ? 0 : (s - 10) * 300), process('dc-b.access-1', s * 100)])
    }
    const [a, b] = read(20_000, process('dc-a.access-1', 3_000), silent('dc-b.access-1'))
    expect([a?.perS, b?.perS, a?.share, b?.share]).toEqual([300, 100, 0.75, 0.25])
    expect([a?.processes, a?.answering, b?.answering]).toEqual([1, 1, 0])
  })

  it('adds up processes and leaves out those that do not meet the audience', () => {
    const names = ['dc-a.access-1', 'dc-a.access-2', 'dc-a.application-1']
    const at = (s: number) => names.map((name) => process(name, s * 50))
    for (const s of [0, 1, 2]) meter.take(s * 1_000, at(s))
    expect(read(2_000, ...at(2))[0]?.perS).toBe(100)
  })

  it('begins anew with a process that did, instead of counting backwards', () => {
    meter.take(0, [process('dc-a.access-1', 9_000)])
    meter.take(1_000, [process('dc-a.access-1', 10)])
    expect(read(1_000)[0]?.perS).toBe(0)
    meter.take(2_000, [process('dc-a.access-1', 30)])
    expect(read(2_000)[0]?.perS).toBe(20)
  })

  it('forgets a process that has not answered for as long as the window', () => {
    meter.take(0, [process('dc-a.access-1', 0)])
    meter.take(1_000, [process('dc-a.access-1', 500)])
    expect(read(1_000)[0]?.perS).toBe(500)
    expect(read(7_000)[0]).toMatchObject({ perS: 0, p50Ms: null, share: 0 })
  })

  it('tells shares of what was answered badly, from memory, or with less', () => {
    const of = (requests: number) =>
      process('dc-a.access-1', requests, { failed: requests / 10, hits: requests / 2, degraded: requests / 4 })
    meter.take(0, [of(0)])
    meter.take(1_000, [of(1_000)])
    expect(read(1_000)[0]).toMatchObject({ errorShare: 0.1, hitShare: 0.5, degradedShare: 0.25 })
  })

  it('shows the latest loop and the least headroom of any process', () => {
    const [a] = read(0, process('dc-a.access-1', 5_000), process('dc-a.application-1', 9_000))
    expect(a).toMatchObject({ loopDelayMs: 90, headroom: 0.5 })
  })
})

describe('quantile of answers by duration', () => {
  it('lies within its bucket', () => {
    expect(quantile(durations(0, 0, 0, 100), 0.5)).toBe(3.5)
    expect(quantile(durations(50, 50), 0.99)).toBeCloseTo(0.99)
    expect(quantile(durations(98, 0, 0, 0, 0, 0, 2), 0.99)).toBe(35)
  })

  it('is the last bound for what took longer, and nothing of nothing', () => {
    expect(quantile(durations(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 99), 0.99)).toBe(2_000)
    expect(quantile(durations(), 0.5)).toBeNull()
  })
})
