/** What several rounds came to. */
export interface Spread {
  median: number
  least: number
  most: number
}

/** @throws when there is nothing to look at. */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new Error('no round was measured')
  const sorted = values.toSorted((a, b) => a - b)
  const at = (index: number) => sorted[index] ?? Number.NaN
  const last = sorted.length - 1
  // Of an even number the mean of the two in the middle.
  const median = (at(Math.floor(last / 2)) + at(Math.ceil(last / 2))) / 2
  return { median, least: at(0), most: at(last) }
}

/** Round by round: what one came to, in parts of what the other did in the same round. */
export function ratiosOf(values: readonly number[], against: readonly number[]): number[] {
  if (values.length !== against.length) throw new Error('not every round has both')
  return values.map((value, round) => value / (against[round] ?? Number.NaN))
}

/** The same ones, beginning with another in each round: who comes first finds the machine in another state. */
export function rotated<T>(all: readonly T[], round: number): T[] {
  const start = all.length > 0 ? round % all.length : 0
  return [...all.slice(start), ...all.slice(0, start)]
}

/** So many numbers below `size`, drawn by chance so that the one of rank r comes in proportion to 1/r. */
export function zipfDraws(size: number, draws: number, random: () => number): number[] {
  const upTo: number[] = []
  let sum = 0
  for (let rank = 1; rank <= size; rank++) {
    sum += 1 / rank
    upTo.push(sum)
  }
  return Array.from({ length: draws }, () => firstAbove(upTo, random() * sum))
}

/** Index of the first of rising numbers that is greater than `value`. */
function firstAbove(rising: readonly number[], value: number): number {
  let low = 0
  let high = rising.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((rising[middle] ?? 0) > value) high = middle
    else low = middle + 1
  }
  return low
}

/** As many digits as mean anything. */
export const tenths = (value: number) => Math.round(value * 10) / 10
export const hundredths = (value: number) => Math.round(value * 100) / 100
