import type { Rung, SwitchOrder } from '@gala/contracts'
import { VirtualClock } from '@gala/kernel/testing'
import { SwitchBoard } from '@gala/resilience'
import { describe, expect, it } from '@jest/globals'
import { inEffect } from './in-effect.js'

describe('what is in effect for most viewers of a data centre', () => {
  const common = { actor: 'ann', reason: 'r', position: 1, expiresAt: null }
  const order = (state: Rung, more: Partial<SwitchOrder> = {}): SwitchOrder => ({
    ...common,
    ...{ key: 'stats', state, percent: 100, clientBelow: null, dc: null },
    ...more,
  })

  it.each([
    ['nothing', [], 'full default'],
    ['an order for all', [order('omit')], 'omit manual'],
    ['one of its own before it', [order('omit'), order('static', { dc: 'dc-a' })], 'static manual'],
    ['one of another data centre', [order('omit', { dc: 'dc-b' })], 'full default'],
    ['one for some of its viewers', [order('omit', { percent: 30 })], 'full default, partial'],
    [
      'one for some of its viewers before one for all',
      [order('static'), order('omit', { percent: 30, dc: 'dc-a' })],
      'static manual, partial',
    ],
    [
      'one for old clients before one for all',
      [order('cached'), order('omit', { clientBelow: '2.0.0', dc: 'dc-a' })],
      'cached manual, partial',
    ],
  ])('is, with %s, what a process gives who is not among some', (_, switches, expected) => {
    const { rung, source, partial } = inEffect('stats', 'dc-a', { switches, levels: [], acts: [] })
    expect(`${rung} ${source}${partial ? ', partial' : ''}`).toBe(expected)
    const board = new SwitchBoard(new VirtualClock(), 'dc-a')
    board.obey({ switches, levels: [] })
    expect([board.rung('stats', { version: '9.0.0' }), board.isPartial('stats')]).toEqual([rung, partial])
    board.close()
  })
})
