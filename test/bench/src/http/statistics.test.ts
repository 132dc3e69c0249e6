import { seededRandom } from '@gala/kernel/testing'
import { describe, expect, it } from '@jest/globals'
import { ratiosOf, rotated, spreadOf, zipfDraws } from './statistics.js'

describe('what several rounds came to', () => {
  it('is the one in the middle, with the least and the most', () => {
    expect(spreadOf([30, 10, 20])).toEqual({ median: 20, least: 10, most: 30 })
    expect(spreadOf([40, 10, 20, 30])).toEqual({ median: 25, least: 10, most: 40 })
    expect(spreadOf([7])).toEqual({ median: 7, least: 7, most: 7 })
    expect(() => spreadOf([])).toThrow('no round')
  })

  it('compares two within the same round, so that a slow round of both is no difference', () => {
    const ours = [100, 50, 98]
    const theirs = [100, 50, 100]
    expect(spreadOf(ratiosOf(ours, theirs)).median).toBe(1)
    expect(() => ratiosOf([1, 2], [1])).toThrow('both')
  })

  it('begins with another contender in each round', () => {
    expect([0, 1, 2, 3].map((round) => rotated(['a', 'b', 'c'], round).join(''))).toEqual(['abc', 'bca', 'cab', 'abc'])
    expect(rotated([], 3)).toEqual([])
  })
})

describe('draws by popularity', () => {
  it('come in proportion to one over the rank', () => {
    const draws = zipfDraws(1_000, 200_000, seededRandom(7))
    const count = (index: number) => draws.filter((drawn) => drawn === index).length
    expect(draws.every((drawn) => Number.isInteger(drawn) && drawn >= 0 && drawn < 1_000)).toBe(true)
    expect(count(0) / count(1)).toBeCloseTo(2, 0)
    expect(count(0) / count(9)).toBeGreaterThan(8.5)
    expect(count(0) / count(9)).toBeLessThan(11.5)
  })
})
