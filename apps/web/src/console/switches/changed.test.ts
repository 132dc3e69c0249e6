import type { Switchboard, SwitchItem } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import { levelChanged, switchChanged } from './changed.js'
import type { Order } from './switch-words.js'

const order = (state: Order['state'], position: number, over: Partial<Order> = {}) =>
  ({ state, position, dc: null, percent: 100, clientBelow: null, actor: 'bob', reason: 'r', ...over }) as Order
const item = (...orders: Order[]) => ({ orders, last: null }) as unknown as SwitchItem

describe('what changed in the meantime', () => {
  it('names who, when, why, and from what to what in each place', () => {
    const last = { state: 'omit', actor: 'bob', reason: 'Redis is full', at: '2026-02-16T12:00:00.000Z' }
    const kept = order('cached', 1, { dc: 'dc-a' })
    const now = { ...item(kept, order('omit', 4, { percent: 25 })), last }
    expect(switchChanged(item(kept, order('static', 2), order('omit', 3, { dc: 'dc-b' })), now)).toEqual({
      who: 'bob',
      at: last.at,
      reason: 'Redis is full',
      lines: [
        { place: 'every data centre', from: 'static', to: 'omit for 25 % of viewers' },
        { place: 'dc-b', from: 'omit', to: 'as level and rules say' },
      ],
    })
  })

  it('shows that the same was ordered anew', () => {
    expect(switchChanged(item(order('omit', 1)), item(order('omit', 2))).lines).toHaveLength(1)
  })

  it('does the same for levels, of which the newest order tells who', () => {
    const level = (rev: number, a: number, b: number, at = rev) =>
      ({
        rev,
        items: [
          { dc: 'dc-a', level: a, order: null },
          { dc: 'dc-b', level: b, order: b > 0 ? { actor: 'bob', at: 'then', reason: 'r', position: at } : null },
        ],
      }) as Switchboard['level']
    expect(levelChanged(level(1, 0, 0), level(2, 0, 3))).toEqual({
      who: 'bob',
      at: 'then',
      reason: 'r',
      lines: [{ place: 'dc-b', from: 'L0', to: 'L3' }],
    })
    expect(levelChanged(level(2, 1, 1), level(3, 0, 1, 2)).who).toBe('somebody')
  })
})
