import type { AutomaticAct, LevelOrder, Rung, SwitchKey, SwitchOrder } from '@gala/contracts'
import { VirtualClock } from '@gala/kernel/testing'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { SwitchBoard } from './switch-board.js'

describe('SwitchBoard', () => {
  let clock: VirtualClock
  let board: SwitchBoard

  beforeEach(() => {
    clock = new VirtualClock()
    board = new SwitchBoard(clock, 'dc-a')
  })

  const common = { actor: 'ann', reason: 'r', position: 1, expiresAt: null }
  const order = (key: SwitchKey, state: Rung, more: Partial<SwitchOrder> = {}): SwitchOrder => ({
    ...common,
    ...{ key, state, percent: 100, clientBelow: null, dc: null },
    ...more,
  })
  const level = (number: number, more: Partial<LevelOrder> = {}): LevelOrder => ({
    ...common,
    level: number,
    dc: null,
    ...more,
  })
  const act = (key: SwitchKey, rung: Rung): AutomaticAct => ({
    key,
    rung,
    rule: 'r',
    signal: 's',
    since: '2026-01-01T00:00:00Z',
  })
  const inMs = (ms: number) => new Date(clock.nowMs() + ms).toISOString()
  const obey = (switches: SwitchOrder[], levels: LevelOrder[] = []) => board.obey({ switches, levels })
  const said = (key: SwitchKey) => {
    const found = board.report().find((each) => each.key === key)
    return `${found?.rung} ${found?.source}`
  }

  it('has everything at full as long as nothing was said', () => {
    expect(board.report().every(({ rung, source }) => rung === 'full' && source === 'default')).toBe(true)
  })

  it('puts a hand above a level, a level above a rule, and a rule above nothing', () => {
    board.raise([act('stats', 'cached')])
    expect(said('stats')).toBe('cached automatic')
    obey([], [level(1)])
    expect([said('stats'), said('programmes')]).toEqual(['omit level', 'full default'])
    obey([order('stats', 'full')], [level(1)])
    expect(said('stats')).toBe('full manual')
    obey([])
    expect(said('stats')).toBe('cached automatic')
    board.raise([])
    expect(said('stats')).toBe('full default')
  })

  it('cuts from the bottom with each level, down to the last rung of each ladder', () => {
    const cut = [1, 2, 3, 4].map((number) => {
      obey([], [level(number)])
      return ['presence', 'programmes', 'event', 'play'].map((key) => board.rung(key as SwitchKey)).join(' ')
    })
    expect(cut).toEqual([
      'omit full full full',
      'omit omit full full',
      'omit omit static full',
      'omit omit static static',
    ])
  })

  it('obeys what was ordered for its own data centre, and that before what was ordered for all', () => {
    obey([order('stats', 'omit', { dc: 'dc-b' })], [level(4, { dc: 'dc-b' })])
    expect(said('stats')).toBe('full default')
    obey([order('stats', 'omit'), order('stats', 'cached', { dc: 'dc-a' })])
    expect(said('stats')).toBe('cached manual')
  })

  it('takes the higher of the levels of its data centre and of all', () => {
    obey([], [level(2), level(1, { dc: 'dc-a' })])
    expect(said('programmes')).toBe('omit level')
  })

  it('lets an order end by itself, and the next one after it', async () => {
    obey([order('stats', 'omit', { expiresAt: inMs(1_000) })], [level(2, { expiresAt: inMs(2_000) })])
    await clock.advance(999)
    expect([said('stats'), said('programmes')]).toEqual(['omit manual', 'omit level'])
    await clock.advance(1)
    expect([said('stats'), said('programmes')]).toEqual(['omit level', 'omit level'])
    await clock.advance(1_000)
    expect([said('stats'), said('programmes')]).toEqual(['full default', 'full default'])
  })

  it('takes in an order that had ended before it came', () => {
    obey([order('stats', 'omit', { expiresAt: inMs(-1) })])
    expect(said('stats')).toBe('full default')
  })

  describe('for some viewers', () => {
    const viewers = Array.from({ length: 10_000 }, (_, i) => `10.${i >> 8}.${i & 255}.7`)
    const cut = (key: SwitchKey) => new Set(viewers.filter((id) => board.rung(key, { id }) === 'omit'))

    it.each([1, 10, 50, 99])('holds for %i of 100, always the same', (percent) => {
      obey([order('stats', 'omit', { percent })])
      const first = cut('stats')
      expect(Math.abs(first.size / 100 - percent)).toBeLessThan(1.5)
      expect(cut('stats')).toEqual(first)
      expect(board.isPartial('stats')).toBe(true)
    })

    it('keeps who is in when the part grows, and hits others with another switch', () => {
      obey([order('stats', 'omit', { percent: 10 }), order('presence', 'omit', { percent: 10 })])
      const few = cut('stats')
      const other = cut('presence')
      expect([...few].filter((id) => other.has(id)).length).toBeLessThan(few.size / 3)
      obey([order('stats', 'omit', { percent: 30 })])
      const more = cut('stats')
      expect([...few].every((id) => more.has(id))).toBe(true)
    })

    it('gives who is left what would hold without it', () => {
      obey([order('stats', 'omit', { percent: 50 })], [])
      board.raise([act('stats', 'cached')])
      expect(new Set(viewers.map((id) => board.rung('stats', { id })))).toEqual(new Set(['omit', 'cached']))
      expect(board.rung('stats')).toBe('cached')
    })

    it.each([
      ['1.9.9', 'omit'],
      ['2.1', 'full'],
      ['2.1.0', 'full'],
      ['2.10', 'full'],
      ['10.0', 'full'],
      [undefined, 'omit'],
    ])('holds for clients below 2.1: %s is at %s', (version, rung) => {
      obey([order('stats', 'omit', { clientBelow: '2.1' })])
      expect(board.rung('stats', { id: 'x', version })).toBe(rung)
    })
  })
})
