import { AppError, closeCodes } from '@gala/contracts'
import { seededRandom, VirtualClock } from '@gala/kernel/testing'
import { MemoryRoomStore } from '@gala/rooms/testing'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { RoomAddresses } from './addresses.js'
import { Departures } from './departures.js'
import type { Gate } from './gate.js'
import { Moves } from './moves.js'
import { type Client, HandPump, RoomRig, until } from './room-rig.js'

const urls = [
  { name: 'dc-a', value: 'ws://a.example' },
  { name: 'dc-b', value: 'ws://b.example/' },
]
const there = 'ws://b.example/v1/rooms/gala/socket'

describe('sending viewers elsewhere', () => {
  let clock: VirtualClock
  let store: MemoryRoomStore
  let rig: RoomRig
  let moves: Moves
  let switched: boolean
  let gateSays: () => boolean

  beforeEach(async () => {
    clock = new VirtualClock()
    store = new MemoryRoomStore({ dc: 'dc-a', clock })
    rig = await new RoomRig(store.another(), clock).start()
    switched = false
    gateSays = () => true
    moves = movesWith(urls)
  })
  afterEach(async () => {
    moves.close()
    await rig.stop()
  })

  const movesWith = (known: typeof urls) =>
    new Moves({
      clock,
      departures: new Departures(clock, seededRandom(7)),
      addresses: new RoomAddresses({ urls: known, dc: 'dc-a', ownFirst: () => true }),
      feeds: rig.feeds,
      gate: { isOpen: async () => gateSays() } as unknown as Gate,
      all: () => [...rig.sockets.all],
      isSwitched: () => switched,
      isLost: () => rig.feeds.lostMs > 5_000,
    })
  const crowd = async (count: number) => {
    const clients: Client[] = []
    for (let i = 0; i < count; i++) clients.push(await rig.welcomed())
    return clients
  }
  const gone = (clients: Client[]) => clients.filter((client) => client.closed).length
  const codes = (clients: Client[]) => [...new Set(clients.map(({ closed }) => closed?.code))]
  /** When each of them went, in steps of a quarter second. */
  const watched = async (clients: Client[], forMs: number) => {
    const steps: number[] = []
    for (let ms = 0; ms < forMs; ms += 250) {
      await clock.advance(250)
      const left = () => rig.sockets.all.size
      await until(() => gone(clients) === clients.length - left())
      steps.push(gone(clients))
    }
    return steps
  }

  it('tells each when to go and where to, in slots of their own, and closes a moment after that', async () => {
    const clients = await crowd(40)
    const drained = moves.drain(4_000)
    await until(() => clients.every((client) => client.of('move').length === 1))
    const told = clients.flatMap((client) => client.of('move'))
    const slots = told.map(({ afterMs }) => afterMs).toSorted((a, b) => a - b)
    expect(slots).toEqual(Array.from({ length: 40 }, (_, i) => i * 100))
    expect(clients.map((client) => client.of('move')[0]?.afterMs)).not.toEqual(slots)
    for (const { urls: to, poll } of told)
      expect([to, poll]).toEqual([['ws://a.example/v1/rooms/gala/socket', there], false])
    const steps = await watched(clients, 5_250)
    expect(steps.slice(0, 3)).toEqual([0, 0, 0])
    for (const [i, count] of steps.entries()) expect(count - (steps[i - 1] ?? 0)).toBeLessThanOrEqual(4)
    expect([steps.at(-1), codes(clients)]).toEqual([40, [closeCodes.DRAINING.code]])
    await drained
  })

  it('lets nobody lose or see anything twice who goes on elsewhere, and their ticket is good there', async () => {
    const pump = await new HandPump(store, 'gala').open()
    const other = await new RoomRig(store.another(), clock).start()
    const [client] = (await crowd(1)) as [Client]
    await pump.say('m1')
    await until(() => client.texts.length === 1)
    void moves.drain(1_000)
    await until(() => client.of('move').length === 1)
    await pump.say('m2')
    await until(() => client.texts.length === 2)
    await clock.advance(1_500)
    await until(() => client.closed !== undefined)
    await pump.say('m3')
    const again = await other.welcomed(client.cursor, client.of('move')[0]?.ticket)
    await until(() => again.texts.length > 0)
    expect([...client.texts, ...again.texts]).toEqual(['m1', 'm2', 'm3'])
    expect(again.of('welcome')[0]).toMatchObject({ gap: false, maySend: true })
    await other.stop()
  })

  it('has nothing to wait for when nobody is there', async () => {
    await moves.drain(4_000)
  })

  it('sends them to the other data centre when the store has not answered for five seconds', async () => {
    const clients = await crowd(10)
    rig.store.failing = true
    await clock.advance(6_000)
    expect(clients.flatMap((client) => client.of('move'))).toEqual([])
    await clock.advance(1_000)
    await until(() => clients.every((client) => client.of('move').length === 1))
    expect(clients[0]?.of('move')[0]?.urls).toEqual([there])
    await watched(clients, 6_500)
    expect([gone(clients), codes(clients)]).toEqual([10, [closeCodes.STORE_LOST.code]])
    // Nobody is left, and still it is known when the store is back.
    await clock.advance(40_000)
    expect([rig.feeds.size, rig.feeds.lostMs > 5_000]).toEqual([0, true])
    rig.store.failing = false
    await clock.advance(1_000)
    expect(rig.feeds.lostMs).toBe(0)
  })

  it('leaves them where they are when there is nowhere to go', async () => {
    moves.close()
    moves = movesWith([{ name: 'dc-a', value: 'ws://a.example' }])
    const clients = await crowd(3)
    rig.store.failing = true
    await clock.advance(20_000)
    expect([gone(clients), clients.flatMap((client) => client.of('move'))]).toEqual([0, []])
  })

  it('asks them to poll when operators want that, once', async () => {
    const clients = await crowd(5)
    switched = true
    await clock.advance(1_000)
    await until(() => clients.every((client) => client.of('move').length === 1))
    expect(clients[0]?.of('move')[0]).toMatchObject({ poll: true, urls: [], ticket: '' })
    await watched(clients, 7_000)
    expect(codes(clients)).toEqual([closeCodes.POLL_INSTEAD.code])
    expect(clients.map((client) => client.of('move').length)).toEqual([1, 1, 1, 1, 1])
  })

  it('closes a room that is no longer open, and no other; one nobody knows of stays', async () => {
    const clients = await crowd(5)
    gateSays = () => {
      throw new AppError('ROOM_UNAVAILABLE', 'nobody knows')
    }
    await clock.advance(3_000)
    expect(gone(clients)).toBe(0)
    gateSays = () => false
    await watched(clients, 7_000)
    expect([gone(clients), codes(clients)]).toEqual([5, [closeCodes.ROOM_CLOSED.code]])
  })
})
