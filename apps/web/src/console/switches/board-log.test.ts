import type { Switchboard, SwitchItem, Traffic } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import { logged } from './board-log.js'

const noon = Date.UTC(2026, 1, 16, 12)

/** A board `s` seconds after noon. */
const board = (s: number, { stats = 0, likes = 0, level = 0, dcs = ['dc-a'] } = {}) =>
  ({
    asOf: new Date(noon + s * 1000).toISOString(),
    level: { rev: level, items: [], proposal: null },
    switches: [{ key: 'stats', rev: stats } as SwitchItem, { key: 'likes', rev: likes } as SwitchItem],
    traffic: dcs.map((dc) => ({ dc, perS: s }) as Traffic),
  }) as unknown as Switchboard

describe('the log of boards', () => {
  it('takes the newest and leaves one aside that was overtaken', () => {
    const log = logged(logged(undefined, board(2), 10), board(1), 20)
    expect([log.board.asOf, log.atMs]).toEqual([board(2).asOf, 10])
  })

  it('remembers what stood there before each change, the newest first', () => {
    const first = logged(undefined, board(1, { stats: 3 }), 0)
    expect(first.acts).toEqual([])
    const then = logged(first, board(2, { stats: 5, likes: 6, level: 4 }), 0)
    expect(then.acts.map((act) => (act.of === 'switch' ? `${act.key} ${act.before.rev} ${act.rev}` : act.rev))).toEqual(
      ['likes 0 6', 'stats 3 5', 4],
    )
    expect(logged(then, board(3, { stats: 5, likes: 6, level: 4 }), 0).acts).toEqual(then.acts)
  })

  it('keeps three minutes of each data centre, and forgets one that is gone', () => {
    let log = logged(undefined, board(0, { dcs: ['dc-a', 'dc-b'] }), 0)
    for (let s = 1; s <= 200; s++) log = logged(log, board(s), 0)
    const samples = log.samples.get('dc-a') ?? []
    expect([samples.length, samples[0]?.perS, samples.at(-1)?.atS]).toEqual([180, 21, noon / 1000 + 200])
    expect([...log.samples.keys()]).toEqual(['dc-a'])
  })

  it('bounds the acts it remembers', () => {
    let log = logged(undefined, board(0), 0)
    for (let s = 1; s <= 50; s++) log = logged(log, board(s, { stats: s }), 0)
    expect([log.acts.length, log.acts[0]?.rev]).toEqual([20, 50])
  })
})
