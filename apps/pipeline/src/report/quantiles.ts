import { type Histogram, quantileOf } from '@gala/kernel'

/** What a report says of how long things took; null of none. */
export function quantilesOf(histogram: Histogram) {
  if (Object.keys(histogram).length === 0) return null
  const at = (part: number) => quantileOf(histogram, part) ?? 0
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999) }
}
