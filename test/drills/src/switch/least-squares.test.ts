import { seededRandom } from '@gala/kernel/testing'
import { describe, expect, it } from '@jest/globals'
import { design, everyRung } from './design.js'
import { leastSquares } from './least-squares.js'

describe('leastSquares', () => {
  it('finds what was put in, within the range it tells, for nineteen of twenty effects', () => {
    const random = seededRandom(7)
    const truth = everyRung.map((_, i) => 20 * i)
    let inside = 0
    let all = 0
    for (let run = 0; run < 20; run++) {
      const sets = design(150, random)
      const causes = sets.map((set) =>
        everyRung.map(({ key, rung }) => (set.some((of) => of.key === key && of.rung === rung) ? 1 : 0)),
      )
      const chance = () => [1, 2, 3, 4].reduce<number>((sum) => sum + random() - 0.5, 0) * 200
      const outcomes = causes.map(
        (row) => row.reduce<number>((sum, each, i) => sum + each * (truth[i] ?? 0), 0) + chance(),
      )
      leastSquares(causes, outcomes).forEach(({ low, high }, i) => {
        all++
        if (low <= (truth[i] ?? 0) && (truth[i] ?? 0) <= high) inside++
      })
    }
    expect(inside / all).toBeGreaterThan(0.92)
    expect(inside / all).toBeLessThan(0.98)
  })

  it('refuses what cannot be told apart, and too few trials', () => {
    const twice = Array.from({ length: 50 }, (_, i) => [i % 2, i % 2])
    expect(() =>
      leastSquares(
        twice,
        twice.map(() => 1),
      ),
    ).toThrow('never there without each other')
    expect(() => leastSquares([[1], [0]], [1, 0])).toThrow('too few')
  })
})

describe('the design of the trials', () => {
  it('has each rung alone twice, and nothing that would have no effect', () => {
    const sets = design(200, seededRandom(1))
    for (const { key, rung } of everyRung) {
      expect(
        sets.filter((set) => set.length === 1 && set[0]?.key === key && set[0].rung === rung).length,
      ).toBeGreaterThanOrEqual(2)
    }
    const idle = sets.filter(
      (set) =>
        set.some(({ key, rung }) => key === 'bootstrap' && rung === 'static') &&
        set.some(({ key }) => key === 'bootstrap-stats'),
    )
    expect(idle).toEqual([])
    expect(sets.every((set) => new Set(set.map(({ key }) => key)).size === set.length)).toBe(true)
  })
})
