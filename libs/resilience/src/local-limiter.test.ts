import { VirtualClock } from '@gala/kernel/testing'
import { describe, expect, it } from '@jest/globals'
import { LocalLimiter } from './local-limiter.js'

const limit = { name: 'l', rate: 1, burst: 3 }
const admitted = (of: LocalLimiter, key: string, times: number) =>
  Array.from({ length: times }, () => of.take(key)).filter((decision) => decision.admitted).length

describe('a limit of one process', () => {
  it('counts each key by itself and says when to come back', async () => {
    const clock = new VirtualClock()
    const limiter = new LocalLimiter(limit, clock)
    expect([admitted(limiter, 'a', 9), admitted(limiter, 'b', 9)]).toEqual([3, 3])
    expect(limiter.take('a')).toEqual({ admitted: false, retryAfterMs: 1_000, remaining: 0 })
    await clock.advance(1_000)
    expect([admitted(limiter, 'a', 9), limiter.report.keys]).toEqual([1, 2])
  })

  it('admits no more of a key that was forgotten in between', async () => {
    const clock = new VirtualClock()
    const limiter = new LocalLimiter({ ...limit, keysMax: 2 }, clock)
    expect(admitted(limiter, 'a', 9)).toBe(3)
    for (const key of ['b', 'c', 'd']) limiter.take(key)
    expect([admitted(limiter, 'a', 9), limiter.report.keys]).toEqual([0, 2])
    await clock.advance(3_000)
    expect(admitted(limiter, 'e', 9)).toBe(3)
  })
})
