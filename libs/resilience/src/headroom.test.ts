import { VirtualClock } from '@gala/kernel/testing'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { Headroom } from './headroom.js'

describe('Headroom', () => {
  let clock: VirtualClock
  let headroom: Headroom
  let busy: number

  beforeEach(() => {
    clock = new VirtualClock()
    busy = 1
    headroom = new Headroom({ clock, tickMs: 20, tolerableMs: 100, busy: () => busy })
    headroom.busy = 1
  })

  const tickAfter = async (...ms: number[]) => {
    for (const each of ms) {
      await clock.advance(each)
      headroom.tick()
    }
  }

  it('is whole while the timer is on time', async () => {
    busy = 0
    headroom.busy = 0
    await tickAfter(20, 20, 20)
    expect(headroom.take()).toBe(0)
    expect(headroom.value).toBe(1)
  })

  it('is gone when the event loop is as late as is tolerable', async () => {
    await tickAfter(120, 120)
    expect(headroom.take()).toBeCloseTo(1)
    expect(headroom).toMatchObject({ value: 0, delayMs: 100 })
  })

  it('tells a tick that is overdue before it comes', async () => {
    await clock.advance(220)
    expect(headroom.take()).toBeCloseTo(2)
  })

  it('forgets a pause with the window it was in', async () => {
    await tickAfter(500)
    expect(headroom.take()).toBeGreaterThan(1)
    await tickAfter(20, 20)
    expect(headroom.take()).toBe(0)
  })

  it('remembers the longest pause for half a minute, and has forgotten it after a whole one', async () => {
    await tickAfter(320, 20, 50)
    expect(headroom.longestMs).toBe(300)
    await tickAfter(30_000)
    expect(headroom.longestMs).toBe(29_980)
    await tickAfter(...Array.from({ length: 1_500 }, () => 20))
    expect(headroom.longestMs).toBe(29_980)
    await tickAfter(...Array.from({ length: 1_500 }, () => 20))
    expect(headroom.longestMs).toBe(0)
  })

  it('expects what is taken up now to have waited half of the last turn', async () => {
    await tickAfter(420)
    expect(headroom.waitedMs).toBe(200)
    await tickAfter(20)
    expect(headroom.waitedMs).toBe(0)
  })

  it('is as full as the work in flight, and strained by what is turned away', async () => {
    const occupancy = { inFlight: 30, limit: 100, asked: 100, refused: 0 }
    headroom.occupancy = occupancy
    await tickAfter(20)
    expect(headroom.take()).toBe(0.5)
    headroom.occupancy = { ...occupancy, inFlight: 60, asked: 200, refused: 50 }
    expect(headroom.take()).toBe(1.5)
    expect(headroom.take()).toBe(1)
  })

  it('has no headroom left of an event loop that is always busy, and yet no strain', async () => {
    await tickAfter(20)
    expect(headroom.take()).toBe(0)
    expect(headroom.value).toBe(0)
  })

  it('takes no lateness for strain while the event loop still finds time to idle', async () => {
    busy = 0.5
    for (let window = 0; window < 10; window++) {
      await tickAfter(300)
      headroom.take()
    }
    await tickAfter(300)
    expect(headroom.take()).toBeLessThan(1)
    expect(headroom.delayMs).toBeGreaterThan(200)
  })
})
