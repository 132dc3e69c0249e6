import { VirtualClock } from '@gala/kernel/testing'
import type { RoomStore } from '@gala/rooms'
import { MemoryRoomStore } from '@gala/rooms/testing'
import { beforeEach, describe, expect, it, jest } from '@jest/globals'
import { blocksOf, droppedOf, message, PumpProcess, room, textsOf, viewers } from './pump-rig.js'
import { leaseMs, RoomPump } from './room-pump.js'

describe('a pump', () => {
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

  it('tells at once what comes after a silence, and gathers what follows for a window', async () => {
    pump = await begin()
    await say('a')
    await clock.advance(1)
    await say('b')
    await say('c')
    await clock.advance(50)
    expect(textsOf(await blocksOf(store))).toEqual(['a'])
    await clock.advance(60)
    const blocks = await blocksOf(store)
    expect(blocks.map(({ messages }) => messages.map(({ text }) => text))).toEqual([['a'], ['b', 'c']])
    expect(blocks.map(({ number }) => number)).toEqual([1, 2])
    expect(blocks[1]?.since).toEqual(blocks[0]?.to)
    await pump.stop()
  })

  it('costs a room in which nothing happens a renewal a second, and reads nothing', async () => {
    pump = await begin()
    await clock.advance(1_000)
    const read = jest.spyOn(store, 'after')
    const renewed = jest.spyOn(store, 'lease')
    const put = jest.spyOn(store, 'putBlock')
    await clock.advance(10_000)
    expect(renewed).toHaveBeenCalledTimes(10)
    expect(read).not.toHaveBeenCalled()
    expect(put).not.toHaveBeenCalled()
    await pump.stop()
  })

  it('shows every gift and every control, and counts all chat that it does not show', async () => {
    await store.report(room, viewers(200_000, clock.nowMs()))
    for (let i = 0; i < 500; i++) await (i % 10 ? say(`chat ${i}`) : give(`gift ${i}`))
    await store.accept(room, message('control', clock.nowMs(), { text: 'control' }))
    pump = await begin()
    await clock.advance(300)
    const blocks = await blocksOf(store)
    const texts = textsOf(blocks)
    expect(texts.filter((text) => text.startsWith('gift'))).toHaveLength(50)
    expect(texts).toContain('control')
    expect(texts.filter((text) => text.startsWith('chat'))).toHaveLength(15)
    expect(droppedOf(blocks)).toEqual({ chat: 435, notify: 0 })
    await pump.stop()
  })

  it('counts what a full lane had no room for', async () => {
    for (let i = 0; i < 2_500; i++) await say(`chat ${i}`)
    pump = await begin()
    await clock.advance(2_000)
    const blocks = await blocksOf(store)
    expect(textsOf(blocks).length + droppedOf(blocks).chat).toBe(2_500)
    await pump.stop()
  })

  it('tells several blocks in a row when more waits than goes into one', async () => {
    for (let i = 0; i < 4_700; i++) await give(`gift ${i}`)
    pump = await begin()
    await clock.advance(10)
    const blocks = await blocksOf(store)
    expect(blocks.map(({ messages }) => messages.length)).toEqual([500, 500, 500, 500, 500, 500, 500, 500, 500, 200])
    expect(textsOf(blocks)).toEqual(Array.from({ length: 4_700 }, (_, i) => `gift ${i}`))
    await pump.stop()
  })

  it('goes on where the last block ends when another one died between reading and keeping', async () => {
    pump = await begin()
    await give('a')
    await clock.advance(200)
    // It dies with what it has read.
    store.putBlock = () => new Promise<never>(() => {})
    await give('b')
    await clock.advance(200)
    const successor = new PumpProcess(store.another(), clock, 'application-2')
    await expect(begin(successor)).rejects.toThrow()
    await clock.advance(leaseMs)
    const next = await begin(successor)
    await clock.advance(200)
    const blocks = await blocksOf(store)
    expect(textsOf(blocks)).toEqual(['a', 'b'])
    expect(blocks[1]?.since).toEqual(blocks[0]?.to)
    await next.stop()
  })

  it('lets go at once when another one has the room by now', async () => {
    pump = await begin()
    await clock.advance(10)
    // Stopped for longer than its lease, as by a collection of garbage or a frozen machine.
    const answer = store.after.bind(store)
    jest.spyOn(store, 'after').mockImplementationOnce(async (...asked) => {
      const placed = await answer(...asked)
      await clock.sleep(5_000)
      return placed
    })
    await give('a')
    await clock.advance(leaseMs + 100)
    const other = new PumpProcess(store.another(), clock, 'application-2')
    const next = await begin(other)
    await clock.advance(5_000)
    await pump.ended
    expect(process.signals.of('lost')).toBe(1)
    expect(process.signals.of('blocks')).toBe(0)
    expect(textsOf(await blocksOf(store))).toEqual(['a'])
    await next.stop()
  })

  it('tells nothing more once a block was refused', async () => {
    pump = await begin()
    const put = jest.spyOn(store, 'putBlock').mockResolvedValue(false)
    await give('a')
    await clock.advance(0)
    await pump.ended
    await clock.advance(5_000)
    expect(put).toHaveBeenCalledTimes(1)
  })

  it('does not tell twice when a block was kept and nobody said so', async () => {
    pump = await begin()
    const put = store.putBlock.bind(store)
    jest.spyOn(store, 'putBlock').mockImplementationOnce(async (...given) => {
      await put(...given)
      throw new Error('the connection is gone')
    })
    await give('a')
    await give('b')
    await clock.advance(2_000)
    await give('c')
    await clock.advance(200)
    const blocks = await blocksOf(store)
    expect(textsOf(blocks)).toEqual(['a', 'b', 'c'])
    expect(blocks.map(({ number }) => number)).toEqual([1, 2])
    await pump.stop()
  })

  it('gives the room to a successor at once when it is stopped', async () => {
    pump = await begin()
    await pump.stop()
    expect(await store.lease(room, 'somebody else', 1_000)).toBeDefined()
  })

  it('begins anew with the epoch when the store has lost everything', async () => {
    pump = await begin()
    await give('a')
    await clock.advance(200)
    store.forget()
    await give('b')
    await clock.advance(2_000)
    const blocks = await blocksOf(store)
    expect(textsOf(blocks)).toEqual(['b'])
    expect(blocks[0]?.number).toBe(1)
    await pump.stop()
  })

  it('finds what it was not told of when the connection comes back', async () => {
    pump = await begin()
    store.listen({ missed: () => pump.wake() })
    await clock.advance(500)
    store.failing = true
    await store.another().accept(room, message('gift', clock.nowMs(), { text: 'meanwhile' }))
    await clock.advance(3_000)
    expect(process.signals.of('failed turn')).toBeGreaterThan(1)
    store.failing = false
    await clock.advance(1_500)
    expect(textsOf(await blocksOf(store))).toEqual(['meanwhile'])
    await pump.stop()
  })

  it('finds within a second what nobody told it of', async () => {
    const deaf = new PumpProcess(store.another(), clock)
    const lease = await store.lease(room, deaf.holder, leaseMs)
    if (!lease) throw new Error('the lease is another’s')
    pump = new RoomPump(deaf, room, lease, deaf.viewOf(room))
    await clock.advance(100)
    await give('a')
    await clock.advance(1_000)
    expect(textsOf(await blocksOf(store))).toEqual(['a'])
    await pump.stop()
  })

  it('does not read again and again what has a place and is no message', async () => {
    pump = await begin()
    await store.nextId(room)
    const read = jest.spyOn(store, 'after')
    await clock.advance(10_000)
    expect(read.mock.calls.length).toBeLessThanOrEqual(1)
    await pump.stop()
  })

  it('leaves out a message that cannot be written, counts it, and shows the others', async () => {
    pump = await begin()
    await say('a')
    await say('broken', { priority: -5 })
    await give('b')
    await clock.advance(200)
    const blocks = await blocksOf(store)
    expect(textsOf(blocks)).toEqual(['a', 'b'])
    expect(droppedOf(blocks)).toEqual({ chat: 1, notify: 0 })
    expect(process.signals.of('refused')).toBe(1)
    await pump.stop()
  })

  it('reports what it does', async () => {
    pump = await begin()
    for (let i = 0; i < 20; i++) {
      for (let k = 0; k < 10; k++) await say('chat')
      await give('gift')
      await clock.advance(1_000)
    }
    const report = await (store as RoomStore).pumpOf(room)
    expect(report).toMatchObject({ instance: 'application-1', windowMs: 100, chatPerS: 60, dropped: { chat: 0 } })
    expect(report?.inPerS.chat).toBeCloseTo(10, 0)
    expect(report?.outPerS.gift).toBeCloseTo(1, 0)
    await pump.stop()
  })
})
