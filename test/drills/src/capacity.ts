import { cpuSecondsOf, sumOf } from './load.js'
import type { LoadResult } from './load-plan.js'

/** For a plan: asked again as soon as it is answered, by so many at once. */
export const round = { connections: 32, durationMs: 5_000, ratePerS: 0 }
const roundsMin = 4
const roundsMax = 12

export interface Capacity {
  /** Good answers a second. */
  perS: number
  /** For each second of a processor that these processes used. */
  perCpuS: number
  /** Of the round with the most of them. */
  result: LoadResult
}

/** The most that was answered in one of several rounds; the first ones only warm up. */
export async function capacityOf(ask: () => Promise<LoadResult>, pids: readonly number[]): Promise<Capacity> {
  const rounds: Capacity[] = []
  for (let i = 0; i < roundsMax; i++) {
    const usedS = cpuSecondsOf(pids)
    const result = await ask()
    const good = sumOf(result, 'good')
    const perCpuS = good / (cpuSecondsOf(pids) - usedS)
    rounds.push({ perS: good / (result.durationMs / 1000), perCpuS, result })
    const [before, last] = rounds.slice(-2)
    if (i >= roundsMin - 1 && before && last && last.perCpuS < before.perCpuS * 1.03) break
  }
  return rounds.reduce((best, each) => (each.perS > best.perS ? each : best))
}
