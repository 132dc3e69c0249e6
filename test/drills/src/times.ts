import type { Times } from './load-plan.js'

/** NaN of none. */
export function timesOf(values: readonly number[]): Times {
  const sorted = Float64Array.from(values).sort()
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
  const mean = sorted.reduce((sum, each) => sum + each, 0) / sorted.length
  return { mean, p50: at(0.5), p99: at(0.99), p999: at(0.999) }
}
