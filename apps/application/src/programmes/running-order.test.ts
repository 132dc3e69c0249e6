import type { Event, Programme } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import { atMoment, nextChangeMs } from './running-order.js'

const t0 = Date.UTC(2026, 1, 16, 12)
const item = (id: string, startS: number, durationS: number): Programme => ({
  id,
  title: id,
  titleEn: '',
  kind: 'song',
  performers: [],
  startAt: new Date(t0 + startS * 1000).toISOString(),
  durationS,
})
const event = (status: Event['status']) => ({ id: 'e', status }) as Event
const programmes = [item('a', 0, 60), item('b', 60, 60), item('c', 180, 60)]
const states = (atS: number, status: Event['status'] = 'live') => {
  const order = atMoment(event(status), 1, programmes, t0 + atS * 1000)
  return [order.currentId, ...order.items.map((i) => i.state)].join(' ')
}

describe('running order at a moment', () => {
  it('has a first item that is next before it starts', () => expect(states(-1)).toBe(' next later later'))
  it('has a current item from the millisecond it starts', () => expect(states(0)).toBe('a current next later'))
  it('moves on at the millisecond an item ends', () => expect(states(60)).toBe('b done current next'))
  it('has no current item in a gap', () => expect(states(150)).toBe(' done done next'))
  it('is all done after the last end', () => expect(states(240)).toBe(' done done done'))
  it('has no current item while the event is not live', () => expect(states(30, 'paused')).toBe(' next later later'))
})

describe('when it changes next', () => {
  const next = (atS: number) => {
    const at = nextChangeMs(programmes, t0 + atS * 1000)
    return at === undefined ? at : (at - t0) / 1000
  }
  it('is the next start or end', () => expect([-5, 0, 59, 120, 180].map(next)).toEqual([0, 60, 60, 180, 240]))
  it('is never once all is over', () => expect(next(240)).toBeUndefined())
})
