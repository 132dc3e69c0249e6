import type { EventTraffic } from '@gala/contracts'

type Step = EventTraffic['series'][number]

/** As many as a report is asked to draw, several times over. */
const stepsMax = 2_000

/** Every step from the first to the last: in one that the lake says nothing of, nothing was asked. */
export function stepsOf({ series, seriesStepMs }: Pick<EventTraffic, 'series' | 'seriesStepMs'>) {
  const known = new Map(series.map((step) => [Date.parse(step.at), step]))
  const [firstMs, lastMs] = [Math.min(...known.keys()), Math.max(...known.keys())]
  const atMs: number[] = []
  for (let at = firstMs; at <= lastMs && atMs.length < stepsMax; at += seriesStepMs) atMs.push(at)
  return { atMs, steps: atMs.map((at) => known.get(at) ?? quiet(at)) }
}

const quiet = (at: number): Step => ({
  ...{ at: new Date(at).toISOString(), requests: 0, degraded: 0, bad: 0, plays: 0, stalls: 0, viewers: 0 },
})
