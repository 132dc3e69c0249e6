import { describe, expect, it } from '@jest/globals'
import { type Load, windowMs } from './window.js'

const load = (more: Partial<Load> = {}): Load => ({
  messagesPerS: 20,
  viewers: 50,
  processes: 1,
  delayMs: 0,
  rung: 'full',
  ...more,
})

describe('how long messages are gathered', () => {
  it('is as short as it gets in a small room, quiet or busy', () => {
    for (const messagesPerS of [0, 1, 20, 1_000]) expect(windowMs(load({ messagesPerS }))).toBe(100)
  })

  it('is short in a large room that is quiet: there are few blocks anyway', () => {
    expect(windowMs(load({ viewers: 1_000_000, processes: 10, messagesPerS: 0 }))).toBe(100)
    expect(windowMs(load({ viewers: 10_000, messagesPerS: 0.4 }))).toBe(100)
  })

  it('grows with viewers times messages, up to less than half a second', () => {
    const of = (viewers: number) => windowMs(load({ viewers, messagesPerS: 500 }))
    expect([400, 1_000, 1_500, 2_000, 100_000].map(of)).toEqual([100, 231, 348, 400, 400])
  })

  it('is for what one access process has to write, not for all of them', () => {
    const busy = { viewers: 3_000, messagesPerS: 500 }
    expect(windowMs(load({ ...busy, processes: 8 }))).toBe(100)
    expect(windowMs(load({ ...busy, processes: 1 }))).toBe(400)
  })

  it('keeps the writing of a busy room to a thirtieth of a processor', () => {
    const [viewers, messagesPerS] = [1_500, 100]
    const blocksPerS = 1_000 / (windowMs(load({ viewers, messagesPerS })) + 1_000 / messagesPerS)
    expect(blocksPerS * viewers * 0.007).toBeCloseTo(30, 0)
  })

  it('grows when this process is late, in a small room too, and never beyond a second', () => {
    expect(windowMs(load({ delayMs: 25 }))).toBe(200)
    expect(windowMs(load({ delayMs: 100 }))).toBe(500)
    expect(windowMs(load({ delayMs: 100, viewers: 100_000, messagesPerS: 500 }))).toBe(1_000)
    expect(windowMs(load({ delayMs: 60_000, messagesPerS: 0 }))).toBe(1_000)
  })

  it('is a second when operators have cut the flow, however small and idle everything is', () => {
    expect(windowMs(load({ rung: 'cached', viewers: 1, messagesPerS: 0 }))).toBe(1_000)
    expect(windowMs(load({ rung: 'static' }))).toBe(1_000)
  })

  it('is a window whatever it is told', () => {
    const odd = [0, -5, 1e12, Number.MIN_VALUE]
    for (const messagesPerS of odd)
      for (const viewers of odd)
        for (const processes of odd)
          for (const delayMs of odd) {
            const ms = windowMs(load({ messagesPerS, viewers, processes, delayMs }))
            expect(ms).toBeGreaterThanOrEqual(100)
            expect(ms).toBeLessThanOrEqual(1_000)
          }
  })
})
