import { durationBoundsMs, type ResilienceReport, type Traffic, type TrafficReport } from '@gala/contracts'
import type { Reported } from '../fleet/process-reports.js'

/** Long enough to be calm, short enough to be now. */
const windowMs = 5_000
/** A process that has not answered for so long is no part of it. */
const keptMs = 2 * windowMs

interface Sample {
  atMs: number
  counts: TrafficReport
}

type Process = Reported<ResilienceReport>

/** Turns what processes have counted since they began into what is going on now. Fed with every look at them. */
export class TrafficMeter {
  /** By process, oldest first. As many processes as the topology has, as many samples as looks within `keptMs`. */
  readonly #samples = new Map<string, Sample[]>()

  take(nowMs: number, processes: readonly Process[]) {
    for (const { name, kind, report } of processes) {
      if (kind !== 'access') continue
      const kept = (this.#samples.get(name) ?? []).filter(({ atMs }) => nowMs - atMs <= keptMs)
      const counts = report?.traffic
      const last = kept.at(-1)
      // A process that began anew counts from nothing: what it counted before says nothing of now.
      if (counts && last && counts.requests < last.counts.requests) kept.length = 0
      if (counts) kept.push({ atMs: nowMs, counts })
      this.#samples.set(name, kept)
    }
  }

  /** One item for each data centre. `processes`: what they said last. */
  read(nowMs: number, processes: readonly Process[], dcs: readonly string[]): Traffic[] {
    const items = dcs.map((dc) => this.#of(dc, nowMs, processes))
    const all = items.reduce((sum, { perS }) => sum + perS, 0)
    return items.map((item) => ({ ...item, share: all > 0 ? item.perS / all : 0 }))
  }

  #of(dc: string, nowMs: number, processes: readonly Process[]): Traffic {
    const here = processes.filter((of) => of.dc === dc)
    const flows = here.flatMap(({ name }) => this.#flowOf(name, nowMs) ?? [])
    const sum = (of: (counts: TrafficReport) => number) => flows.reduce((total, { counts }) => total + of(counts), 0)
    const requests = sum((counts) => counts.requests)
    const share = (part: number) => (requests > 0 ? Math.min(1, part / requests) : 0)
    const durations = durationsOf(flows.map(({ counts }) => counts))
    const shedding = here.flatMap(({ report }) => report?.shedding ?? [])
    return {
      dc,
      perS: flows.reduce((total, { counts, ms }) => total + (counts.requests * 1_000) / ms, 0),
      share: 0,
      p50Ms: quantile(durations, 0.5),
      p99Ms: quantile(durations, 0.99),
      errorShare: share(sum((counts) => counts.failed)),
      hitShare: share(sum((counts) => counts.hits)),
      degradedShare: share(sum((counts) => counts.degraded)),
      loopDelayMs: Math.max(0, ...shedding.map(({ loopDelayMs }) => loopDelayMs)),
      headroom: Math.min(1, ...shedding.map(({ headroom }) => headroom)),
      processes: here.length,
      answering: here.filter(({ report }) => report !== null).length,
    }
  }

  /** What a process has counted within the window; undefined until it has been seen twice. */
  #flowOf(name: string, nowMs: number): { counts: TrafficReport; ms: number } | undefined {
    const samples = this.#samples.get(name) ?? []
    const to = samples.at(-1)
    const from = samples.find(({ atMs }) => nowMs - atMs <= windowMs)
    if (!to || !from || to.atMs <= from.atMs) return undefined
    return { counts: difference(from.counts, to.counts), ms: to.atMs - from.atMs }
  }
}

const difference = (from: TrafficReport, to: TrafficReport): TrafficReport => ({
  requests: to.requests - from.requests,
  failed: to.failed - from.failed,
  hits: to.hits - from.hits,
  degraded: to.degraded - from.degraded,
  durations: to.durations.map((count, i) => count - (from.durations[i] ?? 0)),
})

const durationsOf = (all: readonly TrafficReport[]): number[] =>
  Array.from({ length: durationBoundsMs.length + 1 }, (_, i) =>
    all.reduce((sum, { durations }) => sum + Math.max(0, durations[i] ?? 0), 0),
  )

/**
 * Within a bucket as if its answers were spread evenly. Beyond the last bound nothing is known but that it took longer, so
 * that bound is said. Null when nothing was answered.
 */
export function quantile(counts: readonly number[], share: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  const rank = share * total
  let below = 0
  for (const [i, count] of counts.entries()) {
    const to = durationBoundsMs[i]
    if (to === undefined) break
    if (count > 0 && below + count >= rank) {
      const from = durationBoundsMs[i - 1] ?? 0
      return from + (to - from) * ((rank - below) / count)
    }
    below += count
  }
  return durationBoundsMs.at(-1) ?? null
}
