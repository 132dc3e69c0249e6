const steps = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10]

/** The next round number: what an axis from zero ends with, not far above the highest. Nothing counts as one. */
export function axisEnd(most: number): number {
  if (!(most > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(most))
  const step = steps.find((each) => each * power >= most * (1 - 1e-9)) ?? 10
  return Number((step * power).toPrecision(3))
}

/**
 * A line through what is known, in a square of 100 by 100 whose y goes down. null is a gap; what stands alone between two gaps
 * becomes a dot.
 */
export function linePath(places: readonly number[], values: readonly (number | null)[], end: number): string {
  const parts: string[] = []
  values.forEach((value, i) => {
    if (value === null) return
    const at = `${round(places[i] ?? 0)} ${round(100 - (Math.min(value, end) / end) * 100)}`
    const [before, after] = [known(values[i - 1]), known(values[i + 1])]
    if (before) parts.push(`L${at}`)
    else parts.push(after ? `M${at}` : `M${at}h0.01`)
  })
  return parts.join('')
}

const known = (value: number | null | undefined) => value !== null && value !== undefined
const round = (value: number) => Math.round(value * 100) / 100

/** Which of the places, in order, is nearest to one. */
export function nearest(places: readonly number[], wanted: number): number | undefined {
  let best: number | undefined
  places.forEach((place, i) => {
    if (best === undefined || Math.abs(place - wanted) < Math.abs((places[best] ?? 0) - wanted)) best = i
  })
  return best
}
