import { MemoryBus } from '@gala/bus/testing'
import { VirtualClock } from '@gala/kernel/testing'
import { describe, expect, it } from '@jest/globals'
import { Fences } from './fences.js'

const open = (tagsMax: number) => {
  const bus = new MemoryBus(new VirtualClock())
  return { bus, fences: new Fences(bus, tagsMax) }
}

describe('Fences', () => {
  it('hold what was made at or after the last change of its tags', () => {
    const { fences } = open(10)
    fences.raise('a', 5)
    fences.raise('a', 3)
    expect([4, 5].map((position) => fences.hold(['a', 'b'], position))).toEqual([false, true])
    expect(fences.needed(['a', 'b'])).toBe(5)
  })

  it('hold nothing older than what may have been missed, whatever its tags', async () => {
    const { bus, fences } = open(10)
    await bus.heartbeat(7)
    expect([6, 7].map((position) => fences.hold([], position))).toEqual([false, true])
  })

  it('forget tags only into a floor for all tags they do not know', () => {
    const { fences } = open(2)
    for (const [tag, position] of [
      ['a', 15],
      ['b', 16],
      ['c', 17],
    ] as const)
      fences.raise(tag, position)
    expect([14, 15].map((position) => fences.hold(['a'], position))).toEqual([false, true])
    // A repeat of an old change must not stand in for the newer one that was forgotten.
    fences.raise('a', 9)
    expect(fences.hold(['a'], 14)).toBe(false)
  })
})
