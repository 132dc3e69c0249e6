import { describe, expect, it } from '@jest/globals'
import type { Act, LevelItem } from './board-log.js'
import type { Order } from './switch-words.js'
import { actName, lastAct, levelUndo, undoSteps } from './undo.js'

const noon = Date.UTC(2026, 1, 16, 12)
let position = 0
const order = (state: Order['state'], over: Partial<Order> = {}): Order => ({
  key: 'stats',
  state,
  dc: null,
  percent: 100,
  clientBelow: null,
  actor: 'ada',
  reason: 'r',
  position: ++position,
  expiresAt: null,
  at: new Date(noon).toISOString(),
  ...over,
})
const words = (before: Order[], now: Order[]) =>
  undoSteps(before, now, noon).map(({ state, dc, percent, clientBelow, ttlMs }) =>
    [state, dc ?? 'all', percent, clientBelow, ttlMs].join(' '),
  )

describe('undoing an order', () => {
  it('releases what nobody had ordered before', () => {
    expect(words([], [order('omit')])).toEqual(['auto all 100  '])
    expect(words([], [order('omit', { dc: 'dc-b' })])).toEqual(['auto dc-b 100  '])
  })

  it('puts back the order before it, with its scope and with the time it had left', () => {
    const expiresAt = new Date(noon + 90_000).toISOString()
    const before = order('static', { percent: 25, clientBelow: '2.1', expiresAt })
    expect(words([before], [order('omit')])).toEqual(['static all 25 2.1 90000'])
    expect(words([before], [])).toEqual(['static all 25 2.1 90000'])
  })

  it('puts back those of single data centres after the one that had taken their place', () => {
    const single = order('cached', { dc: 'dc-b' })
    expect(words([single], [order('omit')])).toEqual(['auto all 100  ', 'cached dc-b 100  '])
  })

  it('leaves alone what did not change', () => {
    const everywhere = order('cached')
    expect(words([everywhere], [everywhere, order('omit', { dc: 'dc-a' })])).toEqual(['auto dc-a 100  '])
    expect(words([everywhere], [everywhere])).toEqual([])
  })

  it('does not bring back what has ended in the meantime', () => {
    const ended = order('static', { expiresAt: new Date(noon - 1).toISOString() })
    expect(words([ended], [order('omit')])).toEqual(['auto all 100  '])
    expect(words([ended], [])).toEqual([])
  })
})

describe('undoing a level', () => {
  const items = (a: number, b: number) =>
    [
      { dc: 'dc-a', level: a, order: null },
      { dc: 'dc-b', level: b, order: null },
    ] satisfies LevelItem[]

  it('leads back everywhere or in the one data centre that changed', () => {
    expect(levelUndo(items(0, 0), items(1, 1))).toEqual({ level: 0, dc: null })
    expect(levelUndo(items(0, 0), items(0, 1))).toEqual({ level: 0, dc: 'dc-b' })
    expect(levelUndo(items(2, 2), items(1, 1))).toEqual({ level: 2, dc: null })
  })

  it('goes down one step at a time', () => expect(levelUndo(items(0, 0), items(3, 3))).toEqual({ level: 2, dc: null }))

  it('has nothing to do when it is back', () => expect(levelUndo(items(1, 0), items(1, 0))).toBeUndefined())
})

describe('the last act', () => {
  const act = (rev: number) => ({ of: 'level', rev, before: [] }) satisfies Act

  it('is the newest one that is not undone and has not undone another', () => {
    const acts = [act(3), act(2), act(1)]
    expect(lastAct(acts, new Set())).toBe(acts[0])
    expect(lastAct(acts, new Set([actName({ of: 'level', rev: 3 }), 'level:2']))).toBe(acts[2])
    expect(lastAct([], new Set())).toBeUndefined()
  })
})
