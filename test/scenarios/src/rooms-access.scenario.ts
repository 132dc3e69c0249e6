import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Block,
  closeCodes,
  decodeBlock,
  decodeServerFrame,
  encodeClientFrame,
  formatCursor,
  type OriginPosition,
  type publicApi,
  type RoomMessages,
  type RouteReply,
  type ServerFrame,
} from '@gala/contracts'
import { until } from '@gala/platform'
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { connectRig, get, ownEvent, type Rig } from './rig.js'

type Connect = RouteReply<(typeof publicApi.rooms)['connect']>

/** A viewer's long connection, by the wire alone. */
class Live {
  readonly frames: ServerFrame[] = []
  closed: number | undefined
  readonly #socket: WebSocket

  constructor(url: string, ticket: string, cursor = '') {
    this.#socket = new WebSocket(url)
    this.#socket.binaryType = 'arraybuffer'
    this.#socket.onopen = () => this.send({ kind: 'hello', ticket, cursor, codings: [], client: 'scenario/1' })
    this.#socket.onmessage = ({ data }) => {
      const frame = decodeServerFrame(new Uint8Array(data as ArrayBuffer))
      if (frame) this.frames.push(frame)
    }
    this.#socket.onclose = ({ code }) => {
      this.closed = code
    }
  }

  send(frame: Parameters<typeof encodeClientFrame>[0]) {
    this.#socket.send(encodeClientFrame(frame) as Uint8Array<ArrayBuffer>)
  }

  of<K extends ServerFrame['kind']>(kind: K): Extract<ServerFrame, { kind: K }>[] {
    return this.frames.filter((frame): frame is Extract<ServerFrame, { kind: K }> => frame.kind === kind)
  }

  get blocks(): Block[] {
    return this.of('block').map(({ bytes }) => decodeBlock(bytes))
  }

  get texts(): string[] {
    return this.blocks.flatMap(({ messages }) => messages.map(({ text }) => text))
  }

  get cursor(): string {
    const all = new Map<string, OriginPosition>()
    for (const { to } of this.blocks) for (const [dc, at] of to) all.set(dc, at)
    return formatCursor(all)
  }

  close() {
    this.#socket.close()
  }
}

