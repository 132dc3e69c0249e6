import { describe, expect, it } from '@jest/globals'
import { bucketOf, countIn, type Histogram, mergeInto, quantileOf } from './histogram.js'

const of = (values: Iterable<number>) => {
  const histogram: Histogram = {}
  for (const value of values) countIn(histogram, value)
  return histogram
}

describe('a histogram', () => {
  it('has buckets of one below 128, and of a 64th of their value above', () => {
    expect([0, 1, 127, 128, 129, 130, 255, 256, 259, 260, 1_000, 2 ** 20 - 1, 2 ** 20, 1e9].map(bucketOf)).toEqual([
      0,
      1,
      127,
      128,
      128,
      130,
      254,
      256,
      256,
      260,
      1_000,
      2 ** 20 - 2 ** 13,
      2 ** 20,
      2 ** 20,
    ])
    expect([-3, 0.9].map(bucketOf)).toEqual([0, 0])
  })

  it('tells every part of all values to less than one in a hundred', () => {
    const values = Array.from({ length: 20_000 }, (_, i) => Math.floor(1.0006 ** i))
    const histogram = of(values)
    for (const part of [0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1]) {
      const exact = values[Math.ceil(values.length * part) - 1] ?? 0
      expect(Math.abs((quantileOf(histogram, part) ?? Number.NaN) - exact) / exact).toBeLessThan(0.01)
    }
    expect([quantileOf({}, 0.5), quantileOf({ 7: 1 }, 0)]).toEqual([null, 7])
  })

  it('of two is that of both together', () => {
    const [some, more] = [
      [1, 5, 900],
      [5, 5, 7_000],
    ]
    expect(mergeInto(of(some ?? []), of(more ?? []))).toEqual(of([...(some ?? []), ...(more ?? [])]))
  })
})
