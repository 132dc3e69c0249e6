import {
  afterClose,
  type Block,
  type Cursor,
  decodeServerFrame,
  encodeClientFrame,
  formatCursor,
  isPast,
  type OriginPosition,
  type ServerFrame,
} from '@gala/contracts'
import { opcodes, RawSocket } from '@gala/viewers'
import type { BlockBook } from './block-book.js'
import type { Return } from './plan.js'
import { type Tickets, textOf } from './tickets.js'

export interface ViewerParts {
  book: BlockBook
  tickets: Tickets
  random: () => number
  onOpen: (viewer: Viewer) => void
  onClose: (why: string) => void
  onTrouble: (what: string) => void
  onBlock: (viewer: Viewer, block: Block) => void
}

const slowBytesPerS = 1_024
const backoffFirstMs = 300
const backoffMaxMs = 5_000
/** More than any part of a drill makes. */
const blocksMax = 20_000

/**
 * A viewer that is no part of ours: it reads what `im.proto` says, comes back as the close codes say, and remembers every block. What it
 * was shown is judged afterwards.
 */
export class Viewer {
  /** Where its first block began, and where it stands. */
  began: Cursor | undefined
  cursor: Cursor = new Map()
  readonly blocks: { block: Block; after: Cursor }[] = []
  gaps = 0
  /** Broken off by somebody else, and not because it was told to go. */
  cuts = 0
  instance = ''
  readonly returns: Return[] = []
  #socket: RawSocket | undefined
  #urls: string[] = []
  #ticket = ''
  #ticketIsReturn = false
  #leftAtMs: number | undefined
  #tries = 0
  #sent = false
  #heartbeat: NodeJS.Timeout | undefined
  #ended = false

  constructor(
    readonly address: string,
    readonly isSlow: boolean,
    private readonly parts: ViewerParts,
  ) {}

  get isOpen(): boolean {
    return this.instance !== '' && this.#leftAtMs === undefined
  }

  async connect(): Promise<void> {
    if (this.#ended) return
    try {
      if (this.#ticket === '' || !this.#ticketIsReturn) await this.#ask()
    } catch (error) {
      this.parts.onTrouble(textOf(error))
      return this.#again()
    }
    this.#open()
  }

  end() {
    this.#ended = true
    clearInterval(this.#heartbeat)
    this.#socket?.destroy()
  }

  async #ask() {
    const { urls, ticket } = await this.parts.tickets.ask()
    if (urls.length === 0) throw new Error('told to poll')
    this.#urls = urls
    this.#ticket = ticket
    this.#ticketIsReturn = false
  }

  #open() {
    if (this.#ended) return
    const { hostname, port, pathname } = new URL(this.#urls[this.#tries % this.#urls.length] ?? '')
    let told: number | undefined
    const socket: RawSocket = new RawSocket(
      {
        host: hostname,
        port: Number(port),
        path: pathname,
        localAddress: this.address,
        ...(this.isSlow && { readBytesPerS: slowBytesPerS }),
      },
      {
        open: () => socket.send(opcodes.binary, this.#hello()),
        keeps: () => true,
        frame: (_, __, payload) => {
          if (this.#socket === socket) this.#on(decodeServerFrame(payload))
        },
        closed: (code, reason, status) => {
          told = status
          if (this.#socket === socket) this.#closed(code, reason, told)
        },
      },
    )
    this.#socket = socket
  }

  #hello(): Uint8Array {
    const [ticket, cursor] = [this.#ticket, formatCursor(this.cursor)]
    // Good once.
    this.#ticket = ''
    return encodeClientFrame({ kind: 'hello', ticket, cursor, codings: [], client: 'drill/1' })
  }

  #on(frame: ServerFrame | undefined) {
    if (frame?.kind === 'welcome') this.#welcome(frame)
    else if (frame?.kind === 'block') this.#block(this.parts.book.read(frame.bytes))
    else if (frame?.kind === 'move') {
      const { urls, ticket, afterMs } = frame
      setTimeout(() => this.#move(urls, ticket), afterMs)
    }
  }

  #welcome({ ticket, instance, gap, heartbeatMs }: Extract<ServerFrame, { kind: 'welcome' }>) {
    if (gap) this.gaps++
    const nowMs = Date.now()
    if (this.#leftAtMs !== undefined)
      this.returns.push({ from: this.instance, to: instance, leftAtMs: this.#leftAtMs, backAtMs: nowMs })
    this.#leftAtMs = undefined
    this.instance = instance
    this.#ticket = ticket
    this.#ticketIsReturn = true
    this.#tries = 0
    clearInterval(this.#heartbeat)
    this.#heartbeat = setInterval(() => this.#ping(), heartbeatMs)
    this.parts.onOpen(this)
  }

  #ping() {
    const number = this.blocks.at(-1)?.block.number ?? 0
    this.#socket?.send(opcodes.binary, encodeClientFrame({ kind: 'ping', number }))
  }

  #block(block: Block) {
    this.began ??= block.since
    // What a cursor has had is left out by whoever judges; a hole nobody has told of is one.
    if (!isPast(this.cursor, block.since) && this.blocks.length > 0) this.parts.onTrouble('a hole between two blocks')
    if (this.blocks.length < blocksMax) this.blocks.push({ block, after: this.cursor })
    this.cursor = further(this.cursor, block.to)
    this.parts.onBlock(this, block)
  }

  /** Told to: leaves, and comes back where it was sent. */
  #move(urls: string[], ticket: string) {
    if (this.#ended || this.#leftAtMs !== undefined) return
    this.#sent = true
    this.#leftAtMs = Date.now()
    this.parts.onClose('moved')
    const left = this.#socket
    this.#socket = undefined
    left?.close()
    if (urls.length > 0) this.#urls = urls
    this.#ticket = ticket
    this.#ticketIsReturn = ticket !== ''
    this.#sent = false
    void this.connect()
  }

  #closed(code: number, reason: string, status: number | undefined) {
    clearInterval(this.#heartbeat)
    if (this.#ended) return
    const was = this.isOpen
    if (was) {
      this.#leftAtMs = Date.now()
      if (!this.#sent && code !== drainingCode) this.cuts++
    }
    this.parts.onClose(status === undefined ? `${code} ${reason}`.trim() : `not opened: ${status}`)
    if (afterClose(code) === 'new-ticket' || this.#tries > 0) this.#ticket = ''
    this.#again()
  }

  /** Later each time, and each at a moment of its own; first at the same door, then at the next. */
  #again() {
    if (this.#ended) return
    this.#ticketIsReturn &&= this.#ticket !== ''
    const waitMs = Math.min(backoffMaxMs, backoffFirstMs * 2 ** this.#tries) * (0.5 + this.parts.random())
    this.#tries++
    setTimeout(() => void this.connect(), waitMs)
  }
}

/** `DRAINING`: the way to end a link that has been told of it. */
const drainingCode = 4000

function further(cursor: Cursor, to: Cursor): Cursor {
  const all = new Map<string, OriginPosition>(cursor)
  for (const [dc, at] of to) {
    const had = all.get(dc)
    if (had?.epoch !== at.epoch || had.seq < at.seq) all.set(dc, at)
  }
  return all
}
