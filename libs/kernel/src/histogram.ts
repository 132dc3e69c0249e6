/** Values from here on are one bucket: seventeen minutes. */
const cap = 2 ** 20
/** Below it every value is its own bucket. */
const exact = 128

/** How many values are in each bucket, by its lower end in whole milliseconds. */
export type Histogram = Record<number, number>

/**
 * The bucket of a value in whole milliseconds: the value itself below 128, otherwise with everything but its seven leading bits cleared,
 * so that a bucket is at most 1/64 of its value wide. Whole numbers only: SQL of any engine comes to the same.
 */
export function bucketOf(value: number): number {
  if (value < exact) return Math.max(0, Math.floor(value))
  if (value >= cap) return cap
  const step = stepOf(value)
  return value - (value % step)
}

export function countIn(histogram: Histogram, value: number): void {
  const bucket = bucketOf(value)
  histogram[bucket] = (histogram[bucket] ?? 0) + 1
}

/** Adds what another one holds. */
export function mergeInto(into: Histogram, from: Histogram): Histogram {
  for (const [bucket, counted] of Object.entries(from)) into[Number(bucket)] = (into[Number(bucket)] ?? 0) + counted
  return into
}

/** The value that `part` of all (0 to 1) do not exceed, as the middle of its bucket: at most 0.8 % off. Null of none. */
export function quantileOf(histogram: Histogram, part: number): number | null {
  const buckets = Object.entries(histogram)
    .map(([lower, count]) => ({ lower: Number(lower), count }))
    .sort((a, b) => a.lower - b.lower)
  let left = Math.max(1, Math.ceil(buckets.reduce((sum, { count }) => sum + count, 0) * part))
  for (const { lower, count } of buckets) {
    left -= count
    if (left <= 0) return lower < exact ? lower : lower + (stepOf(lower) - 1) / 2
  }
  return null
}

const stepOf = (value: number) => 2 ** (Math.floor(Math.log2(value)) - 6)
