/** Values from here on are one bucket: seventeen minutes. */
const cap = 2 ** 20
/** Below it every value is its own bucket. */
const exact = 128

/** How many values are in each bucket, by its lower end. */
export type Histogram = Record<number, number>

/**
 * The bucket of a value in whole milliseconds: the value itself below 128, otherwise with everything but its seven leading bits cleared,
 * so that a bucket is at most 1/64 of its value wide. Whole numbers only: SQL of any engine comes to the same.
 */
export function bucketOf(value: number): number {
  if (value < exact) return Math.max(0, Math.floor(value))
  if (value >= cap) return cap
  const step = 2 ** (Math.floor(Math.log2(value)) - 6)
  return value - (value % step)
}

export function count(histogram: Histogram, value: number): void {
  const bucket = bucketOf(value)
  histogram[bucket] = (histogram[bucket] ?? 0) + 1
}

/** Adds what another one holds. */
export function merge(into: Histogram, from: Histogram): Histogram {
  for (const [bucket, counted] of Object.entries(from)) into[Number(bucket)] = (into[Number(bucket)] ?? 0) + counted
  return into
}
