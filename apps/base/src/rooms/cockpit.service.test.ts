import { defaultRoomSettings, type RoomReport } from '@gala/contracts'
import { VirtualClock } from '@gala/kernel/testing'
import type { NewMessage } from '@gala/rooms'
import { MemoryRoomStore } from '@gala/rooms/testing'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { CockpitService } from './cockpit.service.js'
import { RoomStores } from './room-stores.js'
import type { RoomsRepository } from './rooms.repository.js'

const facts = (room: string) => ({ settings: defaultRoomSettings(room), title: room, open: true, mutes: [] })

describe('the cockpit of rooms', () => {
  let clock: VirtualClock
  let a: MemoryRoomStore
  let b: MemoryRoomStore
  let failures: number
  let cockpit: CockpitService
  let known: string[]
  beforeEach(() => {
    clock = new VirtualClock()
    a = new MemoryRoomStore({ dc: 'dc-a', clock })
    b = new MemoryRoomStore({ dc: 'dc-b', clock })
    failures = 0
    known = ['gala', 'quiet']
    const stores = new RoomStores([a, b], { clock }, { redisFailed: () => void failures++ })
    const rooms: Pick<RoomsRepository, 'one' | 'many'> = {
      one: async (room) => (known.includes(room) ? facts(room) : undefined),
      many: async (active) => new Map([...new Set([...active, ...known])].map((room) => [room, facts(room)])),
    }
    cockpit = new CockpitService({ clock }, stores, rooms as RoomsRepository)
  })

  const report = (instance: string, over: Partial<RoomReport> = {}): RoomReport => ({
    ...{ instance, at: clock.nowMs(), sockets: 0, streams: 0, polls: 0, deliveredPerS: 0 },
    ...{ delayP50Ms: null, delayP99Ms: null, skippedPerS: 0 },
    ...over,
  })
  const said = (text: string): NewMessage => ({
    ...{ type: 'chat', priority: 2, from: { id: 'eve', name: 'Eve', avatar: '' }, text, at: clock.nowMs() },
    ...{ underWayMs: 0, ttlS: 0, client: 'eve/one', seq: clock.nowMs() },
  })

  it('adds up what the processes of each data centre tell, and forgets those that have gone', async () => {
    await a.report('gala', report('dc-a.access-1', { sockets: 10, streams: 2, polls: 3 }))
    await a.report('gala', report('dc-a.access-2', { sockets: 5 }))
    await b.report('gala', report('dc-b.access-1', { sockets: 1 }))
    const viewers = async () => (await cockpit.read('gala')).dcs.map((dc) => dc.viewers)
    expect(await viewers()).toEqual([
      { socket: 15, stream: 2, poll: 3 },
      { socket: 1, stream: 0, poll: 0 },
    ])
    await clock.advance(11_000)
    expect((await viewers()).map(({ socket }) => socket)).toEqual([0, 0])
  })

  it('shows the newest messages of both, each once and without what only stores need to know', async () => {
    await a.accept('gala', said('one'))
    await clock.advance(10)
    await b.accept('gala', said('two'))
    await a.takeOver('gala', 'dc-b', (await b.after('gala', 0, 10)).messages)
    const { messages } = await cockpit.read('gala')
    expect(messages.map(({ text }) => text)).toEqual(['two', 'one'])
    expect(Object.keys(messages[0] ?? {})).not.toEqual(expect.arrayContaining(['place']))
    expect(messages[0]).not.toHaveProperty('client')
  })

  it('goes on without a data centre that refuses, and without one that hangs, and says which', async () => {
    await a.accept('gala', said('one'))
    b.failing = true
    expect((await cockpit.read('gala')).dcs.map(({ reachable }) => reachable)).toEqual([true, false])
    b.failing = false
    b.held = () => new Promise(() => {})
    let answered = false
    const read = cockpit.read('gala').finally(() => {
      answered = true
    })
    await clock.advance(499)
    expect(answered).toBe(false)
    await clock.advance(1)
    const { dcs, messages } = await read
    expect([dcs.map(({ reachable }) => reachable), messages.length]).toEqual([[true, false], 1])
    expect(failures).toBe(2)
  })

  it('lists the busiest first, a page at a time, also rooms nobody is in', async () => {
    await b.touch(['well-filled'], clock.nowMs())
    await b.report('well-filled', report('dc-b.access-1', { sockets: 9 }))
    await a.report('gala', report('dc-a.access-1', { sockets: 2 }))
    const page = async (at: number) => {
      const { items, total } = await cockpit.list(at, 2)
      return [items.map(({ settings }) => settings.room), total]
    }
    expect([await page(1), await page(2)]).toEqual([
      [['well-filled', 'gala'], 3],
      [['quiet'], 3],
    ])
    // Whoever was there has gone.
    await clock.advance(70_000)
    expect(await page(1)).toEqual([['gala', 'quiet'], 2])
  })

  it('refuses a room that is none', async () => {
    await expect(cockpit.read('nowhere')).rejects.toMatchObject({ code: 'ROOM_NOT_FOUND' })
  })
})
