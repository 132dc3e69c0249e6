import { describe, expect, it } from '@jest/globals'
import { axisEnd, linePath, nearest } from './scale.js'

describe('a chart', () => {
  it('ends its axis with a round number that nothing is above', () => {
    expect([0, 0.3, 1, 1.1, 2.4, 3, 99, 100, 101, 7_400].map(axisEnd)).toEqual([
      1, 0.3, 1, 1.2, 2.5, 3, 100, 100, 120, 8_000,
    ])
    expect(axisEnd(Number.NaN)).toBe(1)
  })

  it('draws a line from zero at the foot to the end of the axis, with gaps, and a dot for what stands alone', () => {
    expect(linePath([0, 50, 100], [0, 5, 10], 10)).toBe('M0 100L50 50L100 0')
    expect(linePath([0, 25, 50, 75, 100], [10, null, 5, null, 0], 10)).toBe('M0 0h0.01M50 50h0.01M100 100h0.01')
    expect(linePath([0, 100], [null, null], 10)).toBe('')
  })

  it('finds what is nearest to the pointer', () => {
    expect([nearest([0, 50, 100], 70), nearest([0, 50, 100], 80), nearest([], 3)]).toEqual([1, 2, undefined])
  })
})
