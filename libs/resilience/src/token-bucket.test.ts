import { describe, expect, it } from '@jest/globals'
import { paceOf, TokenBucket } from './token-bucket.js'

describe('a token bucket', () => {
  it('gives its burst at once, then one token each time one has come', () => {
    const bucket = new TokenBucket(paceOf(10, 5))
    expect([1, 2, 3, 4, 5, 6].map(() => bucket.take(1, 0))).toEqual([true, true, true, true, true, false])
    expect([bucket.waitMs(1, 0), bucket.waitMs(3, 0), bucket.left(0)]).toEqual([100, 300, 0])
    expect([bucket.take(1, 99), bucket.take(1, 100), bucket.take(1, 100)]).toEqual([false, true, false])
    expect(bucket.left(10_000)).toBe(5)
  })

  it('takes a cost whole or not at all, and never one above the burst', () => {
    const bucket = new TokenBucket(paceOf(10, 5))
    expect([bucket.take(6, 0), bucket.waitMs(6, 0), bucket.left(0)]).toEqual([false, Number.POSITIVE_INFINITY, 5])
    expect([bucket.take(3, 0), bucket.take(3, 0), bucket.take(2, 0)]).toEqual([true, false, true])
  })

  it('admits no more than burst and rate over any time, also with rates that no fraction holds', () => {
    for (const rate of [3, 7, 333, 1_000_000]) {
      const bucket = new TokenBucket(paceOf(rate, 10))
      let taken = 0
      for (let nowMs = 0; nowMs <= 1_000; nowMs += 0.37) while (taken < 1e6 && bucket.take(1, nowMs)) taken++
      expect(taken).toBeLessThanOrEqual(10 + rate)
      if (rate < 1_000) expect(taken).toBeGreaterThanOrEqual(9 + rate)
    }
  })

  it('refuses paces that make no sense', () => {
    for (const [rate, burst] of [
      [0, 1],
      [Number.NaN, 1],
      [2e6, 1],
      [1, 0],
      [1, Number.POSITIVE_INFINITY],
    ] as const)
      expect(() => paceOf(rate, burst)).toThrow(RangeError)
  })
})
