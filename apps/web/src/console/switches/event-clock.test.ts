import type { Event } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import { clockEvents, eventClock, nextEvent } from './event-clock.js'

const noon = Date.UTC(2026, 1, 16, 12)
const at = (ms: number) => new Date(noon + ms).toISOString()
const event = (id: string, status: Event['status'], inMs: number) => ({ id, status, startAt: at(inMs) }) as Event

describe('the event clock', () => {
  it('counts down to the start and up from it', () => {
    expect([-3_723_000, -1_000, 0, 999, 61_000].map((ms) => eventClock(at(0), noon + ms))).toEqual([
      'T−1:02:03',
      'T−0:01',
      'T+0:00',
      'T+0:00',
      'T+1:01',
    ])
  })

  it('never says that nothing is left while something is', () => expect(eventClock(at(1), noon)).toBe('T−0:01'))

  it('counts days when there are several', () => expect(eventClock(at(3 * 86_400_000), noon)).toBe('T−3 d 0:00'))

  it('runs for what is live, else for what begins next', () => {
    const ahead = [event('far', 'scheduled', 9e6), event('near', 'preheat', 1e6)]
    expect(nextEvent(ahead, noon)?.id).toBe('near')
    expect(nextEvent([...ahead, event('on', 'live', -9e6)], noon)?.id).toBe('on')
  })

  it('leaves out drafts and what is over', () => {
    expect(clockEvents([event('a', 'draft', 0), event('b', 'ended', 0), event('c', 'replay', 0)])).toEqual([])
    expect(nextEvent([], noon)).toBeUndefined()
  })
})
