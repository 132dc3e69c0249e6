import { describe, expect, it } from '@jest/globals'
import { systemClock } from './clock.js'
import { VirtualClock } from './testing.js'

describe('VirtualClock', () => {
  it('fires timers in due order and shows each its own time', async () => {
    const clock = new VirtualClock(0)
    const seen: [string, number][] = []
    void clock.sleep(20).then(() => seen.push(['late', clock.nowMs()]))
    void clock.sleep(10).then(() => seen.push(['early', clock.nowMs()]))
    await clock.advance(50)
    expect(seen).toEqual([
      ['early', 10],
      ['late', 20],
    ])
    expect(clock.nowMs()).toBe(50)
  })

  it('repeats until it is stopped', async () => {
    const clock = new VirtualClock(0)
    let ticks = 0
    const stop = clock.every(10, () => ticks++)
    await clock.advance(35)
    stop()
    await clock.advance(100)
    expect(ticks).toBe(3)
  })
})

describe.each([
  ['VirtualClock', new VirtualClock()],
  ['systemClock', systemClock],
])('%s', (_, clock) => {
  it('ends a sleep at once when it is aborted, before or during', async () => {
    const aborted = new AbortController()
    const sleeping = clock.sleep(3_600_000, aborted.signal)
    aborted.abort()
    await sleeping
    await clock.sleep(3_600_000, aborted.signal)
  })
})
