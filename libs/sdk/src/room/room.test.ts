import { encodeServerFrame } from '@gala/contracts'
import { seededRandom } from '@gala/kernel/testing'
import { describe, expect, it } from '@jest/globals'
import { GalaError } from '../error.js'
import { rig } from './testing/room-rig.js'

describe('a room over a long connection', () => {
  it('passes messages on as they come, whatever coding they come in', async () => {
    const { clock, rooms, texts, link, socket } = rig()
    expect(link()).toBe('connecting')
    await clock.advance(100)
    expect(link()).toBe('live')
    for (const text of ['one', 'two', 'three']) {
      rooms.says(rooms.a, text)
      rooms.pump()
    }
    await clock.advance(10)
    expect(texts).toEqual(['one', 'two', 'three'])
    expect(socket().said[0]).toMatchObject({ kind: 'hello', cursor: '', codings: ['deflate'] })
  })

  it('comes back to the other data centre first, and misses nothing and repeats nothing', async () => {
    const { clock, rooms, texts, link, socket } = rig()
    await clock.advance(100)
    rooms.says(rooms.a, 'one')
    await clock.advance(60)
    rooms.pump()
    await clock.advance(10)
    rooms.says(rooms.a, 'two')
    socket().cut()
    await clock.advance(60)
    rooms.pump()
    expect(link()).toBe('reconnecting')
    await clock.advance(2_000)
    expect([link(), socket().dc.name]).toEqual(['live', 'dc-b'])
    expect(texts).toEqual(['one', 'two'])
    expect(rooms.asked).toEqual(['connect'])
  })

  it('goes where it is asked to go, when it is asked to, with the ticket it was given', async () => {
    const { clock, rooms, texts, socket } = rig()
    await clock.advance(100)
    const first = socket()
    first.say({ kind: 'move', afterMs: 3_000, urls: ['ws://dc-b/elsewhere'], ticket: rooms.ticket(), poll: false })
    await clock.advance(2_900)
    expect(rooms.opened.length).toBe(1)
    await clock.advance(200)
    expect([rooms.opened.length, socket().dc.name]).toEqual([2, 'dc-b'])
    rooms.says(rooms.b, 'here')
    rooms.pump()
    await clock.advance(10)
    expect(texts).toEqual(['here'])
    expect(rooms.asked).toEqual(['connect'])
  })

  it('asks for a new ticket when the one it has is refused', async () => {
    const { clock, rooms, link, socket } = rig()
    await clock.advance(6_000)
    rooms.tickets.clear()
    socket().cut()
    await clock.advance(5_000)
    expect(rooms.asked).toEqual(['connect', 'connect'])
    expect(link()).toBe('live')
  })

  it('notices a link that died without a word after two beats, and one that only is quiet not at all', async () => {
    const { clock, rooms, socket, link } = rig()
    await clock.advance(60_000)
    expect([rooms.opened.length, link()]).toEqual([1, 'live'])
    const pings = socket().said.filter(({ kind }) => kind === 'ping').length
    expect(pings).toBeGreaterThanOrEqual(5)
    expect(pings).toBeLessThanOrEqual(8)
    socket().deaf = true
    await clock.advance(30_000)
    expect([rooms.opened.length, link()]).toEqual([2, 'live'])
  })

  it('looks at once whether the link still lives when somebody comes back to the page', async () => {
    const { clock, rooms, socket, link } = rig()
    await clock.advance(100)
    socket().deaf = true
    rooms.page.is('hidden')
    await clock.advance(1_000)
    rooms.page.is('visible')
    await clock.advance(5_000)
    expect([rooms.opened.length, link()]).toEqual([2, 'live'])
  })

  it('tells a gap once, and counts what was left out', async () => {
    const { clock, rooms, socket, gaps, texts, lines, dropped } = rig()
    await clock.advance(100)
    rooms.says(rooms.a, 'one')
    rooms.pump()
    await clock.advance(100)
    rooms.pump()
    rooms.a.ring = 1
    rooms.b.ring = 1
    socket().cut()
    for (const text of ['two', 'three']) {
      rooms.says(rooms.a, text)
      await clock.advance(60)
      rooms.pump()
    }
    await clock.advance(2_000)
    expect([gaps(), texts, lines()]).toEqual([1, ['one', 'three'], ['shown one', '–', 'shown three']])
    rooms.b.thins = 1
    rooms.says(rooms.b, 'left out')
    rooms.pump()
    await clock.advance(10)
    expect([dropped.chat, gaps(), texts.length]).toEqual([1, 1, 2])
  })

  it('puts the state together from what has changed', async () => {
    const { clock, rooms, live } = rig()
    await clock.advance(100)
    rooms.a.state = { online: 10, slowS: 5 }
    rooms.pump()
    rooms.a.state = { online: 12 }
    rooms.pump()
    await clock.advance(10)
    expect(live.status.getSnapshot().state).toEqual({ online: 12, slowS: 5 })
  })

  it('survives whatever bytes the server sends', async () => {
    const { clock, rooms, socket, link } = rig()
    await clock.advance(100)
    const random = seededRandom(3)
    const whole = encodeServerFrame({ kind: 'block', coding: 'deflate', bytes: new Uint8Array([1, 2, 3, 4]) })
    for (let i = 0; i < 300; i++) {
      const bytes =
        i % 3 === 0 ? whole : Uint8Array.from({ length: Math.floor(random() * 80) }, () => Math.floor(random() * 256))
      socket().sayBytes(bytes)
      await clock.advance(400)
    }
    await clock.advance(600_000)
    expect(['live', 'polling']).toContain(link())
    rooms.says(rooms.a, 'on it goes')
  })

  it('leaves for good when it is closed, and asks nothing any more', async () => {
    const { clock, rooms, live, link } = rig()
    await clock.advance(100)
    live.close()
    const asked = rooms.asked.length
    await clock.advance(600_000)
    expect([link(), rooms.asked.length, rooms.a.sockets.size]).toEqual(['closed', asked, 0])
  })

  it('leaves when the room is closed', async () => {
    const { clock, live, socket } = rig()
    await clock.advance(100)
    socket().cut(4204)
    expect(live.status.getSnapshot().link).toEqual({ is: 'closed', code: 'ROOM_CLOSED' })
  })
})

