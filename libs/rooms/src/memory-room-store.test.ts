import { VirtualClock } from '@gala/kernel/testing'
import { describe, expect, it } from '@jest/globals'
import { foreign, newMessage, room } from './builders.js'
import { roomStoreConformance } from './conformance.js'
import { LogReader } from './log-reader.js'
import { MemoryRoomStore } from './memory-room-store.js'

describe('MemoryRoomStore', () => {
  const open = (dc = 'dc-a') => {
    const clock = new VirtualClock()
    const store = new MemoryRoomStore({ dc, clock })
    return { store, clock }
  }

  roomStoreConformance(async (dc) => {
    const { store, clock } = open(dc)
    return {
      store,
      another: async () => store.another(),
      forget: async () => store.forget(),
      pass: (ms) => clock.advance(ms),
    }
  })

  it('remembers a client’s number for ten minutes, a report for ten seconds and a room for a day', async () => {
    const { store, clock } = open()
    const first = await store.accept(room, newMessage(1))
    await store.takeOver(room, 'dc-b', [foreign(1)])
    await clock.advance(599_000)
    expect(await store.accept(room, newMessage(1))).toEqual({ id: first.id, repeated: true })
    await clock.advance(2_000)
    expect((await store.accept(room, newMessage(1))).repeated).toBe(false)
    await clock.advance(24 * 3_600_000 + 1)
    expect((await store.after(room, 0, 10)).epoch).toBe('')
  })

  it('reads again in a room of which it is told while it reads there', async () => {
    const { clock } = open()
    let reads = 0
    const own = async () => {
      // Accepted after the store has looked and before its answer is here.
      if (++reads === 1) reader.told(room)
      const messages = reads === 1 ? [] : [{ ...newMessage(1), id: 'dc-a.0000000a.1', place: 1 }]
      return { epoch: '0000000a', upTo: 1, messages, more: false }
    }
    const reader = new LogReader({ rooms: async () => [room], own }, clock)
    const waiting = reader.read('0', 10, 500)
    await clock.advance(100)
    expect(reads).toBe(2)
    expect(await waiting).toHaveLength(1)
  })

  it('refuses everything while it cannot be reached, tells nothing, and says when it is back', async () => {
    const { store, clock } = open()
    const other = store.another()
    const told: string[] = []
    other.listen({ accepted: (where) => void told.push(where), missed: () => void told.push('missed') })
    other.failing = true
    await expect(other.accept(room, newMessage(1))).rejects.toThrow('cannot be reached')
    await expect(other.log('0', 1, 0)).rejects.toThrow('cannot be reached')
    await store.accept(room, newMessage(2))
    await clock.advance(1)
    other.failing = false
    await store.accept(room, newMessage(3))
    await clock.advance(1)
    expect(told).toEqual(['missed', room])
    expect((await other.after(room, 0, 10)).messages).toHaveLength(2)
  })
})
