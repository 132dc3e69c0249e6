import { expect, it } from '@jest/globals'
import { foreign, many, newMessage, type OpenStore, room } from './builders.js'
import type { PlacedMessage } from './room-store.js'
import { heldMax, laneMax } from './rules.js'

export function messageConformance(open: OpenStore) {
  const texts = (messages: readonly PlacedMessage[]) => messages.map(({ text }) => text)

  it('gives each message the next place, and gives it back as it was sent', async () => {
    const { store } = await open()
    const sent = [newMessage(1), newMessage(2, 'gift'), newMessage(3, 'notify'), newMessage(4, 'control')]
    const ids: string[] = []
    for (const message of sent) ids.push((await store.accept(room, message)).id)
    const { epoch, head, cursor, messages, lost } = await store.after(room, 0, 10)
    expect(epoch).toMatch(/^[0-9a-f]{8}$/)
    expect(ids).toEqual([1, 2, 3, 4].map((place) => `dc-a.${epoch}.${place}`))
    expect(messages).toEqual(sent.map((message, i) => ({ ...message, id: ids[i], place: i + 1 })))
    expect([head, cursor, lost]).toEqual([4, new Map([['dc-a', { epoch, seq: 4 }]]), { chat: 0, notify: 0 }])
  })

  it('knows nothing of a room in which nobody has said anything', async () => {
    const { store } = await open()
    expect(await store.after(room, 0, 10)).toMatchObject({ epoch: '', head: 0, messages: [] })
    expect(await store.newest(room, 10)).toEqual([])
    expect(await store.blocks(room, 0, 10)).toEqual([])
    expect(await store.heads([room])).toEqual([undefined])
    expect(await store.takenOver(room, 'dc-b')).toBeUndefined()
    expect(await store.remove(room, 'dc-a.00000001.1')).toBeUndefined()
    expect(await store.log('0', 10, 0)).toEqual([])
    expect([await store.reports(room), await store.pumpOf(room), await store.held(room)]).toEqual([[], undefined, []])
  })

  it('gives every message a place of its own when many come at once', async () => {
    const { store, another } = await open()
    const other = await another()
    const taken = await Promise.all(
      many(200, (i) => (i % 2 === 0 ? store : other).accept(room, newMessage(i, i % 5 === 0 ? 'gift' : 'chat'))),
    )
    expect(new Set(taken.map(({ id }) => id)).size).toBe(200)
    const { messages, head } = await store.after(room, 0, 1_000)
    expect(messages.map(({ place }) => place)).toEqual(many(200, (i) => i + 1))
    expect(head).toBe(200)
  })

  it('takes the same number of a client once: a second time, at the same time and in another process', async () => {
    const { store, another } = await open()
    const other = await another()
    const first = await store.accept(room, newMessage(7, 'gift'))
    expect(first.repeated).toBe(false)
    expect(await store.accept(room, newMessage(7, 'gift'))).toEqual({ id: first.id, repeated: true })
    expect(await other.accept(room, newMessage(7, 'gift', { text: 'other' }))).toEqual({ id: first.id, repeated: true })
    const atOnce = await Promise.all([store, other, store, other].map((one) => one.accept(room, newMessage(8))))
    expect(new Set(atOnce.map(({ id }) => id)).size).toBe(1)
    expect(atOnce.filter(({ repeated }) => !repeated)).toHaveLength(1)
    for (const more of [{ client: 'v-1/d' }, { seq: 9 }])
      expect((await store.accept(room, newMessage(7, 'gift', more))).repeated).toBe(false)
    expect((await store.accept('other-room', newMessage(7, 'gift'))).repeated).toBe(false)
  })

  it('takes a number once that came by way of another data centre, with the id it has there, and the other way round', async () => {
    const { store } = await open()
    const there = foreign(5, 'gift')
    await store.takeOver(room, 'dc-b', [there])
    const { client, seq } = there
    expect(await store.accept(room, newMessage(seq, 'gift', { client }))).toEqual({ id: there.id, repeated: true })
    await store.accept(room, newMessage(1, 'gift'))
    const again = foreign(6, 'gift', { client: newMessage(1).client, seq: 1 })
    expect(await store.takeOver(room, 'dc-b', [again])).toBe(0)
    expect(await store.takenOver(room, 'dc-b')).toEqual({ epoch: '000000b1', seq: 6 })
    expect((await store.after(room, 0, 10)).messages).toHaveLength(2)
  })

  it('knows what has come under a number of a client: taken here, taken over, or held, also by nobody any more', async () => {
    const { store, another } = await open()
    expect(await store.known(room, 'v-1/c', 1)).toBeUndefined()
    const { id } = await store.accept(room, newMessage(1))
    expect(await (await another()).known(room, 'v-1/c', 1)).toEqual({ id, held: false })
    const others = [store.known(room, 'v-1/c', 2), store.known(room, 'v-1/d', 1), store.known('other', 'v-1/c', 1)]
    expect(await Promise.all(others)).toEqual([undefined, undefined, undefined])
    const there = foreign(5)
    await store.takeOver(room, 'dc-b', [there])
    expect(await store.known(room, there.client, there.seq)).toEqual({ id: there.id, held: false })
    const { client, seq, ...message } = newMessage(3)
    const held = { message: { ...message, id: await store.nextId(room) }, words: [], dc: 'dc-a', client, seq }
    await store.hold(room, held)
    expect(await store.known(room, client, seq)).toEqual({ id: held.message.id, held: true })
    await store.takeHeld(room, held.message.id)
    await store.accept(room, newMessage(3))
    expect(await store.known(room, client, seq)).toEqual({ id: held.message.id, held: true })
  })

  it('answers what comes after a place up to a limit, and says how far that brings its reader', async () => {
    const { store } = await open()
    for (let i = 1; i <= 3; i++) await store.accept(room, newMessage(i, i === 2 ? 'gift' : 'chat'))
    await store.takeOver(room, 'dc-b', [foreign(10), foreign(12, 'gift')])
    await store.takeOver(room, 'dc-c', [foreign(4, 'notify', { dc: 'dc-c' })])
    await store.accept(room, newMessage(4))
    const read = async (place: number, limit: number) => {
      const { head, cursor, messages } = await store.after(room, place, limit)
      const at = Object.fromEntries([...cursor].map(([dc, { seq }]) => [dc, seq]))
      return [texts(messages).map((text) => Number(text.split(' ')[1])), head, at]
    }
    expect(await read(0, 2)).toEqual([[1, 2], 2, { 'dc-a': 2 }])
    expect(await read(2, 2)).toEqual([[3, 10], 4, { 'dc-a': 4, 'dc-b': 10 }])
    expect(await read(4, 2)).toEqual([[12, 4], 6, { 'dc-a': 6, 'dc-b': 12, 'dc-c': 4 }])
    expect(await read(6, 2)).toEqual([[4], 7, { 'dc-a': 7, 'dc-b': 12, 'dc-c': 4 }])
    expect(await read(7, 2)).toEqual([[], 7, { 'dc-a': 7, 'dc-b': 12, 'dc-c': 4 }])
    expect(await read(3, 100)).toEqual([[10, 12, 4, 4], 7, { 'dc-a': 7, 'dc-b': 12, 'dc-c': 4 }])
    expect(await read(3, 0)).toEqual([[], 3, { 'dc-a': 3 }])
  })

  it('ends an answer before the second epoch of a data centre', async () => {
    const { store } = await open()
    await store.takeOver(room, 'dc-b', [foreign(8), foreign(9)])
    await store.takeOver(room, 'dc-b', [foreign(1, 'chat', { epoch: '000000b2', client: 'dc-b/d' })])
    const first = await store.after(room, 0, 10)
    expect([first.messages.length, first.head, first.cursor.get('dc-b')]).toEqual([2, 2, { epoch: '000000b1', seq: 9 }])
    const second = await store.after(room, first.head, 10)
    expect([second.messages.length, second.head]).toEqual([1, 3])
    expect(second.cursor.get('dc-b')).toEqual({ epoch: '000000b2', seq: 1 })
  })

  it('brings the newest of all lanes, newest first', async () => {
    const { store } = await open()
    for (const [i, type] of (['chat', 'gift', 'notify', 'control', 'chat'] as const).entries())
      await store.accept(room, newMessage(i + 1, type))
    expect(texts(await store.newest(room, 3))).toEqual(['message 5', 'message 4', 'message 3'])
    expect(await store.newest(room, 100)).toHaveLength(5)
    expect(await store.newest(room, 0)).toEqual([])
  })

  it('takes a message out once, whichever data centre it is of', async () => {
    const { store } = await open()
    const { id } = await store.accept(room, newMessage(1, 'gift'))
    await store.accept(room, newMessage(2))
    await store.takeOver(room, 'dc-b', [foreign(70), foreign(700), ...many(600, (i) => foreign(1_000 + i))])
    expect(await store.remove(room, id)).toMatchObject({ id, text: 'message 1', gift: { kind: 'rose' } })
    expect(await store.remove(room, id)).toBeUndefined()
    expect(await store.remove(room, foreign(70).id)).toMatchObject({ text: 'message 70', place: 3 })
    expect(await store.remove(room, foreign(70).id)).toBeUndefined()
    expect(await store.remove(room, foreign(7).id)).toBeUndefined()
    const kept = await store.after(room, 0, 2)
    expect(texts(kept.messages)).toEqual(['message 2', 'message 700'])
    expect((await store.accept(room, newMessage(1, 'gift'))).repeated).toBe(true)
  })

  it('keeps the newest of each lane, and gifts however much chat there is', async () => {
    const { store } = await open()
    await store.accept(room, newMessage(1, 'gift'))
    const flood = (count: number, type: 'chat' | 'gift' | 'notify' | 'control', from: number) =>
      store.takeOver(
        room,
        'dc-b',
        many(count, (i) => foreign(from + i, type)),
      )
    expect(await flood(laneMax.chat + 5, 'chat', 1)).toBe(laneMax.chat + 5)
    await flood(laneMax.notify + 5, 'notify', 10_000)
    await flood(laneMax.pk + 5, 'control', 20_000)
    let all = await store.after(room, 0, 10_000)
    const count = (type: string) => all.messages.filter((message) => message.type === type).length
    const kept = { gift: 1, chat: laneMax.chat, notify: laneMax.notify, pk: laneMax.pk }
    expect({ gift: count('gift'), chat: count('chat'), notify: count('notify'), pk: count('control') }).toEqual(kept)
    expect(texts(all.messages).slice(0, 2)).toEqual(['message 1', 'message 6'])
    expect(all.lost).toEqual({ chat: 5, notify: 5 })
    await flood(laneMax.gift, 'gift', 30_000)
    all = await store.after(room, 0, 10_000)
    expect(all.messages.filter(({ type }) => type === 'gift')[0]?.text).toBe('message 30000')
  })

  it('gives out numbers that no message gets', async () => {
    const { store } = await open()
    const next = await store.nextId(room)
    const { id } = await store.accept(room, newMessage(1))
    const { epoch } = await store.after(room, 0, 1)
    expect([next, id, await store.nextId(room)]).toEqual([1, 2, 3].map((place) => `dc-a.${epoch}.${place}`))
  })

  it('takes what is large or strange as it is', async () => {
    const { store } = await open()
    const text = `${'"\\\u2028\n{}[]'.repeat(80)}\u{1f339}${'é'.repeat(300)}`
    const sender = { id: 'x'.repeat(120), name: '{"place":1}', avatar: '' }
    const odd = newMessage(1, 'gift', { text, from: sender, client: `${'w'.repeat(120)}/${'y'.repeat(64)}` })
    const large = { ...odd, seq: Number.MAX_SAFE_INTEGER, at: Number.MAX_SAFE_INTEGER }
    const { id } = await store.accept(room, large)
    await store.takeOver(room, 'dc-b', [foreign(999_999_999_999_999, 'chat', { text })])
    const { messages } = await store.after(room, 0, 10)
    expect(messages).toMatchObject([
      { ...large, id },
      { id: 'dc-b.000000b1.999999999999999', text },
    ])
    expect(await store.accept(room, large)).toEqual({ id, repeated: true })
  })

  it('holds messages for an operator: each once, so many at most, and hands each to one', async () => {
    const { store, another } = await open()
    const held = async (seq: number) => {
      const { client: _, seq: __, ...message } = newMessage(seq)
      const id = await store.nextId(room)
      return { message: { ...message, id }, words: ['word'], dc: 'dc-a', client: 'v-1/c', seq }
    }
    const [one, two] = [await held(1), await held(2)]
    expect([await store.hold(room, one), await store.hold(room, two)]).toEqual([true, true])
    expect(await store.hold(room, await held(1))).toBe(true)
    expect(await store.held(room)).toEqual([one, two])
    const other = await another()
    const both = await Promise.all([store, other].map((each) => each.takeHeld(room, one.message.id)))
    expect(both.filter((each) => each !== undefined)).toEqual([one])
    expect(await store.hold(room, await held(1))).toBe(true)
    expect(await store.held(room)).toEqual([two])
    expect((await store.accept(room, newMessage(1))).repeated).toBe(false)
    for (let i = 1; i < heldMax; i++) expect(await store.hold(room, await held(2 + i))).toBe(true)
    expect(await store.hold(room, await held(10_000))).toBe(false)
    expect(await store.hold(room, await held(3))).toBe(true)
  })
}
