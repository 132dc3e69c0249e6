/** Values from here on are one bucket: 17 minutes. */
const capBits = 20
/** Of a value, that are kept: a bucket is 1/64 of its value wide at most. */
const leadingBits = 7

/**
 * The lower end of the bucket a value of whole milliseconds is in, as SQL: the value itself below 128, otherwise with everything but
 * its seven leading bits cleared.
 */
export function bucketOf(value: string): string {
  const rungs = [`WHEN ${value} < 0 THEN 0`, `WHEN ${value} < ${2 ** leadingBits} THEN ${value}`]
  for (let bits = leadingBits + 1; bits <= capBits; bits++) {
    rungs.push(`WHEN ${value} < ${2 ** bits} THEN ${value} - ${value} % ${2 ** (bits - leadingBits)}`)
  }
  return `CAST(CASE ${rungs.join('\n    ')}\n    ELSE ${2 ** capBits} END AS BIGINT)`
}

/** Beginning of the pane of so many milliseconds that `at_ms` is in. */
export const paneOf = (paneMs: number, at = 'at_ms'): string => `${at} - ${at} % ${paneMs}`

/** How many rows a condition holds for. */
export const countIf = (condition: string): string => `CAST(SUM(CASE WHEN ${condition} THEN 1 ELSE 0 END) AS BIGINT)`

/** Who answered a request from a copy. The edge says of its own copies, too, that they were hit. */
export const edgeHit = "edge_cache = 'HIT'"
export const staleHit = "edge_cache IN ('STALE', 'UPDATING')"
export const accessHit = "(edge_cache IS NULL OR edge_cache <> 'HIT') AND cache = 'hit'"
