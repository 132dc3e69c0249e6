import { expect, it } from '@jest/globals'
import { foreign, many, newMessage, type OpenStore, room, wholeLog } from './builders.js'
import type { LoggedMessage, Origin, PlacedMessage, RoomStore } from './room-store.js'
import { laneMax } from './rules.js'

export function logConformance(open: OpenStore) {
  const seqs = (logged: readonly LoggedMessage[]) => logged.map(({ message }) => message.seq)
  const flood = (store: RoomStore, count: number, from = 1, where = room) =>
    Promise.all(many(count, (i) => store.accept(where, newMessage(from + i))))

  it('takes over what follows, each once, in its order, at places of its own', async () => {
    const { store } = await open()
    await store.accept(room, newMessage(1))
    expect(await store.takeOver(room, 'dc-b', [foreign(4), foreign(2, 'gift'), foreign(9)])).toBe(3)
    expect(await store.takeOver(room, 'dc-b', [foreign(2, 'gift'), foreign(4), foreign(9)])).toBe(0)
    expect(await store.takeOver(room, 'dc-b', [foreign(5), foreign(9), foreign(30)])).toBe(1)
    const { messages, cursor } = await store.after(room, 0, 10)
    expect(messages.map(({ id, place }) => [id.split('.')[2], place])).toEqual([
      ...[['1', 1] as const, ['2', 2], ['4', 3], ['9', 4], ['30', 5]],
    ])
    expect(cursor.get('dc-b')).toEqual({ epoch: '000000b1', seq: 30 })
    expect(await store.takenOver(room, 'dc-b')).toEqual({ epoch: '000000b1', seq: 30 })
    expect(await store.takenOver(room, 'dc-c')).toBeUndefined()
    expect(await store.takenOver('other-room', 'dc-b')).toBeUndefined()
  })

  it('takes each over once when two processes do it at the same time', async () => {
    const { store, another } = await open()
    const other = await another()
    const messages = many(300, (i) => foreign(i + 1, 'gift'))
    const counts = await Promise.all([store, other].map((each) => each.takeOver(room, 'dc-b', messages)))
    expect(counts.reduce((a, b) => a + b)).toBe(300)
    expect((await store.after(room, 0, 1_000)).messages.map(({ seq }) => seq)).toEqual(many(300, (i) => i + 1))
  })

  it('goes on with a new epoch of the other data centre when its reader knew of the one before, and with none that is over', async () => {
    const { store } = await open()
    const of = (epoch: string, place: number, after: Origin | null) => ({
      ...foreign(place, 'gift', { epoch, client: `dc-b/${epoch}` }),
      after,
    })
    const take = (...messages: PlacedMessage[]) => store.takeOver(room, 'dc-b', messages)
    const [one, two, three] = ['000000b1', '0000000a', '000000c3'] as const
    expect(await take(of(one, 8, null))).toBe(1)
    expect(await take(of(two, 1, null))).toBe(0)
    const two1 = of(two, 1, { epoch: one, seq: 8 })
    expect(await take(two1, of(two, 2, { epoch: two, seq: 1 }))).toBe(2)
    expect(await take(of(one, 9, { epoch: one, seq: 8 }), of(one, 10, { epoch: one, seq: 9 }))).toBe(0)
    expect(await take(of('00000001', 1, null), of('00000001', 2, { epoch: '00000001', seq: 1 }))).toBe(0)
    expect(await take(of(three, 1, { epoch: two, seq: 2 }))).toBe(1)
    expect(await take(two1)).toBe(0)
    expect(await store.takenOver(room, 'dc-b')).toEqual({ epoch: three, seq: 1 })
    expect(await store.takeOver(room, 'dc-c', [foreign(3, 'chat', { dc: 'dc-c', epoch: one })])).toBe(1)
  })

  it('takes over nothing that comes after what it has forgotten, nor what follows that', async () => {
    const { store } = await open()
    const epoch = '000000b1'
    const of = (place: number, after: number) => ({ ...foreign(place, 'gift'), after: { epoch, seq: after } })
    expect(await store.takeOver(room, 'dc-b', [of(9, 4), of(10, 9)])).toBe(0)
    expect(await store.takenOver(room, 'dc-b')).toBeUndefined()
    const first = { ...foreign(2, 'gift'), after: null }
    expect(await store.takeOver(room, 'dc-b', [first, of(4, 2), of(9, 5), of(10, 9)])).toBe(2)
    expect(await store.takeOver(room, 'dc-b', [of(9, 4), of(10, 9), of(11, 3)])).toBe(3)
    expect(await store.takenOver(room, 'dc-b')).toEqual({ epoch, seq: 11 })
    const { messages } = await store.after(room, 0, 10)
    expect(messages.map((each) => [each.seq, 'after' in each])).toEqual([2, 4, 9, 10, 11].map((seq) => [seq, false]))
  })

  it('logs what was accepted here, of all rooms, in the order of each, and nothing that was taken over', async () => {
    const { store } = await open()
    await store.takeOver(room, 'dc-b', [foreign(1), foreign(2, 'gift')])
    await store.accept(room, newMessage(1, 'gift'))
    await store.accept('nova-launch', newMessage(10))
    await store.accept(room, newMessage(2))
    await store.takeOver(room, 'dc-b', [foreign(3)])
    await store.accept(room, newMessage(3, 'control'))
    const logged = await wholeLog(store)
    const of = (name: string) => logged.filter((each) => each.room === name)
    expect([seqs(of(room)), seqs(of('nova-launch')), logged.length]).toEqual([[1, 2, 3], [10], 4])
    const { messages } = await store.after(room, 0, 10)
    const own = messages.filter(({ id }) => id.startsWith('dc-a.'))
    const after = (message?: PlacedMessage) =>
      message ? { epoch: message.id.split('.')[1], seq: message.place } : null
    expect(of(room).map(({ message }) => message)).toEqual(
      own.map((message, i) => ({ ...message, after: after(own[i - 1]) })),
    )
  })

  it('goes on after a position, brings again what was not settled, and begins anew where it does not know the position', async () => {
    const { store, another, pass } = await open()
    await flood(store, 5)
    const first = await store.log('0', 3, 0)
    expect(seqs(first)).toHaveLength(3)
    const all = await store.after(room, 0, 10)
    const inOrder = all.messages.map(({ seq }) => seq)
    expect(seqs(first)).toEqual(inOrder.slice(0, 3))
    expect(seqs(await store.log(first[0]?.at ?? '', 10, 0))).toEqual(inOrder.slice(1))
    const rest = await store.log(first[0]?.at ?? '', 10, 0)
    expect(seqs(rest)).toEqual(inOrder.slice(1))
    expect(await store.log(rest.at(-1)?.at ?? '', 10, 0)).toEqual([])
    await store.accept(room, newMessage(9))
    await pass(50)
    expect(seqs(await store.log(rest.at(-1)?.at ?? '', 10, 0))).toEqual([9])
    expect(seqs(await wholeLog(await another(), rest.at(-1)?.at))).toEqual([...inOrder, 9])
  })

  it('gives two readers each their own', async () => {
    const { store } = await open()
    await flood(store, 4)
    const [one, two] = [await store.log('0', 2, 0), await store.log('0', 3, 0)]
    const rest = [await store.log(one.at(-1)?.at ?? '', 9, 0), await store.log(two.at(-1)?.at ?? '', 9, 0)]
    expect([...one, ...(rest[0] ?? [])].length).toBe(4)
    expect([...two, ...(rest[1] ?? [])].length).toBe(4)
  })

  it('lets no room wait for another one', async () => {
    const { store } = await open()
    await flood(store, 600)
    await store.accept('nova-launch', newMessage(1))
    let at = '0'
    const rooms = new Set<string>()
    for (let read = 0; read < 450; ) {
      const some = await store.log(at, 150, 0)
      for (const each of some) rooms.add(each.room)
      read += some.length
      at = some.at(-1)?.at ?? at
    }
    expect([...rooms].sort()).toEqual(['nova-launch', room])
  })

  it('waits until something is accepted, in whichever process', async () => {
    const { store, another, pass } = await open()
    const other = await another()
    expect(await store.log('0', 10, 0)).toEqual([])
    const waiting = store.log('0', 10, 60_000)
    await pass(1)
    await other.accept(room, newMessage(1))
    await pass(1_100)
    expect(seqs(await waiting)).toEqual([1])
  })

  it('begins where its reader says, and goes back when its reader has forgotten', async () => {
    const { store, pass } = await open()
    await flood(store, 5)
    const { epoch, messages } = await store.after(room, 0, 10)
    let taken: Origin | undefined = { epoch, seq: 3 }
    const from = async () => taken
    const some = await store.log('0', 10, 0, from)
    expect(seqs(some)).toEqual(messages.slice(3).map(({ seq }) => seq))
    taken = { epoch, seq: 5 }
    const last = some.at(-1)?.at ?? ''
    expect(await store.log(last, 10, 0, from)).toEqual([])
    await pass(1_100)
    expect(await store.log(last, 10, 0, from)).toEqual([])
    taken = { epoch, seq: 4 }
    await pass(1_100)
    expect(seqs(await store.log(last, 10, 0, from))).toEqual([messages[4]?.seq])
    taken = undefined
    await pass(1_100)
    expect(await store.log(last, 10, 0, from)).toHaveLength(5)
  })

  it('has every gift and every control in the log after a flood of chat', async () => {
    const { store } = await open()
    await store.accept(room, newMessage(1, 'gift'))
    await store.accept(room, newMessage(2, 'control'))
    for (let i = 0; i < 5; i++) await flood(store, laneMax.chat / 4, 10 + i * laneMax.chat)
    await store.accept(room, newMessage(3, 'gift'))
    const logged = await wholeLog(store)
    expect(seqs(logged.filter(({ message }) => message.type !== 'chat'))).toEqual([1, 2, 3])
    expect(logged).toHaveLength(3 + laneMax.chat)
  })

  it('begins a new epoch in every room when it has lost everything, and takes over again what it had', async () => {
    const { store, forget, pass } = await open()
    await store.accept(room, newMessage(1, 'gift'))
    await store.takeOver(room, 'dc-b', [foreign(5, 'gift')])
    const before = await store.after(room, 0, 10)
    const [logged] = await store.log('0', 10, 0)
    await forget()
    expect(await store.takenOver(room, 'dc-b')).toBeUndefined()
    expect(await store.accept(room, newMessage(1, 'gift'))).toMatchObject({ repeated: false })
    expect(await store.takeOver(room, 'dc-b', [foreign(5, 'gift')])).toBe(1)
    const after = await store.after(room, 0, 10)
    expect(after.epoch).not.toBe(before.epoch)
    expect(after.messages.map(({ place }) => place)).toEqual([1, 2])
    await pass(1_100)
    expect(seqs(await store.log(logged?.at ?? '', 10, 0))).toEqual([1])
    await pass(1_100)
    expect(await store.active(0)).toEqual([room])
  })
}
