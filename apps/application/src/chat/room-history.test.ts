import type { RoomStore } from '@gala/rooms'
import { describe, expect, it } from '@jest/globals'
import { historyOf, type Plant } from './room-history.js'

const histories = 200
/** It waits for nothing: this is work, and no machine is too slow for it. */
const workWithinMs = 15 * 60_000

describe('a room in two data centres', () => {
  it(
    'shows or counts everything exactly once in each, in order, through two hundred histories of faults',
    async () => {
      for (let seed = 1; seed <= histories; seed++) expect([seed, await historyOf(seed)]).toEqual([seed, []])
    },
    workWithinMs,
  )

  /** A store that answers one question wrongly. */
  const planted =
    (wrong: (store: RoomStore) => Partial<RoomStore>): Plant =>
    (store) =>
      new Proxy(store, {
        get(target, name) {
          const member = wrong(target)[name as keyof RoomStore] ?? target[name as keyof RoomStore]
          return typeof member === 'function' ? member.bind(target) : member
        },
      })
  const plants = {
    'a lease that does not say where the last block ends': planted((store) => ({
      lease: async (...asked) => {
        const lease = await store.lease(...asked)
        return lease && { ...lease, place: 0 }
      },
    })),
    'an answer that leaves one message out': planted((store) => ({
      after: async (...asked) => {
        const placed = await store.after(...asked)
        return { ...placed, messages: placed.messages.slice(0, -1) }
      },
    })),
    'a page that is taken over without its first message': planted((store) => ({
      takeOver: async (room, from, messages) => store.takeOver(room, from, messages.slice(1)),
    })),
  }
  it.each(Object.entries(plants))('would be caught with %s', async (_, plant) => {
    const found = await Promise.all([1, 2, 3, 4, 5].map((seed) => historyOf(seed, plant)))
    expect(found.flat().length).toBeGreaterThan(0)
  })
})
