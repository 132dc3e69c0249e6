import type { LevelOrderEntity } from '@gala/database'
import { describe, expect, it } from '@jest/globals'
import { mustBeInOrder, nextLevel } from './level-order.js'

const dcs = ['dc-a', 'dc-b']
const row = (dc: string, level: number): LevelOrderEntity =>
  ({ dc, level, expiresAt: null, actor: 'ann', reason: 'why', at: new Date(0), position: '1' }) as LevelOrderEntity

/** Every order on the way, each taken as it would be of an operator. */
function way(rows: LevelOrderEntity[], to: number): [dc: string, level: number][] {
  const taken: [string, number][] = []
  for (let next = nextLevel(rows, to, dcs, 0); next; next = nextLevel(rows, to, dcs, 0)) {
    const order = row(next.dc, next.level)
    mustBeInOrder(rows, order, dcs, 0)
    rows = order.dc === '' ? [order] : [...rows.filter(({ dc }) => dc !== order.dc), order]
    taken.push([next.dc, next.level])
  }
  return taken
}

describe('the way to a level', () => {
  it('goes up in one order, and nowhere when it is there', () => {
    expect(way([], 3)).toEqual([['', 3]])
    expect(way([row('', 2)], 2)).toEqual([])
    expect(way([row('dc-a', 2), row('dc-b', 2)], 2)).toEqual([])
  })

  it('goes down one level at a time', () => {
    expect(way([row('', 3)], 0)).toEqual([
      ['', 2],
      ['', 1],
      ['', 0],
    ])
  })

  it('raises no data centre on the way down of another', () => {
    expect(way([row('dc-a', 3)], 0)).toEqual([
      ['dc-a', 2],
      ['dc-a', 1],
      ['dc-a', 0],
    ])
    expect(way([row('', 1), row('dc-b', 3)], 0)).toEqual([
      ['dc-b', 2],
      ['dc-b', 1],
      ['', 0],
    ])
    expect(way([row('dc-a', 3)], 1)).toEqual([
      ['dc-a', 2],
      ['dc-a', 1],
      ['', 1],
    ])
  })
})
