/** How many values are in each bucket, by its lower end in milliseconds. */
export type Histogram = ReadonlyMap<number, number>

/** Middle of the bucket that begins at `lower`: whole below 128, then as wide as what the seven leading bits leave. */
function middleOf(lower: number): number {
  if (lower < 128) return lower
  const width = 2 ** (Math.floor(Math.log2(lower)) - 6)
  return lower + (width - 1) / 2
}

/** The value that `part` of all do not exceed; null of none. */
function quantileOf(histogram: Histogram, part: number): number {
  const buckets = [...histogram].sort(([a], [b]) => a - b)
  const total = buckets.reduce((sum, [, count]) => sum + count, 0)
  let left = Math.max(1, Math.ceil(total * part))
  for (const [lower, count] of buckets) {
    left -= count
    if (left <= 0) return middleOf(lower)
  }
  return 0
}

export function quantilesOf(histogram: Histogram) {
  if (histogram.size === 0) return null
  return {
    p50: quantileOf(histogram, 0.5),
    p90: quantileOf(histogram, 0.9),
    p99: quantileOf(histogram, 0.99),
    p999: quantileOf(histogram, 0.999),
  }
}
