import type { RoomMessage } from '@gala/contracts'
import { seededRandom, VirtualClock } from '@gala/kernel/testing'
import { describe, expect, it } from '@jest/globals'
import { GalaError } from '../error.js'
import type { Sent } from './outbox.js'
import { room } from './room.js'
import type { FakeDc } from './testing/fake-dc.js'
import { FakeRooms } from './testing/fake-rooms.js'

const seeds = Array.from({ length: 30 }, (_, i) => i + 1)
const ticks = 300
const tickMs = 200

/** What a client was told, in order: ids of messages, and where it was told of a gap. */
type Told = (string | 'gap')[]

/** A minute of everything that can go wrong between a client and two data centres, then five in which nothing does. */
async function play(seed: number, { ring, skips }: { ring: number; skips: number }) {
  const random = seededRandom(seed)
  const clock = new VirtualClock()
  const rooms = new FakeRooms(clock, random, 30 + Math.floor(random() * 200))
  rooms.a.ring = rooms.b.ring = ring
  rooms.a.thins = rooms.b.thins = 0.3
  const told: Told = []
  const dropped = { chat: 0 }
  const sent: Promise<Sent>[] = []
  const live = room(
    { baseUrl: '' },
    {
      ...{ room: 'r', viewer: random() < 0.5 ? { token: 't', id: 'v-me' } : { token: 't' }, feedMax: 2_000 },
      onMessage: ({ id }: RoomMessage) => void told.push(id),
      onGap: () => void told.push('gap'),
      onDropped: ({ chat }) => {
        dropped.chat += chat
      },
    },
    rooms.world(),
    rooms.asks,
  )
  const gifts: string[] = []
  const gift = (dc: FakeDc) => {
    const given = { type: 'gift' as const, gift: { kind: 'rose', count: 1, value: 1 } }
    gifts.push(rooms.says(dc, '', given).id)
  }
  await clock.advance(200)
  for (const dc of [rooms.a, rooms.b]) gift(dc)
  await settled(clock, rooms)
  for (let tick = 0; tick < ticks; tick++) {
    const dc = random() < 0.5 ? rooms.a : rooms.b
    if (random() < 0.7) rooms.says(dc, `chat ${tick}`)
    if (random() < 0.3) gift(dc)
    if (random() < 0.1) sent.push(live.send({ type: 'chat', text: `mine ${tick}` }))
    if (random() < 0.3) await trouble(rooms, random, skips)
    await clock.advance(tickMs)
    rooms.pump()
  }
  heal(rooms)
  for (let i = 0; i < 100; i++) {
    await clock.advance(3_000)
    rooms.pump()
  }
  for (const dc of [rooms.a, rooms.b]) gift(dc)
  await settled(clock, rooms)
  await clock.advance(2_000)
  return { rooms, told, gifts, live, dropped, outcomes: await Promise.all(sent) }
}

async function settled(clock: VirtualClock, rooms: FakeRooms) {
  await clock.advance(300)
  rooms.pump()
  await clock.advance(300)
}

async function trouble(rooms: FakeRooms, random: () => number, skips: number) {
  const dc = random() < 0.5 ? rooms.a : rooms.b
  const socket = rooms.opened.at(-1)
  const acts: (() => unknown)[] = [
    () => socket?.cut(),
    () => socket?.cut([4000, 4001, 4002, 4003, 4100, 4101, 4300][Math.floor(random() * 7)]),
    () => Object.assign(socket ?? {}, { deaf: true }),
    () => Object.assign(dc, { refuses: random() < 0.5 ? 1006 : 'never-answers' }),
    () => Object.assign(dc, { refuses: 'not' }),
    () => Object.assign(rooms, { pollDc: dc, losesAcks: random() < 0.5 }),
    () => Object.assign(rooms, { before: random() < 0.5 ? () => {} : failing }),
    () => rooms.page.is(random() < 0.3 ? 'hidden' : 'visible'),
    // The same blocks again.
    () => dc.again(socket),
    () => {
      const ticket = random() < 0.7 ? rooms.ticket() : ''
      const urls = random() < 0.7 ? ['ws://dc-b/x', 'ws://dc-a/x'] : []
      socket?.say({ kind: 'move', afterMs: Math.floor(random() * 3_000), urls, ticket, poll: random() < 0.2 })
    },
  ]
  acts[Math.floor(random() * acts.length)]?.()
  // A slow client is not given every block.
  if (random() < skips && socket) dc.skip(socket)
}

