import { AppError, decodeBlock, parseCursor, type RoomMessages } from '@gala/contracts'
import { VirtualClock } from '@gala/kernel/testing'
import { MemoryRoomStore } from '@gala/rooms/testing'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { LocalRequest } from '../local.js'
import { Feeds } from './feeds.js'
import type { Gate } from './gate.js'
import { Polls } from './polls.js'
import { HandPump, until } from './room-rig.js'

describe('a poll of a room', () => {
  let clock: VirtualClock
  let store: MemoryRoomStore
  let pump: HandPump
  let feeds: Feeds
  let polls: Polls
  let open: boolean
  let waitMs: number

  beforeEach(async () => {
    clock = new VirtualClock()
    store = new MemoryRoomStore({ dc: 'dc-a', clock })
    pump = await new HandPump(store, 'gala').open()
    open = true
    waitMs = 1_000
    const onError = (error: unknown) => {
      throw error
    }
    feeds = new Feeds({ store: store.another(), clock, onError, onNews: () => {}, onTick: () => {} })
    const gate = {
      pass: async () => {
        if (!open) throw new AppError('ROOM_CLOSED', 'closed')
      },
    } as unknown as Gate
    polls = new Polls({ feeds, gate, clock, pollAfterMs: () => waitMs })
  })
  afterEach(() => feeds.close())

  const ask = (after?: string, form = 'json') =>
    polls.answer({ input: { params: { room: 'gala' }, query: { after, form } } } as unknown as LocalRequest)
  const poll = async (after?: string) => {
    const { body, etag } = await ask(after)
    return { ...(JSON.parse(body.toString()) as RoomMessages), etag }
  }
  const textsOf = ({ messages }: RoomMessages) => messages.map(({ text }) => text)
  const held = (number: number) => until(() => feeds.peek('gala')?.ring.last?.block.number === number)
  const sayAll = async (from: number, to: number) => {
    for (let i = from; i <= to; i++) await pump.say(`m${i}`)
    if (feeds.peek('gala')) await held(to)
  }

  it('brings the newest first, then what follows the cursor, and the state as it changes', async () => {
    await sayAll(1, 30)
    await pump.block([], { state: { online: 7 }, dropped: { chat: 3, notify: 1 } })
    const first = await poll()
    expect(textsOf(first)).toEqual(Array.from({ length: 15 }, (_, i) => `m${i + 16}`))
    expect(first).toMatchObject({
      pollAfterMs: 1_000,
      dropped: { chat: 3, notify: 1 },
      state: { online: 7 },
      gap: false,
    })
    const nothing = await poll(first.cursor)
    expect(nothing).toMatchObject({ messages: [], cursor: first.cursor, state: {}, dropped: { chat: 0, notify: 0 } })
    expect(nothing.etag).toBe(first.etag)
    await pump.say('new')
    await held(32)
    const next = await poll(first.cursor)
    expect([textsOf(next), next.etag]).toEqual([['new'], `"${pump.epoch}:32"`])
  })

  it('brings what is much in parts, to be asked for at once', async () => {
    await sayAll(1, 1)
    const { cursor } = await poll()
    await sayAll(2, 50)
    const seen: string[] = []
    let at = cursor
    const waits: number[] = []
    for (;;) {
      const part = await poll(at)
      seen.push(...textsOf(part))
      waits.push(part.pollAfterMs)
      at = part.cursor
      if (part.pollAfterMs > 0) break
    }
    expect(waits).toEqual([0, 0, 1_000])
    expect(seen).toEqual(Array.from({ length: 49 }, (_, i) => `m${i + 2}`))
    const long = Array.from({ length: 40 }, () => 'x'.repeat(1_000))
    for (let i = 0; i < 4; i++) await pump.say(...long)
    await held(54)
    expect(textsOf(await poll(at)).length).toBe(40)
  })

  it('leaves out what somebody has had by way of the other data centre, and does not bring them back', async () => {
    await sayAll(1, 1)
    const there = { dc: 'dc-b', epoch: '0000000b' }
    const theirs = (seq: number) => ({ ...pump.message(`b${seq}`), id: `${there.dc}.${there.epoch}.${seq}` })
    const both = new Map([...pump.cursor, [there.dc, { epoch: there.epoch, seq: 2 }]])
    const since = new Map([...pump.cursor, [there.dc, { epoch: there.epoch, seq: 0 }]])
    await pump.block([theirs(1), theirs(2)], { since, to: both })
    const before = `dc-a.${pump.epoch}.1~dc-b.0000000b.1`
    const { messages, cursor } = await poll(before)
    expect(messages.map(({ text }) => text)).toEqual(['b2'])
    expect(parseCursor(cursor).get('dc-b')).toEqual({ epoch: '0000000b', seq: 2 })
    const mixed = `dc-a.${pump.epoch}.1~dc-b.0000000b.9`
    const ours = pump.message('a')
    const seq = Number(ours.id.split('.')[2])
    await pump.block([ours], { to: new Map([...both, ['dc-a', { epoch: pump.epoch, seq }]]), since: both })
    await held(3)
    expect(await poll(mixed)).toMatchObject({ messages: [{ text: 'a' }], gap: false })
    expect(parseCursor((await poll(mixed)).cursor).get('dc-b')?.seq).toBe(9)
    const ahead = `dc-a.${pump.epoch}.9~dc-b.0000000b.9`
    expect(await poll(ahead)).toMatchObject({ messages: [], cursor: ahead, gap: false })
  })

  it('says when something between is gone', async () => {
    await sayAll(1, 2)
    const { cursor } = await poll()
    await sayAll(3, 700)
    const late = await poll(cursor)
    expect([late.gap, textsOf(late)[0], late.pollAfterMs]).toEqual([true, 'm101', 0])
  })

  it('brings the same blocks as sockets get, each after its length', async () => {
    await pump.say('a', 'b')
    await pump.say('c'.repeat(180), 'd'.repeat(180))
    const { body, type, head } = await ask(undefined, 'blocks')
    const bytes = body as Buffer
    const blocks = []
    for (let at = 0; at < bytes.length; ) {
      let length = 0
      for (let shift = 0; ; shift += 7) {
        const byte = bytes[at++] ?? 0
        length |= (byte & 127) << shift
        if (byte < 128) break
      }
      blocks.push(decodeBlock(bytes.subarray(at, at + length)))
      at += length
    }
    expect(blocks.map(({ messages }) => messages.length)).toEqual([2, 2])
    expect([type, head]).toEqual(['application/x-protobuf', { 'x-gala-poll-after-ms': '1000', 'x-gala-gap': 'false' }])
  })

  it('is made once for all who ask the same, until there is something new', async () => {
    await sayAll(1, 3)
    const [one, two] = [await ask(), await ask()]
    expect(two.body).toBe(one.body)
    await sayAll(4, 4)
    expect((await ask()).body).not.toBe(one.body)
    expect(one.edgeUntil).toBe(`@${Math.floor(clock.nowMs() / 1_000)}`)
  })

  it('is refused when the room is not open, or cannot be followed', async () => {
    open = false
    await expect(ask()).rejects.toMatchObject({ code: 'ROOM_CLOSED' })
    open = true
    feeds.close()
    const lost = store.another()
    lost.failing = true
    feeds = new Feeds({ store: lost, clock, onError: () => {}, onNews: () => {}, onTick: () => {} })
    polls = new Polls({ feeds, gate: { pass: async () => {} } as unknown as Gate, clock, pollAfterMs: () => 1_000 })
    await expect(ask()).rejects.toMatchObject({ code: 'ROOM_UNAVAILABLE' })
    lost.failing = false
    expect((await poll()).messages).toEqual([])
  })

  it('keeps a room for half a minute after the last one', async () => {
    await poll()
    await clock.advance(20_000)
    expect(feeds.size).toBe(1)
    await poll()
    await clock.advance(29_000)
    expect(feeds.size).toBe(1)
    await clock.advance(3_000)
    expect(feeds.size).toBe(0)
  })
})
