import { describe, expect, it } from '@jest/globals'
import { upperBoundOfMean } from './upper-bound.js'

describe('what can be claimed by counting', () => {
  it('is -ln(0.05) when nothing was seen: three million requests without a bad one are six nines', () => {
    expect(upperBoundOfMean(0)).toBeCloseTo(-Math.log(0.05), 12)
    expect(upperBoundOfMean(0) / 3_000_000).toBeLessThan(1e-6)
    expect(upperBoundOfMean(0) / 2_990_000).toBeGreaterThan(1e-6)
  })

  it('is the limit of the tables when some were seen', () => {
    // Half of the 95 % point of chi-square with 2 (seen + 1) degrees of freedom.
    expect(upperBoundOfMean(1)).toBeCloseTo(4.7439, 4)
    expect(upperBoundOfMean(2)).toBeCloseTo(6.2958, 4)
    expect(upperBoundOfMean(10)).toBeCloseTo(16.9622, 4)
  })

  it('stays above what was seen, however much that is', () => {
    const bound = upperBoundOfMean(2_000)
    // The normal approximation: one and two thirds of the root above it.
    expect(bound).toBeGreaterThan(2_000 + 1.6 * Math.sqrt(2_000))
    expect(bound).toBeLessThan(2_000 + 1.8 * Math.sqrt(2_000))
  })
})
