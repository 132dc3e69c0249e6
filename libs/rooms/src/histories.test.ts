import { VirtualClock } from '@gala/kernel/testing'
import { describe, expect, it } from '@jest/globals'
import { History } from './histories.js'
import { MemoryRoomStore } from './memory-room-store.js'
import { type Guard, guards, lackingRoom } from './planted.js'

const histories = 100
/** A guard that nothing misses for so long guards nothing. */
const patience = 60

async function firstBroken(count: number, lacking?: Guard) {
  let [accepted, blocks] = [0, 0]
  for (let seed = 1; seed <= count; seed++) {
    const clock = new VirtualClock()
    const open = async (dc: string) => {
      const store = new MemoryRoomStore({ dc, clock, newRoom: (of) => lackingRoom(lacking, of) })
      return {
        store,
        another: async () => store.another(),
        forget: async () => store.forget(),
        pass: (ms: number) => clock.advance(ms),
      }
    }
    const history = new History(seed, open, lacking)
    await history.play()
    accepted += history.accepted
    blocks += history.blocks
    if (history.broken.length > 0) return { seed, broken: history.broken.slice(0, 3) }
  }
  // Rooms in which nothing is said keep every promise.
  expect(accepted).toBeGreaterThan(count * 30)
  expect(blocks).toBeGreaterThan(count * 5)
  return undefined
}

describe('rooms in two data centres, in seeded histories of repeats, crashes, cut links, late hands and emptied stores', () => {
  it('have every gift on both sides once, in the order of each sender, and show it once', async () => {
    expect(await firstBroken(histories)).toBeUndefined()
  })

  it.each(guards)('would break that without: %s', async (guard) => {
    expect(await firstBroken(patience, guard)).toBeDefined()
  })
})
