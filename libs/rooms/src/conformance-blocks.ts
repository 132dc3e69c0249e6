import { expect, it } from '@jest/globals'
import { foreign, many, newMessage, type OpenStore, room, until } from './builders.js'
import type { DirectMessage, RoomStore, StoredBlock } from './room-store.js'
import { blocksMax, laneMax, ringBytesMax } from './rules.js'

export function blockConformance(open: OpenStore) {
  const leased = async (store: RoomStore, holder = 'one', forMs = 60_000) => {
    const lease = await store.lease(room, holder, forMs)
    if (!lease) throw new Error('somebody else holds the lease')
    return lease
  }
  const blockOf = (epoch: string, number: number, place = number, size = 3): StoredBlock => ({
    ...{ epoch, number, place },
    bytes: Uint8Array.from({ length: size }, (_, i) => (number + i * 7) & 255),
  })
  const plain = ({ bytes, ...block }: StoredBlock) => ({ ...block, bytes: [...bytes] })

  it('leases a room to one at a time, and to another with a higher token once it is over', async () => {
    const { store, another, pass } = await open()
    const other = await another()
    const one = await leased(store, 'one', 120)
    expect(one).toMatchObject({ number: 0, place: 0, epoch: expect.stringMatching(/^[0-9a-f]{8}$/) })
    expect(await other.lease(room, 'two', 100)).toBeUndefined()
    expect(await store.lease(room, 'one', 120)).toEqual(one)
    expect(await other.lease('other-room', 'two', 100)).toBeDefined()
    await pass(150)
    const two = await leased(other, 'two')
    expect(two.token).toBeGreaterThan(one.token)
    expect(two.epoch).toBe(one.epoch)
    expect(await store.lease(room, 'one', 100)).toBeUndefined()
    await store.release(room, one.token)
    expect(await store.lease(room, 'one', 100)).toBeUndefined()
    await other.release(room, two.token)
    expect((await leased(store, 'one')).token).toBeGreaterThan(two.token)
  })

  it('says with a lease how far there is something to read', async () => {
    const { store } = await open()
    const { token, epoch, head } = await leased(store)
    expect(head).toBe(0)
    const { id } = await store.accept(room, newMessage(1))
    const place = Number(id.split('.')[2])
    expect(await leased(store)).toMatchObject({ token, epoch, place: 0, head: place })
    await store.putBlock(room, token, blockOf(epoch, 1, place))
    expect(await leased(store)).toMatchObject({ token, place, head: place })
  })

  it('keeps blocks of the holder alone, each the next one, byte for byte', async () => {
    const { store, another, pass } = await open()
    const other = await another()
    const { token, epoch } = await leased(store, 'one', 1_000)
    const all = many(3, (i) => blockOf(epoch, i + 1, 10 * (i + 1), 256))
    for (const block of all) expect(await store.putBlock(room, token, block)).toBe(true)
    expect(await store.putBlock(room, token, blockOf(epoch, 3))).toBe(false)
    expect(await store.putBlock(room, token, blockOf(epoch, 5))).toBe(false)
    expect(await store.putBlock(room, token, blockOf('00000000', 4))).toBe(false)
    expect(await store.putBlock(room, token + 1, blockOf(epoch, 4))).toBe(false)
    await pass(1_100)
    expect(await store.putBlock(room, token, blockOf(epoch, 4))).toBe(false)
    const two = await leased(other, 'two')
    expect(two).toMatchObject({ number: 3, place: 30, epoch })
    expect(await store.putBlock(room, token, blockOf(epoch, 4))).toBe(false)
    expect(await other.putBlock(room, two.token, blockOf(epoch, 4, 30, 0))).toBe(true)
    expect((await store.blocks(room, 0, 10)).map(plain)).toEqual([...all, blockOf(epoch, 4, 30, 0)].map(plain))
    expect((await store.blocks(room, 2, 10)).map(({ number }) => number)).toEqual([3, 4])
    expect((await store.blocks(room, 0, 2)).map(({ number }) => number)).toEqual([3, 4])
    expect(await store.blocks(room, 4, 10)).toEqual([])
    expect(await store.blocks(room, 0, 0)).toEqual([])
    await store.accept('other-room', newMessage(1))
    expect(await store.heads([room, 'other-room', 'third'])).toEqual([{ epoch, number: 4 }, undefined, undefined])
  })

  it('keeps so many blocks and so many bytes of them', async () => {
    const { store } = await open()
    const { token, epoch } = await leased(store)
    for (let i = 1; i <= blocksMax + 3; i++) await store.putBlock(room, token, blockOf(epoch, i))
    const kept = await store.blocks(room, 0, 10_000)
    expect([kept.length, kept[0]?.number]).toEqual([blocksMax, 4])
    const large = ringBytesMax / 4
    for (let i = 1; i <= 5; i++) await store.putBlock(room, token, blockOf(epoch, blocksMax + 3 + i, i, large - 100))
    expect((await store.blocks(room, 0, 10_000)).map(({ number }) => number - blocksMax)).toEqual([5, 6, 7, 8])
    await store.putBlock(room, token, blockOf(epoch, blocksMax + 9, 9, ringBytesMax + 1))
    expect(await store.blocks(room, 0, 10_000)).toHaveLength(1)
  })

  it('says how much a full lane has lost since the newest block, and counts what was taken out for nothing', async () => {
    const { store } = await open()
    const { token, epoch } = await leased(store)
    const flood = (from: number, count: number) =>
      store.takeOver(
        room,
        'dc-b',
        many(count, (i) => foreign(from + i, 'chat')),
      )
    await flood(1, 10)
    await store.putBlock(room, token, blockOf(epoch, 1, 4))
    expect((await store.after(room, 4, 100)).lost).toEqual({ chat: 0, notify: 0 })
    await store.remove(room, foreign(2).id)
    await store.remove(room, foreign(7).id)
    await flood(100, laneMax.chat)
    // Three of the first four are out of the lane as well, but those were in a block.
    const { lost, messages, head } = await store.after(room, 4, 5_000)
    expect([lost, messages.length, head]).toEqual([{ chat: 5, notify: 0 }, laneMax.chat, laneMax.chat + 10])
    expect((await store.after(room, 5, 5_000)).lost).toEqual({ chat: 0, notify: 0 })
    await store.putBlock(room, token, blockOf(epoch, 2, head))
    await flood(10_000, 3)
    expect((await store.after(room, head, 100)).lost).toEqual({ chat: 0, notify: 0 })
  })

  it('refuses a holder of before it lost everything, whatever number it comes with', async () => {
    const { store, forget } = await open()
    const before = await leased(store)
    await store.putBlock(room, before.token, blockOf(before.epoch, 1))
    await forget()
    expect(await store.putBlock(room, before.token, blockOf(before.epoch, 2))).toBe(false)
    expect(await store.putBlock(room, before.token, blockOf(before.epoch, 1))).toBe(false)
    expect(await store.blocks(room, 0, 10)).toEqual([])
    const now = await leased(store, 'two')
    expect(now.epoch).not.toBe(before.epoch)
    expect(now.number).toBe(0)
    expect(await store.putBlock(room, before.token, blockOf(now.epoch, 1))).toBe(now.token === before.token)
    await store.release(room, before.token - 1)
    expect(await store.lease(room, 'three', 10)).toBeUndefined()
  })

  it('tells of blocks of the rooms that are followed, of what is accepted, and of what is said directly', async () => {
    const { store, another } = await open()
    const other = await another()
    const told = { blocks: [] as string[], accepted: new Set<string>(), direct: [] as DirectMessage[], second: 0 }
    const stop = other.listen({
      block: (where, { number, epoch, place, bytes }) =>
        void told.blocks.push(`${where} ${number} ${epoch} ${place} ${[...bytes]}`),
      accepted: (where) => void told.accepted.add(where),
      direct: (message) => void told.direct.push(message),
    })
    other.listen({ direct: () => void told.second++ })
    const { client: _, seq: __, place: ___, ...message } = foreign(1)
    const directly = (viewer: string) => store.direct({ to: { viewer }, message })
    await until(async () => (await directly('v-0')) === undefined && told.direct.length > 0)
    const { token, epoch } = await leased(store)
    await store.putBlock(room, token, blockOf(epoch, 1))
    await other.follow(room)
    await store.putBlock(room, token, blockOf(epoch, 2, 7))
    await store.accept(room, newMessage(1))
    await store.takeOver('nova-launch', 'dc-b', [foreign(1)])
    await until(() => told.blocks.length > 0 && told.accepted.size === 2)
    expect(told.blocks).toEqual([`${room} 2 ${epoch} 7 2,9,16`])
    await other.unfollow(room)
    await store.putBlock(room, token, blockOf(epoch, 3))
    await store.direct({ to: { cohort: 'vip' }, message })
    await until(() => told.direct.some(({ to }) => 'cohort' in to))
    expect(told.direct.at(-1)).toEqual({ to: { cohort: 'vip' }, message })
    expect(told.blocks).toHaveLength(1)
    stop()
    const [before, second] = [told.direct.length, told.second]
    await directly('v-2')
    await until(() => told.second > second)
    expect(told.direct).toHaveLength(before)
  })

  it('knows in which rooms somebody was lately', async () => {
    const { store } = await open()
    const nowMs = 1_800_000_000_000
    await store.touch(['one', 'two'], nowMs)
    await store.touch(['two'], nowMs + 10_000)
    await store.touch(['one'], nowMs - 10_000)
    await store.touch([], nowMs)
    expect((await store.active(nowMs)).sort()).toEqual(['one', 'two'])
    expect(await store.active(nowMs + 1)).toEqual(['two'])
    expect(await store.active(nowMs + 10_001)).toEqual([])
  })

  it('gathers what processes report of a room, the newest of each', async () => {
    const { store, another } = await open()
    const report = (instance: string, sockets: number) => ({
      ...{ instance, at: 1, sockets, streams: 0, polls: 0.5, deliveredPerS: 10, delayP50Ms: 4, delayP99Ms: null },
      skippedPerS: 0,
    })
    const lanes = { chat: 1.5, gift: 0, notify: 0, control: 0 }
    const pump = {
      ...{ instance: 'p', at: 1, windowMs: 200, chatPerS: 20, blocksPerS: 5, inPerS: lanes, outPerS: lanes },
      dropped: { chat: 3, notify: 0 },
    }
    await store.report(room, report('one', 5))
    await (await another()).report(room, report('two', 6))
    await store.report(room, report('one', 7))
    await store.reportPump(room, pump)
    const reports = (await store.reports(room)).toSorted((a, b) => a.sockets - b.sockets)
    expect(reports).toEqual([report('two', 6), report('one', 7)])
    expect(await store.pumpOf(room)).toEqual(pump)
    expect([await store.reports('other-room'), await store.pumpOf('other-room')]).toEqual([[], undefined])
  })
}