const failing = () => {
  throw new GalaError('UPSTREAM_UNAVAILABLE', 'no', { retryAfterMs: 1_000 })
}

function heal(rooms: FakeRooms) {
  rooms.before = () => {}
  rooms.a.refuses = rooms.b.refuses = 'not'
  rooms.losesAcks = false
  rooms.page.is('visible')
}

/** Gifts that never came, though no gap was told where they are missing. */
function silentlyLost(told: Told, gifts: readonly string[]): string[] {
  const seqOf = (id: string) => Number(id.split('.')[2])
  return gifts.filter((gift) => {
    if (told.includes(gift)) return false
    const origin = gift.slice(0, gift.lastIndexOf('.') + 1)
    const is = (later: boolean) => (id: string) => id.startsWith(origin) && seqOf(id) > seqOf(gift) === later
    const between = told.slice(told.findLastIndex(is(false)) + 1, told.findIndex(is(true)))
    return !between.includes('gap')
  })
}

const idsOf = (told: Told) => told.filter((what) => what !== 'gap')

describe('histories of links that break, of servers that refuse, and of moves between data centres', () => {
  it('bring every gift once and in order, and every chat message or its count, as long as blocks are kept', async () => {
    for (const seed of seeds) {
      const { told, gifts, live, rooms, outcomes } = await play(seed, { ring: 10_000, skips: 0 })
      const ids = idsOf(told)
      expect([seed, ids.length - new Set(ids).size, told.includes('gap')]).toEqual([seed, 0, false])
      expect([seed, gifts.filter((id) => !ids.includes(id))]).toEqual([seed, []])
      expect([seed, live.status.getSnapshot().link.is]).toEqual([seed, 'live'])
      for (const dc of ['dc-a', 'dc-b']) {
        const numbers = ids.filter((id) => id.startsWith(dc)).map((id) => Number(id.split('.')[2]))
        expect([seed, numbers]).toEqual([seed, numbers.toSorted((a, b) => a - b)])
      }
      const shown = live.feed.getSnapshot().entries.flatMap((entry) => (entry.kind === 'gap' ? [] : entry.parts))
      expect([seed, new Set(shown.map(({ id }) => id)).size]).toEqual([seed, shown.length])
      expect([seed, shown.length]).toEqual([seed, ids.length + leftOut(live, ids)])
      expect([seed, outcomes.every(({ is }) => is === 'shown' || is === 'refused')]).toEqual([seed, true])
      expect([seed, rooms.twice]).toEqual([seed, []])
    }
  })

  it('lose nothing without a word where blocks are soon forgotten and slow clients are skipped', async () => {
    let gaps = 0
    for (const seed of seeds) {
      const { told, gifts } = await play(seed, { ring: 4, skips: 0.3 })
      const ids = idsOf(told)
      gaps += told.length - ids.length
      expect([seed, ids.length - new Set(ids).size, silentlyLost(told, gifts)]).toEqual([seed, 0, []])
    }
    expect(gaps).toBeGreaterThan(seeds.length)
  })

  it('count exactly what was left out for whoever stays in one data centre', async () => {
    const random = seededRandom(5)
    const clock = new VirtualClock()
    const rooms = new FakeRooms(clock, random)
    rooms.urls = ['ws://dc-a/socket']
    rooms.a.ring = 10_000
    rooms.a.thins = 0.5
    let seen = 0
    const options = { room: 'r', onMessage: () => void seen++ }
    const live = room({ baseUrl: '' }, options, rooms.world(), rooms.asks)
    await clock.advance(200)
    const saidMost = 500
    for (let said = 0; said < saidMost; said++) {
      rooms.says(rooms.a, `chat ${said}`)
      if (random() < 0.1) rooms.opened.at(-1)?.cut()
      if (random() < 0.2) rooms.a.again(rooms.opened.at(-1))
      await clock.advance(200)
      if (random() < 0.5) rooms.pump()
    }
    rooms.pump()
    await clock.advance(30_000)
    expect(seen + live.feed.getSnapshot().dropped.chat).toBe(saidMost)
  })
})

/** Own messages that were left out of all blocks are in the feed all the same. */
function leftOut(live: ReturnType<typeof room>, ids: readonly string[]): number {
  const entries = live.feed.getSnapshot().entries
  const own = entries.flatMap((entry) => (entry.kind === 'message' && entry.own ? entry.parts : []))
  return own.filter(({ id }) => !ids.includes(id)).length
}
