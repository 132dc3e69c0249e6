import { VirtualClock } from '@gala/kernel/testing'
import { MemoryRoomStore } from '@gala/rooms/testing'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { blocksOf, droppedOf, message, PumpProcess, room, textsOf, viewers } from './pump-rig.js'
import { leaseMs, RoomPump } from './room-pump.js'

describe('a pump, of the state of its room and the switch of its chat', () => {
  let clock: VirtualClock
  let store: MemoryRoomStore
  let process: PumpProcess
  let pump: RoomPump
  const begin = async (by: PumpProcess = process) => {
    const lease = await by.store.lease(room, by.holder, leaseMs)
    if (!lease) throw new Error('the lease is another’s')
    const begun = new RoomPump(by, room, lease, by.viewOf(room))
    by.store.listen({ accepted: () => begun.wake() })
    await clock.advance(30)
    return begun
  }
  const say = (text: string, more = {}) => store.accept(room, message('chat', clock.nowMs(), { text, ...more }))
  const give = (text: string, more = {}) => store.accept(room, message('gift', clock.nowMs(), { text, ...more }))
  beforeEach(() => {
    clock = new VirtualClock()
    store = new MemoryRoomStore({ dc: 'dc-a', clock })
    process = new PumpProcess(store, clock)
  })

  describe('with the switch of the flow of chat', () => {
    const flood = async () => {
      for (let second = 0; second < 10; second++) {
        for (let i = 0; i < 200; i++) await say('chat')
        await clock.advance(1_000)
      }
      return blocksOf(store)
    }

    it('shows as much as the room’s size allows', async () => {
      pump = await begin()
      const blocks = await flood()
      expect(textsOf(blocks).length).toBeGreaterThanOrEqual(600)
      expect(textsOf(blocks).length).toBeLessThanOrEqual(660)
      expect(textsOf(blocks).length + droppedOf(blocks).chat).toBe(2_000)
      await pump.stop()
    })

    it('makes blocks of a second and shows half as much on `cached`', async () => {
      process.flow = 'cached'
      pump = await begin()
      const blocks = await flood()
      expect(blocks.length).toBeLessThanOrEqual(12)
      expect(textsOf(blocks).length).toBeLessThanOrEqual(330)
      expect(textsOf(blocks).length + droppedOf(blocks).chat).toBe(2_000)
      await pump.stop()
    })

    it('shows no chat but every gift on `static`, and counts the chat', async () => {
      process.flow = 'static'
      pump = await begin()
      await give('gift')
      const blocks = await flood()
      expect(textsOf(blocks)).toEqual(['gift'])
      expect(droppedOf(blocks).chat).toBe(2_000)
      await pump.stop()
    })
  })

  describe('telling of the state of a room', () => {
    const here = () => store.report(room, viewers(3, clock.nowMs()))

    it('tells what has changed once a second at most, and everything every ten seconds', async () => {
      process.state = { likes: 1, level: 0 }
      await here()
      pump = await begin()
      await clock.advance(500)
      for (let i = 0; i < 100; i++) {
        process.state = { likes: i + 2, level: 0 }
        await here()
        await clock.advance(100)
      }
      const states = (await blocksOf(store)).map(({ state }) => state)
      expect(states.length).toBeGreaterThanOrEqual(10)
      expect(states.length).toBeLessThanOrEqual(12)
      const whole = states.filter(({ online }) => online !== undefined)
      expect(whole).toHaveLength(2)
      expect(whole[0]).toMatchObject({ online: 3, level: 0 })
      for (const state of states) expect(state.likes).toBeDefined()
      await pump.stop()
    })

    it('lets it travel with messages, and tells nobody what has not changed', async () => {
      process.state = { slowS: 5 }
      await here()
      await say('a')
      pump = await begin()
      await clock.advance(100)
      expect((await blocksOf(store)).filter(({ state }) => state.slowS === 5)).toHaveLength(1)
      const before = (await blocksOf(store)).length
      for (let i = 0; i < 8; i++) {
        await here()
        await clock.advance(1_000)
      }
      expect(await blocksOf(store)).toHaveLength(before)
      await pump.stop()
    })

    it('tells an empty room nothing', async () => {
      process.state = { likes: 5 }
      pump = await begin()
      await clock.advance(30_000)
      expect(await blocksOf(store)).toEqual([])
      await pump.stop()
    })
  })
})
