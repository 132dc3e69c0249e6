import { beforeEach, describe, expect, it } from '@jest/globals'
import { RuleEngine, type Thresholds } from './rule-engine.js'

const thresholds: Thresholds = {
  raiseAbove: 0.3,
  raiseAfterMs: 1_000,
  lowerBelow: 0.1,
  lowerAfterMs: 5_000,
  dwellMs: 8_000,
}
const lookEveryMs = 500

describe('RuleEngine', () => {
  let engine: RuleEngine
  let nowMs: number
  /** Looks at a signal for so long; what was done, and how long after the beginning. */
  const watch = (forMs: number, value: number | null | ((atMs: number) => number | null)) => {
    const done: [string, number][] = []
    const fromMs = nowMs
    for (; nowMs < fromMs + forMs; nowMs += lookEveryMs) {
      const act = engine.observe(nowMs, typeof value === 'function' ? value(nowMs - fromMs) : value)
      if (act) done.push([act, nowMs - fromMs])
    }
    return done
  }
  beforeEach(() => {
    engine = new RuleEngine(thresholds)
    nowMs = Date.UTC(2026, 0, 1)
  })

  it('raises when the signal has been above for as long as asked, not at the first sight', () => {
    expect(watch(1_000, 0.9)).toEqual([])
    expect(watch(500, 0.9)).toEqual([['raise', 0]])
    expect(engine.raised).toBe(true)
  })

  it('is not raised by what comes and goes, nor exactly at the threshold', () => {
    expect(watch(60_000, (atMs) => (atMs % 1_000 === 0 ? 0.9 : 0.2))).toEqual([])
    expect(watch(60_000, 0.3)).toEqual([])
  })

  it('makes two transitions of an outage whose signal trembles between the thresholds and at last heals', () => {
    const outage = watch(60_000, (atMs) => (atMs % 2_000 < 1_000 ? 1 : 0.2))
    const healed = watch(60_000, 0)
    expect([...outage, ...healed].map(([act]) => act)).toEqual([])
    engine = new RuleEngine({ ...thresholds, raiseAfterMs: 500 })
    const acts = [...watch(60_000, (atMs) => (atMs % 2_000 < 1_000 ? 1 : 0.2)), ...watch(60_000, 0)]
    expect(acts).toEqual([
      ['raise', 500],
      ['lower', 5_000],
    ])
  })

  it('stays raised for the least time, also when the signal is gone at once', () => {
    watch(1_500, 1)
    expect(watch(20_000, 0)).toEqual([['lower', 7_500]])
  })

  it('begins to wait anew when the signal comes back before it has lowered', () => {
    watch(20_000, 1)
    expect([watch(4_500, 0), watch(500, 0.2), watch(4_500, 0)]).toEqual([[], [], []])
    expect(watch(1_000, 0)).toEqual([['lower', 500]])
  })

  it('does nothing while nobody can be asked, whichever way it stands', () => {
    watch(500, 1)
    expect(watch(60_000, null)).toEqual([])
    watch(1_500, 1)
    expect([watch(60_000, null), engine.raised]).toEqual([[], true])
  })

  it('is held twice as long with each time it had to be raised again, up to a most', () => {
    const held: number[] = []
    for (let i = 0; i < 7; i++) {
      watch(1_500, 1)
      const [lowered] = watch(200_000, (atMs) => (atMs < 20_000 ? 1 : 0))
      held.push((lowered?.[1] ?? Number.NaN) - 20_000)
      if (i < 2) expect(engine.flaps(nowMs)).toBe(i + 1)
    }
    expect(held.slice(0, 3)).toEqual([5_000, 10_000, 20_000])
    expect(Math.max(...held)).toBeLessThanOrEqual(16 * thresholds.lowerAfterMs)
  })

  it('forgets after ten quiet minutes that it flapped', () => {
    watch(1_500, 1)
    watch(20_000, 0)
    expect(engine.flaps(nowMs)).toBe(1)
    watch(600_000, 0)
    expect(engine.flaps(nowMs)).toBe(0)
  })

  it('goes on where another process left it', () => {
    watch(1_500, 1)
    watch(20_000, 0)
    watch(1_500, 1)
    const next = new RuleEngine(thresholds)
    next.restore(engine.state)
    engine = next
    expect(engine.raised).toBe(true)
    expect(watch(60_000, 0)).toEqual([['lower', 15_500]])
  })
})
