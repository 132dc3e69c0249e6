import { VirtualClock } from '@gala/kernel/testing'
import { describe, expect, it } from '@jest/globals'
import { budgetConformance } from './conformance.js'
import { MemoryBudget } from './memory-budget.js'

describe('MemoryBudget', () => {
  budgetConformance(async () => {
    const clock = new VirtualClock()
    return { budget: new MemoryBudget(clock), pass: (ms) => clock.advance(ms), close: async () => {} }
  })

  it('is empty after it was restarted, with and without what it had kept', async () => {
    const clock = new VirtualClock()
    const budget = new MemoryBudget(clock)
    const ask = (key: string) =>
      budget.lease({ key, rate: 10, burst: 50, want: 50, least: 1, back: 0, instance: 'one', alone: false })
    const kept = budget.copy()
    await ask('gone')
    budget.restart(kept)
    expect((await ask('gone')).granted).toBe(0)
    const later = budget.copy()
    await clock.advance(1_000)
    expect((await ask('gone')).granted).toBe(10)
    budget.restart(later)
    expect((await ask('gone')).granted).toBe(0)
    await clock.advance(500)
    expect((await ask('gone')).granted).toBe(5)
    expect((await ask('never asked for')).granted).toBe(5)
  })
})
