import { inflateRawSync, zstdDecompressSync } from 'node:zlib'
import { blockDictionary, closeCodes, decodeBlock, encodeClientFrame } from '@gala/contracts'
import { VirtualClock } from '@gala/kernel/testing'
import { MemoryRoomStore } from '@gala/rooms/testing'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { anna, type Client, HandPump, RoomRig, until } from './room-rig.js'

const ping = (number = 0) => encodeClientFrame({ kind: 'ping', number })
const say = (seq: number, text = 'hi') =>
  encodeClientFrame({ kind: 'send', type: 'chat', text, gift: undefined, clientId: 'browser-1', seq, sentAtMs: 0 })

describe('a long connection', () => {
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

  const closed = async (client: Client) => {
    await until(() => client.closed !== undefined)
    return client.closed?.code
  }
  const texts = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `m${from + i}`)
  const sayAll = async (from: number, to: number) => {
    for (const text of texts(from, to)) await pump.say(text)
  }

  it('begins with the newest messages, and goes on with every block', async () => {
    await sayAll(1, 30)
    const client = await rig.welcomed()
    expect(client.of('welcome')[0]).toMatchObject({ gap: false, dc: 'dc-a', instance: 'access-1', maySend: true })
    await until(() => client.texts.length === 15)
    await sayAll(31, 33)
    await until(() => client.texts.length === 18)
    expect(client.texts).toEqual(texts(16, 33))
  })

  it('goes on where it was, without loss and without doubles', async () => {
    const first = await rig.welcomed()
    await sayAll(1, 5)
    await until(() => first.texts.length === 5)
    first.ws.terminate()
    await sayAll(6, 40)
    const second = await rig.welcomed(first.cursor, first.ticket)
    await until(() => second.texts.length === 35)
    await sayAll(41, 42)
    await until(() => second.texts.length === 37)
    expect([...first.texts, ...second.texts]).toEqual(texts(1, 42))
    expect(second.of('welcome')[0]).toMatchObject({ gap: false })
    expect(rig.counted).toMatchObject({ new: 1, whole: 1, gap: 0 })
  })

  it('goes on from before what is in memory, out of the store', async () => {
    const first = await rig.welcomed()
    await sayAll(1, 2)
    await until(() => first.texts.length === 2)
    first.ws.terminate()
    await sayAll(3, 300)
    const second = await rig.welcomed(first.cursor, first.ticket)
    await until(() => second.texts.length === 298)
    expect(second.texts).toEqual(texts(3, 300))
    expect(second.of('welcome')[0]?.gap).toBe(false)
  })

  it('says that something is gone when it is, and begins with what there is', async () => {
    const first = await rig.welcomed()
    await sayAll(1, 2)
    await until(() => first.texts.length === 2)
    first.ws.terminate()
    await sayAll(3, 700)
    const second = await rig.welcomed(first.cursor, first.ticket)
    await until(() => second.texts.at(-1) === 'm700')
    expect(second.of('welcome')[0]?.gap).toBe(true)
    expect(second.texts).toEqual(texts(101, 700))
  })

  it('says that something is gone when the store has begun anew', async () => {
    const first = await rig.welcomed()
    await sayAll(1, 2)
    await until(() => first.texts.length === 2)
    store.forget()
    await pump.open()
    await pump.say('new')
    await until(() => first.texts.length === 3)
    expect(first.texts).toEqual(['m1', 'm2', 'new'])
    const { cursor } = first
    await pump.say('newer')
    const other = await rig.welcomed(cursor)
    expect(other.of('welcome')[0]?.gap).toBe(false)
    await until(() => other.texts.length === 1)
    const old = await rig.welcomed('dc-a.0000000a.2')
    expect(old.of('welcome')[0]?.gap).toBe(true)
  })

  it('finds what it was not told, by the number of the next block and by that of the newest', async () => {
    const client = await rig.welcomed()
    await pump.say('m1')
    await until(() => client.texts.length === 1)
    rig.store.failing = true
    await sayAll(2, 3)
    rig.store.failing = false
    await pump.say('m4')
    await until(() => client.texts.length === 4)
    rig.store.failing = true
    await pump.say('m5')
    rig.store.failing = false
    await clock.advance(1_000)
    await until(() => client.texts.length === 5)
    expect(client.texts).toEqual(texts(1, 5))
  })

  it('gets blocks in the coding it can undo, the shortest of several, made once for all', async () => {
    const long = Array.from({ length: 40 }, (_, i) => `the same words again and again ${i % 3}`)
    const known = [[], ['zstd'], ['br', 'deflate'], ['deflate', 'zstd']]
    const clients: Client[] = []
    for (const codings of known) clients.push(await rig.welcomed('', rig.ticket(), codings))
    const block = await pump.say(...long)
    await pump.say('short')
    await until(() => clients.every((client) => client.of('block').length === 2))
    const [plain, zstd, deflate, any] = clients.map((client) => client.of('block')[0])
    expect([plain?.coding, zstd?.coding, deflate?.coding]).toEqual(['plain', 'zstd', 'deflate'])
    const empty = Buffer.alloc(0)
    expect(decodeBlock(zstdDecompressSync(zstd?.bytes ?? empty))).toEqual(block)
    expect(decodeBlock(inflateRawSync(deflate?.bytes ?? empty, { dictionary: blockDictionary }))).toEqual(block)
    const lengths = [plain, zstd, deflate].map((one) => one?.bytes.length ?? 0)
    expect(any?.bytes.length).toBe(Math.min(...lengths))
    expect(clients.map((client) => client.of('block')[1]?.coding)).toEqual(['plain', 'plain', 'plain', 'plain'])
  })

  it('answers what is sent, and pings', async () => {
    const client = await rig.welcomed()
    client.send(say(1))
    client.send(ping())
    await until(() => client.of('ack').length === 1 && client.of('pong').length === 1)
    expect(client.of('pong')[0]?.atMs).toBe(clock.nowMs())
    expect(rig.sent).toMatchObject([[{ text: 'hi', seq: 1 }, 'gala', anna, '127.0.0.1']])
  })

  it('takes what is sent right after the hello', async () => {
    const client = rig.client()
    await until(() => client.opened)
    client.hello(rig.ticket())
    client.send(say(1))
    await until(() => client.of('ack').length === 1)
    expect(client.frames[0]?.kind).toBe('welcome')
  })

  it('has few messages under way at once', async () => {
    const client = await rig.welcomed()
    const waiting: (() => void)[] = []
    const { answer } = rig
    rig.answer = (seq) => new Promise((done) => void waiting.push(() => done(answer(seq))))
    for (let seq = 1; seq <= 6; seq++) client.send(say(seq))
    await until(() => client.of('refused').length === 2)
    for (const go of waiting) go()
    await until(() => client.of('ack').length === 4)
    expect(client.of('refused').map(({ seq, code }) => [seq, code])).toEqual([
      [5, 'RATE_LIMITED'],
      [6, 'RATE_LIMITED'],
    ])
  })

  it('is given a shorter heartbeat after its link has broken, a longer one after it has held, and the same after a move', async () => {
    const first = await rig.welcomed()
    const beat = (client: Client) => client.of('welcome')[0]?.heartbeatMs
    expect(beat(first)).toBe(25_000)
    const broken = await rig.welcomed('', first.ticket)
    expect(beat(broken)).toBe(15_000)
    await clock.advance(29_000)
    await clock.advance(280_000)
    const held = await rig.welcomed('', broken.ticket)
    expect(beat(held)).toBe(22_500)
    expect(beat(await rig.welcomed('', rig.tickets.issue('gala', anna, 40_000, 'move')))).toBe(40_000)
  })

  it('may only come back as who it was', async () => {
    const guest = await rig.welcomed('', rig.tickets.issue('gala', undefined, 25_000, 'first'))
    expect(guest.of('welcome')[0]?.maySend).toBe(false)
    const again = await rig.welcomed('', guest.ticket)
    expect(again.of('welcome')[0]?.maySend).toBe(false)
    expect(await closed(await rig.welcomed('', guest.ticket))).toBe(closeCodes.TICKET_USED.code)
  })

  it('gets what is for its viewer or cohort, and nobody else does', async () => {
    const [one, two] = [await rig.welcomed(), await rig.welcomed()]
    const bert = await rig.welcomed('', rig.ticket({ ...anna, id: 'bert', cohort: '' }))
    rig.sockets.direct({ to: { viewer: 'anna' }, message: pump.message('for anna') })
    rig.sockets.direct({ to: { cohort: 'vip' }, message: pump.message('for vips') })
    rig.sockets.direct({ to: { viewer: 'bert' }, message: pump.message('for bert') })
    const told = (client: Client) => client.of('direct').flatMap(({ bytes }) => decodeBlock(bytes).messages[0]?.text)
    await until(() => [one, two].every((client) => told(client).length === 2) && told(bert).length === 1)
    expect([told(one), told(two), told(bert)]).toEqual([
      ['for anna', 'for vips'],
      ['for anna', 'for vips'],
      ['for bert'],
    ])
  })
})