describe('a room by polling', () => {
  it('takes over after two failures of long connections, and gives way again when one can be had', async () => {
    const { clock, rooms, texts, link } = rig({}, (rooms) => {
      rooms.a.refuses = 1006
      rooms.b.refuses = 'never-answers'
    })
    await clock.advance(15_000)
    expect(link()).toBe('polling')
    expect(rooms.opened.map(({ dc }) => dc.name)).toEqual(['dc-a', 'dc-b'])
    rooms.says(rooms.a, 'one')
    rooms.pump()
    await clock.advance(1_500)
    expect(texts).toEqual(['one'])
    rooms.a.refuses = rooms.b.refuses = 'not'
    await clock.advance(60_000)
    expect(link()).toBe('live')
    const polls = rooms.asked.filter((asked) => asked === 'poll').length
    rooms.says(rooms.a, 'two')
    await clock.advance(60)
    rooms.pump()
    await clock.advance(10_000)
    expect([texts, rooms.asked.filter((asked) => asked === 'poll').length]).toEqual([['one', 'two'], polls])
  })

  it('is what it does when no long connection is offered, when it is asked to, and when nothing else is wanted', async () => {
    const none = rig({}, (rooms) => void Object.assign(rooms, { urls: [] }))
    const told = rig()
    const wanted = rig({ transport: 'poll' })
    for (const { clock } of [none, told, wanted]) await clock.advance(200)
    told.socket().cut(4300)
    for (const { clock } of [none, told, wanted]) await clock.advance(200)
    expect([none.link(), told.link(), wanted.link()]).toEqual(['polling', 'polling', 'polling'])
    await wanted.clock.advance(600_000)
    expect([wanted.rooms.opened.length, wanted.rooms.asked.includes('connect')]).toEqual([0, false])
  })

  it('asks when it is told to, a little later by chance and never sooner, and seldom while nobody looks', async () => {
    const { clock, rooms } = rig({ transport: 'poll' })
    const polls = () => rooms.asked.length
    await clock.advance(60_000)
    expect(polls()).toBeGreaterThanOrEqual(49)
    expect(polls()).toBeLessThanOrEqual(60)
    rooms.page.is('hidden')
    await clock.advance(2_000)
    const before = polls()
    await clock.advance(100_000)
    expect(polls() - before).toBeLessThanOrEqual(4)
    const hidden = polls()
    for (let i = 0; i < 3; i++) rooms.page.is('visible')
    await clock.advance(10)
    expect(polls()).toBe(hidden + 1)
  })

  it('goes on after refusals, and ends when there is no such room', async () => {
    const { clock, rooms, link, live } = rig({ transport: 'poll' })
    await clock.advance(100)
    rooms.before = () => {
      throw new GalaError('UPSTREAM_UNAVAILABLE', 'no', { retryAfterMs: 2_000 })
    }
    await clock.advance(10_000)
    expect(link()).toBe('reconnecting')
    rooms.before = () => {}
    await clock.advance(30_000)
    expect(link()).toBe('polling')
    rooms.before = () => {
      throw new GalaError('ROOM_NOT_FOUND', 'no', { retryable: false })
    }
    await clock.advance(5_000)
    expect(live.status.getSnapshot().link).toEqual({ is: 'closed', code: 'ROOM_NOT_FOUND' })
  })

  it('takes an answer that is none for a failure', async () => {
    const { clock, rooms, link } = rig({ transport: 'poll' })
    const answers: unknown[] = [null, 7, 'x', [], {}, { messages: 1 }, { messages: [], cursor: 'no cursor' }]
    const poll = rooms.asks.poll
    rooms.asks.poll = async (...asked) => (answers.length > 0 ? answers.shift() : await poll(...asked))
    await clock.advance(900_000)
    expect([answers.length, link()]).toEqual([0, 'polling'])
  })
})
