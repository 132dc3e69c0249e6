import { VirtualClock } from '@gala/kernel/testing'
import { describe, expect, it } from '@jest/globals'
import { LatencyQuantile } from './latency.js'
import { RetryBudget } from './retry-budget.js'

describe('a retry budget', () => {
  it('allows a tenth of the first attempts when everything fails', () => {
    const budget = new RetryBudget(new VirtualClock())
    for (let i = 0; i < 100_000; i++) {
      budget.first()
      budget.second()
    }
    expect(budget.counts.seconds).toBeGreaterThan(9_900)
    expect(budget.counts.seconds).toBeLessThanOrEqual(10_000 + 20)
  })

  it('allows a few to whoever asks seldom', async () => {
    const clock = new VirtualClock()
    const budget = new RetryBudget(clock)
    for (let i = 0; i < 20; i++) budget.second()
    expect(budget.second()).toBe(false)
    await clock.advance(1_000)
    expect([budget.second(), budget.second(), budget.second()]).toEqual([true, true, false])
  })
})

describe('a latency quantile', () => {
  it('comes to rest where nineteen of twenty are below', () => {
    const p95 = new LatencyQuantile(0.95, 1, 1_000, 500)
    for (let i = 0; i < 20_000; i++) p95.observe((i * 37) % 100)
    expect(p95.ms).toBeGreaterThan(90)
    expect(p95.ms).toBeLessThan(99)
  })

  it('stays within its bounds, whatever it is told', () => {
    const p95 = new LatencyQuantile(0.95, 5, 1_000, 500)
    for (let i = 0; i < 20_000; i++) p95.observe(0)
    expect(p95.ms).toBe(5)
    for (let i = 0; i < 20_000; i++) p95.observe(1e9)
    expect(p95.ms).toBe(1_000)
  })
})
