import { EventEntity } from '@gala/database'
import type { NewMessage } from '@gala/rooms'
import type { MemoryRoomStore } from '@gala/rooms/testing'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { ann, clock, codeOf, keyed, migrated, reason, twoBases } from './rooms-under-test.js'

describe('operators in a room that runs', () => {
  const room = 'real-room'
  let rooms: Awaited<ReturnType<typeof twoBases>>
  let { a, b, inA, inB, auditOf } = {} as typeof rooms
  beforeAll(async () => {
    await migrated()
  })
  beforeEach(async () => {
    rooms = await twoBases(room)
    ;({ a, b, inA, inB, auditOf } = rooms)
  })
  afterEach(() => rooms.close())

  const said = (over: Partial<NewMessage> = {}): NewMessage => ({
    ...{ type: 'chat', priority: 2, from: { id: 'eve', name: 'Eve', avatar: '' }, text: 'spoiler' },
    ...{ at: clock.nowMs(), underWayMs: 0, ttlS: 0, client: 'eve/one', seq: 1 },
    ...over,
  })
  /** What `from` has accepted, as its mirror brings it to `to`. */
  const mirrored = async (from: MemoryRoomStore, to: MemoryRoomStore) => {
    const own = (await from.after(room, 0, 1_000)).messages.filter(({ id }) => id.startsWith(`${from.dc}.`))
    await to.takeOver(room, from.dc, own)
  }
  const held = async (store: MemoryRoomStore, seq = 1) => {
    const id = await store.nextId(room)
    const { client, ...message } = said({ seq })
    await store.hold(room, { message: { ...message, id }, words: ['spoiler'], dc: store.dc, client, seq })
    return id
  }
  const texts = async (store: MemoryRoomStore) => (await store.newest(room, 50)).map(({ text }) => text)

  it('takes a message back in every data centre, and tells the room once, however many operators do it', async () => {
    const { id } = await b.accept(room, said())
    await mirrored(b, a)
    const first = await inA.moderation.retract(room, id, reason, keyed('retract-one'))
    const second = await inB.moderation.retract(room, id, reason, keyed('retract-two', 'bob'))
    expect(second.id).toBe(first.id)
    // Told where the message was accepted: nobody learns of it before the message.
    expect(first.id).toMatch(/^dc-b\./)
    const left = await b.newest(room, 50)
    expect(left.map(({ control }) => control)).toEqual([{ act: 'retract', target: id, value: 0 }])
    expect(await texts(a)).toEqual([])
    const entries = await auditOf(`room:${room}`)
    expect(entries.map(({ actor }) => actor)).toEqual(['bob', 'ann'])
    expect(entries[1]).toMatchObject({ action: 'rooms.retract', before: { id, from: 'eve', text: 'spoiler' } })
  })

  it('takes a message back while its data centre is lost, and says whom it could not reach', async () => {
    const { id } = await b.accept(room, said())
    await mirrored(b, a)
    b.failing = true
    expect((await inA.moderation.retract(room, id, reason, ann)).id).toMatch(/^dc-a\./)
    expect((await auditOf(`room:${room}`))[0]?.after).toEqual({ message: id, unreached: ['dc-b'] })
    a.failing = true
    expect(await codeOf(inA.moderation.retract(room, id, reason, ann))).toBe('ROOM_UNAVAILABLE')
  })

  it('announces once in one room, in all that are in use, and to one viewer, however often it is sent', async () => {
    const by = keyed('announce-room')
    const body = { text: 'Welcome', priority: 6, ttlS: 600, reason }
    const here = { ...body, to: { kind: 'room' as const, room } }
    const say = () => inA.moderation.announce(here, by)
    expect((await inA.replays.once(by.keyed, say)).reply).toEqual({ rooms: 1 })
    // Lost after it was said: nothing is noted, and the next attempt says it again under the same name.
    await inA.database.onWriter((manager) => manager.query('DELETE FROM kept_replies'))
    expect(await say()).toEqual({ rooms: 1 })
    expect((await a.newest(room, 9)).map(({ from, type, text }) => [from.name, type, text])).toEqual([
      ['Gala', 'notify', 'Welcome'],
    ])
    await b.touch(['elsewhere'], clock.nowMs())
    const everywhere = { ...body, to: { kind: 'platform' as const } }
    expect(await inA.moderation.announce(everywhere, keyed('announce-all'))).toEqual({ rooms: 2 })
    expect(await a.newest('elsewhere', 9)).toHaveLength(1)
    const heard: string[] = []
    for (const store of [a, b]) store.listen({ direct: ({ message }) => void heard.push(message.id) })
    const to = { kind: 'viewer' as const, viewer: 'eve' }
    expect(await inA.moderation.announce({ ...body, to }, keyed('announce-eve'))).toEqual({ rooms: 0 })
    expect([heard.length, new Set(heard).size]).toEqual([2, 1])
    expect(heard[0]).toMatch(/^platform\.[0-9a-f]{8}\.\d{1,15}$/)
    await inA.database.onWriter((manager) => manager.update(EventEntity, { id: room }, { room: 'closed' }))
    expect(await codeOf(inA.moderation.announce(here, keyed('announce-no')))).toBe('ROOM_CLOSED')
  })

  it('shows a held message as the one its sender sent, and no other operator decides on it again', async () => {
    const id = await held(b)
    const shown = await inA.moderation.decide(room, id, { decision: 'show', reason }, keyed('decide-one'))
    expect(await texts(b)).toEqual(['spoiler'])
    expect((await b.accept(room, said())).id).toBe(shown.id)
    expect((await inA.cockpit.read(room)).held).toEqual([])
    const late = inB.moderation.decide(room, id, { decision: 'refuse', reason }, keyed('decide-two', 'bob'))
    expect(await codeOf(late)).toBe('MESSAGE_NOT_FOUND')
    expect(await auditOf(`message:${id}`)).toMatchObject([{ actor: 'ann', after: { decision: 'show', id: shown.id } }])
  })

  it('lets one of two operators decide who do so at once', async () => {
    for (let seq = 1; seq <= 8; seq++) {
      const id = await held(a, seq)
      const show = inA.moderation.decide(room, id, { decision: 'show', reason }, keyed(`show-${seq}-x`))
      const refuse = inB.moderation.decide(room, id, { decision: 'refuse', reason }, keyed(`refuse-${seq}`, 'bob'))
      const codes = await Promise.all([codeOf(show), codeOf(refuse)])
      expect(codes.toSorted()).toEqual(['MESSAGE_NOT_FOUND', 'done'])
      const one = (await a.newest(room, 50)).filter((message) => message.seq === seq)
      expect(one).toHaveLength(codes[0] === 'done' ? 1 : 0)
      expect(await auditOf(`message:${id}`)).toHaveLength(1)
    }
  })

  it('answers a decision that is sent again as it was, and takes out what was left in the queue', async () => {
    const id = await held(a)
    const by = keyed('decide-again')
    const decide = () => inA.moderation.decide(room, id, { decision: 'refuse', reason }, by)
    // The store is lost between the write and the end of it: the message stays in the queue.
    const takeHeld = a.takeHeld.bind(a)
    a.takeHeld = () => Promise.reject(new Error('lost'))
    const once = () => inA.replays.once(by.keyed, decide)
    expect(await once()).toEqual({ reply: { id: null }, replayed: false })
    a.takeHeld = takeHeld
    expect(await a.held(room)).toHaveLength(1)
    expect(await once()).toEqual({ reply: { id: null }, replayed: true })
    expect(await a.held(room)).toEqual([])
    expect(await once()).toEqual({ reply: { id: null }, replayed: true })
    expect(await auditOf(`message:${id}`)).toHaveLength(1)
  })
})
