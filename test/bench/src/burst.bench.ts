import { fleet } from './limit/fleet.js'
import type { BenchRedis, Figure } from './report.js'

/** A lottery opens: everybody asks within five seconds. */
const requests = 200_000
const perS = 40_000
const rate = 5_000
const burst = 5_000
const waitMaxMs = 1_000
/** Callers in line, in one process; what a process may remember of them. */
const waitersMax = 2_000
const rssGrowthMbMax = 64

/** A rush against one bucket: everyone is answered, in order, with a place or with a time to come back. */
export async function burstBench({ port }: BenchRedis, say: (line: string) => void): Promise<Figure[]> {
  say(`${requests} requests in ${requests / perS} s over eight processes against ${rate}/s`)
  const work = { contender: 'gala', port, rate, burst, waitMaxMs, waitersMax, requests, perS, waits: true } as const
  const { all } = await fleet({ ...work, underWayMax: requests })
  const { admitted, refused, failed, durationS, trips, inversions, longestMs, toldMs, rssGrowthMb } = all
  const bound = Math.floor(burst + rate * durationS)
  const ofBound = Math.round((admitted / bound) * 1_000) / 10
  const missing = requests - admitted - refused
  const perRequest = Math.round((trips / requests) * 10_000) / 10_000
  const told = (part: number) => toldMs[Math.min(toldMs.length - 1, Math.floor(part * toldMs.length))] ?? Number.NaN
  return [
    { name: 'not answered', value: missing + failed, unit: '', bound: 0, ok: missing === 0 && failed === 0 },
    { name: 'admitted', value: admitted, unit: '', bound, ok: admitted <= bound },
    { name: 'admitted of the bound', value: ofBound, unit: '%', bound: 95, ok: ofBound >= 95 },
    { name: 'admitted before one that came earlier', value: inversions, unit: '', bound: 0, ok: inversions === 0 },
    { name: 'longest wait for an answer', value: Math.round(longestMs), unit: 'ms' },
    { name: 'refused, each with a time to come back', value: refused, unit: '', ok: told(0) > 0 },
    { name: 'told to come back after: least', value: told(0), unit: 'ms' },
    { name: 'told to come back after: median', value: told(0.5), unit: 'ms' },
    { name: 'told to come back after: most', value: told(1), unit: 'ms' },
    { name: 'Redis trips per request', value: perRequest, unit: '', bound: 0.02, ok: perRequest <= 0.02 },
    {
      name: 'memory a process grew by, at most',
      value: Math.round(rssGrowthMb),
      unit: 'MB',
      bound: rssGrowthMbMax,
      ok: rssGrowthMb <= rssGrowthMbMax,
    },
    { name: 'time', value: Math.round(durationS * 10) / 10, unit: 's' },
  ]
}
