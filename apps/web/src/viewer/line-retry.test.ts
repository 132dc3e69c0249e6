import { describe, expect, it } from '@jest/globals'
import { retryMs } from './line-retry.js'

describe('the wait before the next line is tried', () => {
  it('is nothing while there is a line that has not failed', () => {
    expect(retryMs(1, 2, 1)).toBe(0)
  })

  it('doubles once all have failed, and stays at sixteen seconds', () => {
    expect([2, 3, 4, 5, 6, 7, 100].map((failures) => retryMs(failures, 2, 1))).toEqual([
      1000, 2000, 4000, 8000, 16_000, 16_000, 16_000,
    ])
  })

  it('is half chance, so that a crowd does not come back in step', () => {
    expect(retryMs(6, 2, 0)).toBe(8000)
  })
})
