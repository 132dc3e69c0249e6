import { VirtualClock } from '@gala/kernel/testing'
import { describe, expect, it } from '@jest/globals'
import { UsedTickets } from './used-tickets.js'

describe('tickets that have been used', () => {
  it('are forgotten after their time, and when there are too many of them the oldest first', async () => {
    const clock = new VirtualClock()
    const used = new UsedTickets({ set: async () => 'OK' }, 'test:', clock, () => {})
    const until = (ms: number) => clock.nowMs() + ms
    for (let i = 0; i < 100; i++) expect(await used.use(`short-${i}`, until(1_000))).toBe(true)
    expect(await used.use('short-0', until(1_000))).toBe(false)
    await clock.advance(1_001)
    for (let i = 0; i < 100; i++) await used.use(`long-${i}`, until(600_000))
    expect(used.size).toBe(100)
    for (let i = 0; i < 200_100; i++) await used.use(`many-${i}`, until(600_000))
    expect(used.size).toBe(200_000)
    expect(await used.use('many-200099', until(1_000))).toBe(false)
  })

  it('are kept with the time they have left', async () => {
    const clock = new VirtualClock()
    const kept: unknown[] = []
    const set = async (...args: unknown[]) => void kept.push(args)
    const used = new UsedTickets({ set }, 'test:', clock, () => {})
    await used.use('one', clock.nowMs() + 35_000)
    expect(kept).toEqual([['test:ticket:one', '1', 'PX', 35_000, 'NX']])
  })
})
