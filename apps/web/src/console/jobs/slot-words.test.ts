import type { Slot } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import { doneShare, isMissed, slotActs, slotTells, tookMs } from './slot-words.js'

const noon = Date.UTC(2026, 1, 16, 12)
const at = (ms: number) => new Date(noon + ms).toISOString()
const slot = (over: Partial<Slot>): Slot => ({
  job: 'a',
  at: at(0),
  dc: null,
  shard: 0,
  state: 'due',
  reason: null,
  detail: null,
  runAt: at(0),
  attempt: 0,
  attempts: [],
  holder: null,
  startedAt: null,
  endedAt: null,
  lateMs: null,
  progress: null,
  result: null,
  manual: null,
  ...over,
})

describe('what became of a slot', () => {
  it('says when it is due, and that it is tried again', () => {
    expect(slotTells(slot({}), noon - 60_000)).toBe('in 1:00')
    expect(slotTells(slot({}), noon + 10)).toBe('now')
    const again = slot({ attempt: 1, runAt: at(8_000), reason: 'error', detail: 'pool is full' })
    expect(slotTells(again, noon + 2_000)).toBe('tries again in 0:06, error: pool is full')
  })

  it('says how late it is, and how long it takes', () => {
    expect(slotTells(slot({ state: 'late' }), noon + 72_400)).toBe('by 1 min 12 s')
    const ran = { startedAt: at(380), lateMs: 380, attempt: 1 }
    expect(slotTells(slot({ state: 'running', ...ran }), noon + 5_500)).toBe('for 5 s, 380 ms late')
    expect(slotTells(slot({ state: 'ok', ...ran, endedAt: at(1_600) }), noon)).toBe('380 ms late, took 1.2 s')
  })

  it('says why it failed or was left out, and after how many attempts', () => {
    const failed = slot({ state: 'failed', reason: 'error', detail: 'no answer', attempt: 3, lateMs: 0 })
    expect(slotTells(failed, noon)).toBe('error: no answer, 3 attempts, on time')
    expect(slotTells(slot({ state: 'skipped', reason: 'overlap' }), noon)).toBe('an earlier one was still running')
    const byHand = slot({ state: 'skipped', reason: 'operator', manual: { actor: 'mei', reason: 'not tonight' } })
    expect(slotTells(byHand, noon)).toBe('')
  })

  it('counts as missed what should have begun, not what was left out on purpose', () => {
    const missed = [slot({ state: 'late' }), slot({ state: 'skipped', reason: 'misfire' })]
    expect(missed.map(isMissed)).toEqual([true, true])
    expect([slot({ state: 'skipped', reason: 'operator' }), slot({ state: 'failed' })].map(isMissed)).toEqual([
      false,
      false,
    ])
  })

  it('measures a run to its end, or to now', () => {
    expect(tookMs(slot({}), noon)).toBeUndefined()
    expect(tookMs(slot({ startedAt: at(0) }), noon + 5)).toBe(5)
    expect(tookMs(slot({ startedAt: at(0), endedAt: at(3) }), noon + 5)).toBe(3)
  })

  it('shows no progress where none was told, and never more than all', () => {
    const share = (done: number, total: number) => doneShare(slot({ progress: { done, total, note: '' } }))
    expect([doneShare(slot({})), share(1, 0), share(1, 4), share(9, 4)]).toEqual([undefined, undefined, 0.25, 1])
  })

  it('offers only what can still be done', () => {
    expect((['due', 'late', 'running', 'ok'] as const).map((state) => slotActs({ state }))).toEqual([
      ['run', 'skip'],
      ['run', 'skip'],
      ['cancel'],
      [],
    ])
  })
})
