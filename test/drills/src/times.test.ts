import { describe, expect, it } from '@jest/globals'
import { timesOf } from './times.js'

describe('times of a load', () => {
  it('are told of all values, in whatever order they came', () => {
    const values = Array.from({ length: 1_000 }, (_, i) => (i * 7) % 1_000)
    expect(timesOf(values)).toEqual({ mean: 499.5, p50: 500, p99: 990, p999: 999 })
  })

  it('are no numbers when nothing was answered', () => {
    expect(timesOf([])).toEqual({ mean: Number.NaN, p50: Number.NaN, p99: Number.NaN, p999: Number.NaN })
  })
})