describe('a room, as viewers see it', () => {
  let rig: Rig
  let room: string
  let token: string
  let seq = 0
  const opened: Live[] = []

  beforeAll(async () => {
    rig = await connectRig()
    room = await ownEvent(rig, 'room', 'preheat')
    await rig.operator.a.events.save({ params: { id: room }, body: { room: 'open', expectedVersion: 1 } })
    const guest = await get(`${rig.a.edge}/v1/guests`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Scenario' }),
    })
    token = (JSON.parse(guest.body) as { token: string }).token
    for (const { edge } of [rig.a, rig.b]) await until(() => said(edge, 'first'), `${edge} takes no messages`, 20_000)
  })
  afterEach(() => {
    for (const live of opened.splice(0)) live.close()
  })

  const connect = async (edge: string) => {
    const { status, body } = await get(`${edge}/v1/rooms/${room}/connect`, {
      headers: { authorization: `Bearer ${token}` },
    })
    expect([status, body.slice(0, 40)]).toEqual([200, expect.stringContaining('{"urls":["ws://')])
    return JSON.parse(body) as Connect
  }
  const live = async (edge: string, cursor = '') => {
    const { urls, ticket } = await connect(edge)
    const made = new Live(urls[0] ?? '', ticket, cursor)
    opened.push(made)
    await until(async () => made.of('welcome').length > 0 || made.closed !== undefined, 'nobody is welcomed', 10_000)
    return made
  }
  async function said(edge: string, text: string): Promise<boolean> {
    const { status } = await get(`${edge}/v1/rooms/${room}/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'chat', text, clientId: `scenario-${process.pid}`, seq: seq++ }),
    })
    return status === 200
  }
  const seen = (at: Live, text: string) => until(async () => at.texts.includes(text), `${text} is not seen`, 10_000)
  const count = (all: readonly string[], text: string) => all.filter((one) => one === text).length

  it('brings what is said in one data centre to both, posted or sent, once', async () => {
    const [a, b] = [await live(rig.a.edge), await live(rig.b.edge)]
    expect([a.of('welcome')[0]?.dc, b.of('welcome')[0]?.dc]).toEqual([rig.a.id, rig.b.id])
    await until(() => said(rig.a.edge, 'posted'), 'it is not taken', 10_000)
    b.send({
      kind: 'send',
      type: 'chat',
      text: 'sent',
      gift: undefined,
      clientId: 'scenario-live',
      seq: 1,
      sentAtMs: 0,
    })
    for (const at of [a, b]) for (const text of ['posted', 'sent']) await seen(at, text)
    expect(b.of('ack')).toMatchObject([{ clientId: 'scenario-live', seq: 1, held: false }])
    const polled = JSON.parse((await get(`${rig.a.edge}/v1/rooms/${room}/messages`)).body) as RoomMessages
    for (const text of ['posted', 'sent'])
      expect(
        count(
          polled.messages.map((one) => one.text),
          text,
        ),
      ).toBe(1)
    for (const at of [a, b]) for (const text of ['posted', 'sent']) expect(count(at.texts, text)).toBe(1)
  })

  it('is polled from the edge’s own copy within a second, and has a validator', async () => {
    const ask = (headers = {}) => get(`${rig.a.edge}/v1/rooms/${room}/messages`, { headers })
    const shared = async () => {
      const all = await Promise.all(Array.from({ length: 10 }, () => ask()))
      return all.filter(({ headers }) => headers.get('x-gala-cache') === 'hit').length >= 8
    }
    await until(shared, 'the edge shares no polls', 10_000)
    const { headers } = await ask()
    expect(headers.get('etag')).toMatch(/^(W\/)?"[0-9a-f]{8}:\d+"$/)
    expect((await ask({ 'if-none-match': headers.get('etag') ?? '' })).status).toBe(304)
  })

  it('goes on at another process when one stops, with nothing lost and nothing twice', async () => {
    const before = await live(rig.a.edge)
    await until(() => said(rig.a.edge, 'before'), 'it is not taken', 10_000)
    await seen(before, 'before')
    const stopping = rig.platform.part('restart', 'dc-a.access-1')
    await until(async () => before.of('move').length > 0, 'nobody is told to move', 10_000)
    const [move] = before.of('move')
    expect(move?.urls.length).toBe(2)
    await until(() => said(rig.b.edge, 'meanwhile'), 'it is not taken', 10_000)
    await until(async () => before.closed !== undefined, 'nobody is sent away', 10_000)
    expect(before.closed).toBe(closeCodes.DRAINING.code)
    const elsewhere = move?.urls.find((url) => url.includes(new URL(rig.b.edge).host)) ?? ''
    const after = new Live(elsewhere, move?.ticket ?? '', before.cursor)
    opened.push(after)
    await until(() => said(rig.b.edge, 'after'), 'it is not taken', 10_000)
    await seen(after, 'after')
    expect(after.of('welcome')[0]).toMatchObject({ gap: false, dc: rig.b.id })
    const all = [...before.texts, ...after.texts]
    for (const text of ['before', 'meanwhile', 'after']) expect([text, count(all, text)]).toEqual([text, 1])
    await stopping
  })

  it('leaves no ticket in a log of the edge', async () => {
    const { ticket } = await connect(rig.a.edge)
    const { closed } = await live(rig.a.edge)
    expect(closed).toBeUndefined()
    const state = process.env['GALA_TEST_STATE_DIR'] ?? ''
    const log = () => readFile(join(state, rig.a.id, 'edge/access.log'), 'utf8')
    await until(async () => (await log()).includes(`/v1/rooms/${room}/connect`), 'nothing is logged', 10_000)
    expect((await log()).includes(ticket.slice(0, 40))).toBe(false)
  })
})
