import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  AppError,
  type Block,
  type Cursor,
  decodeBlock,
  decodeServerFrame,
  encodeBlock,
  encodeClientFrame,
  formatCursor,
  type OriginPosition,
  type RoomMessage,
  type ServerFrame,
  type Viewer,
} from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import type { MemoryRoomStore } from '@gala/rooms/testing'
import WebSocket from 'ws'
import type { AdmissionLimits } from './admission.js'
import { Broadcast } from './broadcast.js'
import { Doorkeeper } from './doorkeeper.js'
import { Feeds } from './feeds.js'
import type { Gate } from './gate.js'
import { RoomSockets } from './room-sockets.js'
import type { Sends } from './sends.js'
import { TicketRefused, Tickets } from './tickets.js'
import { Upgrades } from './upgrades.js'
import { UsedTickets } from './used-tickets.js'

export const anna: Viewer = { id: 'anna', name: 'Anna', avatar: '', cohort: 'vip' }
const secret = new Uint8Array(32).fill(7)

/** Of real time: sockets on loopback take milliseconds. */
const patienceMs = 15_000

/** Resolves when it is so. @throws Error when it does not become so. */
export async function until(is: () => boolean): Promise<void> {
  const endMs = performance.now() + patienceMs
  while (!is()) {
    if (performance.now() > endMs) throw new Error(`it never becomes so: ${is}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Makes the blocks of a room by hand, as the process would that holds its lease. */
export class HandPump {
  #number = 0
  #seq = 0
  #token = 0
  #epoch = ''
  #to = new Map<string, OriginPosition>()

  constructor(
    private readonly store: MemoryRoomStore,
    readonly room: string,
  ) {}

  async open() {
    const lease = await this.store.lease(this.room, 'pump', 1_000_000_000)
    if (!lease) throw new Error('somebody else has the lease')
    this.#token = lease.token
    this.#epoch = lease.epoch
    this.#number = lease.number
    if (lease.number === 0) this.#seq = 0
    this.#to = new Map()
    return this
  }

  get cursor(): Cursor {
    return this.#to
  }

  get epoch(): string {
    return this.#epoch
  }

  message(text: string, more: Partial<RoomMessage> = {}): RoomMessage {
    this.#seq++
    return {
      id: `${this.store.dc}.${this.#epoch}.${this.#seq}`,
      type: 'chat',
      priority: 0,
      from: { id: 'bert', name: 'Bert', avatar: '' },
      text,
      at: 1_000_000 + this.#seq,
      underWayMs: 0,
      ttlS: 0,
      ...more,
    }
  }

  gift(value: number): RoomMessage {
    return this.message('', { type: 'gift', priority: 5, gift: { kind: 'rose', count: 1, value } })
  }

  async block(messages: readonly RoomMessage[], more: Partial<Block> = {}): Promise<Block> {
    const since = new Map(this.#to)
    this.#to = new Map([...this.#to, [this.store.dc, { epoch: this.#epoch, seq: this.#seq }]])
    this.#number++
    const block: Block = {
      number: this.#number,
      epoch: this.#epoch,
      madeAtMs: 1_000_000,
      since,
      to: this.#to,
      messages,
      dropped: { chat: 0, notify: 0 },
      state: {},
      ...more,
    }
    const stored = { epoch: this.#epoch, number: this.#number, place: this.#seq, bytes: encodeBlock(block) }
    if (!(await this.store.putBlock(this.room, this.#token, stored))) throw new Error('the block was not taken')
    return block
  }

  say(...texts: string[]) {
    return this.block(texts.map((text) => this.message(text)))
  }
}

/** A client as any other would be written, that keeps what it is told. */
export class Client {
  readonly frames: ServerFrame[] = []
  readonly ws: WebSocket
  closed: { code: number; reason: string } | undefined
  refused: { status: number; retryAfter: string | undefined } | undefined
  opened = false

  constructor(url: string, options: WebSocket.ClientOptions = {}) {
    this.ws = new WebSocket(url, options)
    this.ws.on('open', () => {
      this.opened = true
    })
    this.ws.on('message', (data) => {
      const frame = decodeServerFrame(data as Buffer)
      if (frame) this.frames.push(frame)
    })
    this.ws.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() }
    })
    this.ws.on('unexpected-response', (request, response) => {
      this.refused = { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] }
      request.destroy()
    })
    this.ws.on('error', () => {})
  }

  hello(ticket: string, cursor = '', codings: string[] = []) {
    this.send(encodeClientFrame({ kind: 'hello', ticket, cursor, codings, client: 'test/1' }))
  }

  send(bytes: Uint8Array) {
    this.ws.send(bytes)
  }

  of<K extends ServerFrame['kind']>(kind: K): Extract<ServerFrame, { kind: K }>[] {
    return this.frames.filter((frame): frame is Extract<ServerFrame, { kind: K }> => frame.kind === kind)
  }

  /** Plain ones. */
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

  get ticket(): string {
    return this.of('welcome').at(-1)?.ticket ?? ''
  }
}

/** A process of access as far as rooms go: everything but HTTP routes, on loopback. */
export class RoomRig {
  readonly server: Server = createServer()
  readonly feeds: Feeds
  readonly sockets: RoomSockets
  readonly tickets: Tickets
  readonly doorkeeper: Doorkeeper
  readonly gate: Gate
  readonly errors: unknown[] = []
  readonly taken = new Set<string>()
  readonly clients: Client[] = []
  readonly sent: unknown[] = []
  readonly counted = { blocks: 0, bytes: 0, messages: 0, new: 0, whole: 0, gap: 0 }
  open = true
  redisDown = false
  answer: (seq: number) => Promise<ServerFrame> = async (seq) => ({
    kind: 'ack',
    clientId: 'browser-1',
    seq,
    id: `dc-a.00000001.${seq}`,
    held: false,
    text: '',
  })

  constructor(
    readonly store: MemoryRoomStore,
    readonly clock: Clock,
    limits: Partial<AdmissionLimits> = {},
  ) {
    const onError = (error: unknown) => void this.errors.push(error)
    const redis = {
      set: async (key: string) => {
        if (this.redisDown) throw new Error('Redis is away')
        if (this.taken.has(key)) return null
        this.taken.add(key)
        return 'OK'
      },
    }
    const used = new UsedTickets(redis, 'test:', clock, onError)
    this.tickets = new Tickets([{ kid: 'k1', secret }], clock, used)
    this.gate = {
      pass: async (room: string) => {
        if (!this.open) throw new AppError('ROOM_CLOSED', `${room} is closed`)
      },
    } as unknown as Gate
    const broadcast = new Broadcast(clock)
    this.feeds = new Feeds({ store, clock, onError, onNews: (feed) => broadcast.news(feed), onTick: () => {} })
    const sends = {
      take: async (frame: { seq: number }, ...asked: unknown[]) => {
        this.sent.push([frame, ...asked])
        return this.answer(frame.seq)
      },
    } as unknown as Sends
    const counts = {
      wrote: (bytes: number, messages: number) => {
        this.counted.blocks++
        this.counted.bytes += bytes
        this.counted.messages += messages
      },
      opened: (how: 'new' | 'whole' | 'gap') => {
        this.counted[how]++
      },
    }
    this.sockets = new RoomSockets({
      clock,
      tickets: this.tickets,
      gate: this.gate,
      feeds: this.feeds,
      sends,
      counts,
      dc: 'dc-a',
      instance: 'access-1',
      whyNot: (error) => (error instanceof TicketRefused ? error.reason : 'ROOM_CLOSED'),
    })
    const all = { perS: 1_000, max: 10_000, perAddressMax: 10_000, ...limits }
    this.doorkeeper = new Doorkeeper({ isLost: () => false, isSwitched: () => false }, all, clock)
    this.server.on('upgrade', new Upgrades(this.doorkeeper, this.sockets, 'dc-a').take)
  }

  async start() {
    await new Promise<void>((done) => this.server.listen(0, '127.0.0.1', done))
    return this
  }

  async stop() {
    for (const { ws } of this.clients) ws.terminate()
    this.sockets.close()
    this.feeds.close()
    this.server.closeAllConnections()
    await new Promise((done) => this.server.close(done))
  }

  url(room = 'gala') {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1/rooms/${room}/socket`
  }

  ticket(viewer: Viewer | undefined = anna, room = 'gala') {
    return this.tickets.issue(room, viewer, 25_000, 'first')
  }

  client(options: WebSocket.ClientOptions = {}, room = 'gala') {
    const client = new Client(this.url(room), options)
    this.clients.push(client)
    return client
  }

  /** A client that has been let in. */
  async welcomed(cursor = '', ticket = this.ticket(), codings: string[] = []): Promise<Client> {
    const client = this.client()
    await until(() => client.opened)
    client.hello(ticket, cursor, codings)
    await until(() => client.of('welcome').length > 0 || client.closed !== undefined)
    return client
  }
}
