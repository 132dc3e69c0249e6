/**
 * The largest mean under which so few events, or fewer, would be seen with at least `1 - confidence`: what can be claimed of
 * rare events by counting them. For none it is -ln(1 - confidence). Source: the exact (Garwood) limit of a Poisson mean.
 */
export function upperBoundOfMean(seen: number, confidence = 0.95): number {
  let low = seen
  let high = seen + 10 * Math.sqrt(seen + 1) + 10
  // Halved so often, nothing is left that a number of this size can tell.
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2
    if (atMostSeen(seen, middle) > 1 - confidence) low = middle
    else high = middle
  }
  return high
}

/** How likely `seen` events or fewer are where `mean` are expected. */
function atMostSeen(seen: number, mean: number): number {
  // In logarithms: e to the minus of a large mean is nothing.
  let logTerm = -mean
  let sum = Math.exp(logTerm)
  for (let i = 1; i <= seen; i++) {
    logTerm += Math.log(mean) - Math.log(i)
    sum += Math.exp(logTerm)
  }
  return sum
}
