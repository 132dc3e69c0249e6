import { describe, expect, it } from '@jest/globals'
import { InFlight } from './in-flight.js'

const entered = (at: InFlight, key: string, times: number) =>
  Array.from({ length: times }, () => at.enter(key)).filter(Boolean).length

describe('what is under way at once', () => {
  it('stays within the places, and a place that is left can be taken again', () => {
    const at = new InFlight({ places: 10, keyPart: 1 })
    expect([entered(at, 'a', 6), entered(at, 'b', 6), at.refused]).toEqual([6, 4, 2])
    at.leave('a')
    expect([at.enter('c'), at.enter('d'), at.all]).toEqual([true, false, 10])
  })

  it('gives one hot key its part while the process is busy, and all it wants while it is not', () => {
    const hot = new InFlight({ places: 100, keyPart: 0.6 })
    expect(entered(hot, 'hot', 100)).toBe(60)
    expect(entered(hot, 'other', 100)).toBe(40)
    const idle = new InFlight({ places: 100, keyPart: 0.2 })
    expect(entered(idle, 'hot', 100)).toBe(50)
    expect([entered(idle, 'other', 100), entered(idle, 'third', 100)]).toEqual([20, 20])
  })

  it('never lets a key have more than its maximum', () => {
    const at = new InFlight({ places: 100, keyPart: 1 })
    expect([1, 2, 3, 4].map(() => at.enter('a', 3))).toEqual([true, true, true, false])
  })

  it('forgets keys of which nothing is under way', () => {
    const at = new InFlight({ places: 10, keyPart: 1 })
    for (let i = 0; i < 1_000; i++) {
      at.enter(`${i}`)
      at.leave(`${i}`)
    }
    expect([at.keys, at.all]).toEqual([0, 0])
    expect(() => at.leave('a')).toThrow(RangeError)
  })
})
