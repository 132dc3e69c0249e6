import { closeCodes } from '@gala/contracts'
import { VirtualClock } from '@gala/kernel/testing'
import { MemoryRoomStore } from '@gala/rooms/testing'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Client, HandPump, RoomRig, until } from './room-rig.js'

describe('somebody who reads too slowly', () => {
  let clock: VirtualClock
  let store: MemoryRoomStore
  let pump: HandPump
  let rig: RoomRig

  beforeEach(async () => {
    clock = new VirtualClock()
    store = new MemoryRoomStore({ dc: 'dc-a', clock })
    pump = await new HandPump(store, 'gala').open()
    rig = await new RoomRig(store.another(), clock).start()
  })
  afterEach(() => rig.stop())

  const words = 'x'.repeat(180)
  /** Some 8 KB: chat, and a gift worth its number. */
  const busy = async (value: number) =>
    pump.block([...Array.from({ length: 40 }, (_, i) => pump.message(`${value}.${i} ${words}`)), pump.gift(value)])
  const gifts = (client: Client) =>
    client.blocks.flatMap(({ messages }) => messages.flatMap(({ gift }) => gift?.value ?? []))
  const chats = (client: Client) => client.texts.filter((text) => text !== '').length
  const dropped = (client: Client) => client.blocks.reduce((sum, block) => sum + block.dropped.chat, 0)
  const from1to = (last: number) => Array.from({ length: last }, (_, i) => i + 1)

  it('gets every gift and is told what chat was left out, while nobody else is', async () => {
    const slow = await rig.welcomed()
    const healthy = await rig.welcomed()
    await until(() => rig.sockets.open === 2)
    slow.ws.pause()
    for (let value = 1; value <= 60; value++) {
      await busy(value)
      await until(() => gifts(healthy).length === value)
      await clock.advance(500)
    }
    slow.ws.resume()
    await until(() => gifts(slow).length === 60)
    expect(gifts(slow)).toEqual(from1to(60))
    expect([gifts(healthy).length, chats(healthy), dropped(healthy)]).toEqual([60, 60 * 40, 0])
    expect(dropped(slow)).toBeGreaterThan(0)
    expect(chats(slow) + dropped(slow)).toBe(60 * 40)
    // It goes on as everybody else does.
    await busy(61)
    await busy(62)
    await until(() => gifts(slow).length === 62 && gifts(healthy).length === 62)
    expect(slow.cursor).toBe(healthy.cursor)
    expect([slow.closed, healthy.closed]).toEqual([undefined, undefined])
  })

  it('has no more under way than a window, however much the kernel would take', async () => {
    const slow = await rig.welcomed()
    await until(() => rig.sockets.open === 1)
    // The first mark has been read: this is a client that answers them.
    await busy(1)
    await until(() => gifts(slow).length === 1)
    slow.ws.pause()
    const before = rig.counted.bytes
    for (let value = 2; value <= 40; value++) await busy(value)
    await until(() => rig.feeds.peek('gala')?.ring.last?.block.number === 40)
    // 320 KB were said.
    expect(rig.counted.bytes - before).toBeLessThan(100_000)
    slow.ws.resume()
    await until(() => gifts(slow).length === 40)
    expect(gifts(slow)).toEqual(from1to(40))
  })

  it('is cut off when what comes next is no longer kept', async () => {
    const slow = await rig.welcomed()
    await until(() => rig.sockets.open === 1)
    await busy(1)
    await until(() => gifts(slow).length === 1)
    slow.ws.pause()
    for (let value = 2; value <= 300; value++) await busy(value)
    await until(() => rig.feeds.peek('gala')?.ring.last?.block.number === 300)
    expect(rig.sockets.closes.TOO_SLOW).toBe(0)
    await clock.advance(1_000)
    expect(rig.sockets.closes.TOO_SLOW).toBe(1)
    slow.ws.resume()
    await until(() => slow.closed !== undefined)
    expect(slow.closed?.code).toBe(closeCodes.TOO_SLOW.code)
    // And comes back to all the gifts, of which the store has more.
    const again = await rig.welcomed(slow.cursor, slow.ticket)
    expect(again.of('welcome')[0]?.gap).toBe(false)
    await until(() => gifts(again).at(-1) === 300)
    expect([...gifts(slow), ...gifts(again)]).toEqual(from1to(300))
  })

  it('costs others no digest of their own when they are slow alike', async () => {
    const slow = [await rig.welcomed(), await rig.welcomed(), await rig.welcomed()]
    await until(() => rig.sockets.open === 3)
    await busy(1)
    await until(() => slow.every((client) => gifts(client).length === 1))
    for (const { ws } of slow) ws.pause()
    for (let value = 2; value <= 40; value++) await busy(value)
    await until(() => rig.feeds.peek('gala')?.ring.last?.block.number === 40)
    for (const { ws } of slow) ws.resume()
    await until(() => slow.every((client) => gifts(client).length === 40))
    const sizes = slow.map((client) => client.of('block').map(({ bytes }) => bytes.length))
    expect(sizes[1]).toEqual(sizes[0])
    expect(sizes[2]).toEqual(sizes[0])
  })
})
