import { deflateRawSync } from 'node:zlib'
import {
  type Block,
  type ClientFrame,
  decodeClientFrame,
  encodeBlock,
  encodeServerFrame,
  isPast,
  type OriginPosition,
  parseCursor,
  type RoomMessage,
  type RoomState,
  type ServerFrame,
} from '@gala/contracts'
import type { VirtualClock } from '@gala/kernel/testing'
import type { Socket } from '../world.js'

/** What a socket asks of the room it leads to. */
interface Behind {
  readonly clock: VirtualClock
  readonly tickets: Set<string>
  delayMs(): number
  ticket(): string
  answerSend(socket: FakeSocket, frame: ClientFrame & { kind: 'send' }): void
}

type Vector = Map<string, OriginPosition>

/** One data centre of a room as a client sees it: takes messages, makes blocks, keeps the newest of them. For tests. */
export class FakeDc {
  readonly sockets = new Set<FakeSocket>()
  readonly name: string
  epoch: string
  blocks: Block[] = []
  /** Blocks kept for whoever comes back. */
  ring = 20
  /** The part of chat messages that blocks leave out. */
  thins = 0
  /** What happens to who wants in. */
  refuses: 'not' | 'never-answers' | number = 'not'
  maySend = true
  state: RoomState = {}
  #seq = 0
  #number = 0
  #vector: Vector = new Map()
  #waiting: RoomMessage[] = []

  constructor(name: string, epoch: string) {
    this.name = name
    this.epoch = epoch
  }

  take(message: Omit<RoomMessage, 'id'>): RoomMessage {
    const taken = { ...message, id: `${this.name}.${this.epoch}.${++this.#seq}` }
    this.#waiting.push(taken)
    return taken
  }

  takeOver(message: RoomMessage): void {
    this.#waiting.push(message)
  }

  /** Everything that waits becomes a block, and goes to whoever is there. */
  pump(nowMs: number, random: () => number): Block | undefined {
    if (this.#waiting.length === 0 && Object.keys(this.state).length === 0) return undefined
    const since = new Map(this.#vector)
    const kept = this.#waiting.filter(({ type }) => type !== 'chat' || random() >= this.thins)
    for (const { id } of this.#waiting) {
      const [dc = '', epoch = '', seq] = id.split('.')
      this.#vector.set(dc, { epoch, seq: Number(seq) })
    }
    const dropped = { chat: this.#waiting.length - kept.length, notify: 0 }
    const counted = {
      number: ++this.#number,
      epoch: this.epoch,
      madeAtMs: Math.round(nowMs),
      state: this.state,
      dropped,
    }
    const block: Block = { ...counted, since, to: new Map(this.#vector), messages: kept }
    this.#waiting = []
    this.state = {}
    this.blocks = [...this.blocks, block].slice(-this.ring)
    for (const socket of this.sockets) {
      if (socket.misses > 0) socket.misses--
      else socket.say(frameOf(block))
    }
    return block
  }

  /** What was said lately, once more. */
  again(socket: FakeSocket | undefined): void {
    if (socket && this.sockets.has(socket)) for (const block of this.blocks.slice(-3)) socket.say(frameOf(block))
  }

  /** A client misses the next block. */
  skip(socket: FakeSocket): void {
    if (this.sockets.has(socket)) socket.misses++
  }

  /** What follows on a cursor, and whether something before it is gone. */
  after(cursor: string): { blocks: Block[]; gap: boolean } {
    const at = parseCursor(cursor)
    if (at.size === 0) return { blocks: this.blocks.slice(-3), gap: false }
    const blocks = this.blocks.filter(({ to }) => !isPast(at, to))
    const [first] = blocks
    const gap = [...(first?.since ?? [])].some(([dc, { epoch, seq }]) => {
      const read = at.get(dc)
      return read !== undefined && (read.epoch !== epoch || seq > read.seq)
    })
    return { blocks, gap }
  }
}

const frameOf = (block: Block): ServerFrame => ({
  kind: 'block',
  coding: block.number % 2 === 0 ? 'deflate' : 'plain',
  bytes: block.number % 2 === 0 ? new Uint8Array(deflateRawSync(encodeBlock(block))) : encodeBlock(block),
})

/** A WebSocket whose other end is a fake data centre. */
export class FakeSocket implements Socket {
  binaryType = ''
  onopen: Socket['onopen'] = null
  onmessage: Socket['onmessage'] = null
  onclose: Socket['onclose'] = null
  onerror: Socket['onerror'] = null
  readonly said: ClientFrame[] = []
  /** Nothing gets through any more, and nobody says so. */
  deaf = false
  /** Blocks it will not be given. */
  misses = 0
  #open = true
  readonly #rooms: Behind
  readonly dc: FakeDc

  constructor(rooms: Behind, dc: FakeDc) {
    this.#rooms = rooms
    this.dc = dc
    if (dc.refuses === 'never-answers') return
    rooms.clock.after(5, () => (typeof dc.refuses === 'number' ? this.cut(dc.refuses) : this.onopen?.()))
  }

  send(bytes: Uint8Array): void {
    const frame = decodeClientFrame(bytes)
    this.said.push(frame)
    if (this.deaf || !this.#open) return
    this.#rooms.clock.after(this.#rooms.delayMs(), () => this.#answer(frame))
  }

  say(frame: ServerFrame): void {
    this.sayBytes(encodeServerFrame(frame))
  }

  sayBytes(bytes: Uint8Array): void {
    if (!this.deaf && this.#open) this.onmessage?.({ data: new Uint8Array(bytes).buffer })
  }

  /** From the other end, or by what is between. */
  cut(code = 1006): void {
    if (!this.#open) return
    this.close()
    this.onclose?.({ code })
  }

  close(): void {
    this.#open = false
    this.dc.sockets.delete(this)
  }

  #answer(frame: ClientFrame) {
    if (!this.#open) return
    if (frame.kind === 'ping') this.say({ kind: 'pong', atMs: 1 })
    if (frame.kind === 'hello') this.#welcome(frame)
    if (frame.kind === 'send') this.#rooms.answerSend(this, frame)
  }

  #welcome({ ticket, cursor }: ClientFrame & { kind: 'hello' }) {
    if (!this.#rooms.tickets.delete(ticket)) return this.cut(4101)
    const { name, maySend } = this.dc
    const { blocks, gap } = this.dc.after(cursor)
    const heard = { heartbeatMs: 10_000, state: {}, dc: name, instance: `${name}.access-1`, maySend }
    this.say({ kind: 'welcome', gap, ticket: this.#rooms.ticket(), ...heard })
    for (const block of blocks) this.say(frameOf(block))
    this.dc.sockets.add(this)
  }
}
