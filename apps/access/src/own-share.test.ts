import type { Control } from '@gala/contracts'
import { VirtualClock } from '@gala/kernel/testing'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { OwnShare } from './own-share.js'

const traces = (count: number, of: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => `00-${of(n).padStart(32, '0')}-0000000000000001-01`)

describe('the share a data centre answers itself', () => {
  let clock: VirtualClock
  let share: OwnShare

  beforeEach(() => {
    clock = new VirtualClock()
    share = new OwnShare(clock, 'dc-a')
  })

  const weigh = (percent: number, over: Partial<Control['weights'][number]> = {}) =>
    share.obey([{ dc: 'dc-a', percent, actor: 'ann', reason: 'why', position: 1, expiresAt: null, ...over }])
  const taken = (of: readonly string[]) => of.filter((trace) => share.takes(trace)).length

  it('is everything until somebody orders otherwise for this data centre', () => {
    weigh(0, { dc: 'dc-b' })
    expect([share.percent, taken(traces(100, String))]).toEqual([100, 100])
  })

  it('is nothing when it is drained', () => {
    weigh(0)
    expect(taken(traces(100, String))).toBe(0)
  })

  it('is about the part that was ordered, also of ids that only count up, and always the same requests', () => {
    const all = traces(10_000, (n) => n.toString(16))
    for (const percent of [5, 30, 80]) {
      weigh(percent)
      const first = all.filter((trace) => share.takes(trace))
      expect(Math.abs(first.length / 100 - percent)).toBeLessThan(2)
      expect(first.every((trace) => share.takes(trace))).toBe(true)
    }
  })

  it('is everything again when the order has ended, or was taken back', async () => {
    weigh(0, { expiresAt: new Date(clock.nowMs() + 1_000).toISOString() })
    expect(share.percent).toBe(0)
    await clock.advance(1_000)
    expect([share.percent, taken(traces(10, String))]).toEqual([100, 10])
    weigh(0)
    share.obey([])
    expect(share.percent).toBe(100)
  })
})
