import type { Programme } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import { appended, moved, removed, retimed } from './order-edits.js'

const start = '2026-02-16T12:00:00.000Z'
const item = (id: string, minutes: number) => ({ id, durationS: minutes * 60, startAt: start }) as Programme
const order = retimed([item('a', 5), item('b', 10), item('c', 3)], start)
const shown = (items: Programme[]) => items.map(({ id, startAt }) => `${id} ${startAt.slice(11, 16)}`)

describe('editing a running order', () => {
  it('puts items back to back', () => expect(shown(order)).toEqual(['a 12:00', 'b 12:05', 'c 12:15']))
  it('re-times what a moved item passes', () =>
    expect(shown(moved(order, 1, -1))).toEqual(['b 12:00', 'a 12:10', 'c 12:15']))
  it('moves nothing beyond the ends', () => expect(shown(moved(order, 2, 1))).toEqual(shown(order)))
  it('closes the gap of a removed first item', () => expect(shown(removed(order, 0))).toEqual(['b 12:00', 'c 12:10']))
  it('adds under an id nobody has', () => {
    expect(shown(appended([...order.slice(0, 2), item('item-4', 1)], start))).toContain('item-5 12:16')
  })
  it('begins an empty order with the event', () => expect(shown(appended([], start))).toEqual(['item-1 12:00']))
})
