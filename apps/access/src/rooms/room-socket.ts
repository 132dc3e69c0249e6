import type { Socket } from 'node:net'
import {
  AppError,
  type ClientFrame,
  type CloseReason,
  closeCodes,
  cursorText,
  decodeClientFrame,
  encodeServerFrame,
  MalformedFrame,
  parseCursor,
  type ServerFrame,
  type Viewer,
} from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import { paceOf, TokenBucket } from '@gala/resilience'
import type { RawData, WebSocket } from 'ws'
import type { Feed } from './feed.js'
import type { Move } from './feed-reader.js'
import type { Feeds } from './feeds.js'
import { framed } from './framing.js'
import type { Gate } from './gate.js'
import { heartbeatAfter, heartbeatMs } from './heartbeat.js'
import { type HeldBlock, type Known, knownOf } from './held-block.js'
import { newestMessages } from './polls.js'
import { Reader } from './reader.js'
import { refusedFor, type Sends } from './sends.js'
import type { SocketCounts } from './socket-counts.js'
import type { Tickets } from './tickets.js'
import { ReadWindow } from './window.js'

/** What Node may hold for one socket that the kernel has not taken: with one block more it is all the memory of a slow reader. */
const unsentBytesMax = 65_536
const helloWithinMs = 3_000
/** A client pings twice a minute, and says something now and then. */
const framesPace = paceOf(5, 40)
/** Frames that come while the first one is still looked at. */
const earlyMax = 8
const sendsMax = 4

type Hello = Extract<ClientFrame, { kind: 'hello' }>
type Send = Extract<ClientFrame, { kind: 'send' }>

/** What a long connection needs of the process it is in. */
export interface SocketParts {
  clock: Clock
  tickets: Tickets
  gate: Gate
  feeds: Feeds
  sends: Sends
  counts: SocketCounts
  dc: string
  instance: string
  onOpen: (socket: RoomSocket) => void
  onGone: (socket: RoomSocket, why: CloseReason | 'gone') => void
  /** As what something that was thrown is told to the client. */
  whyNot: (error: unknown) => CloseReason
}

/** One viewer's long connection, from the handshake to the close. */
export class RoomSocket extends Reader {
  protected readonly kind = 'socket'
  viewer: Viewer | undefined
  #state: 'new' | 'opening' | 'open' | 'closed' = 'new'
  #known: Known = 'plain'
  #heartbeatMs: number = heartbeatMs.normal
  #heardAtMs: number
  readonly #window = new ReadWindow()
  readonly #frames = new TokenBucket(framesPace)
  readonly #early: ClientFrame[] = []
  #sends = 0

  constructor(
    readonly room: string,
    readonly network: string,
    private readonly ws: WebSocket,
    private readonly raw: Socket,
    private readonly parts: SocketParts,
  ) {
    super()
    this.#heardAtMs = parts.clock.monotonicMs()
    ws.on('message', (data, isBinary) => this.#onMessage(data, isBinary))
    ws.on('pong', () => this.#onPong())
    ws.on('ping', () => void this.#heard())
    ws.on('error', (error) => this.#onError(error))
    ws.on('close', () => this.#end('gone'))
    raw.on('drain', () => this.advance())
  }

  get isOpen(): boolean {
    return this.#state === 'open'
  }

  /** Once a second. `pausedMs`: so long this process itself has heard nobody. */
  look(nowMs: number, pausedMs: number) {
    this.#heardAtMs += pausedMs
    const silentMs = nowMs - this.#heardAtMs
    if (this.#state === 'new' && silentMs > helloWithinMs) return this.close('HELLO_LATE')
    if (silentMs > 2 * this.#heartbeatMs) return this.close('SILENT')
    this.#window.look(nowMs)
    if (this.isLost) return this.close('TOO_SLOW')
    this.advance()
  }

  /** Says something that is for this one alone. False when there is no room for it. */
  tell(frame: ServerFrame): boolean {
    return this.tellFramed(framed(encodeServerFrame(frame)))
  }

  tellFramed(frame: Buffer): boolean {
    if (this.#state !== 'open' || this.raw.writableLength > unsentBytesMax) return false
    this.#put(frame)
    return true
  }

  move({ afterMs, urls, poll }: Move) {
    const ticket = poll ? '' : this.parts.tickets.issue(this.room, this.viewer, this.#heartbeatMs, 'move')
    this.tell({ kind: 'move', afterMs, urls, ticket, poll })
  }

  close(reason: CloseReason) {
    if (this.#state === 'closed') return
    const { code, says } = closeCodes[reason]
    this.#end(reason)
    this.ws.close(code, says)
  }

  /** Without a word: the process ends. */
  cut() {
    this.#end('gone')
    this.ws.terminate()
  }

  protected mayWrite(): boolean {
    return this.#state === 'open' && !this.#window.isShut && this.raw.writableLength <= unsentBytesMax
  }

  protected write(block: HeldBlock) {
    const frame = block.frame(this.#known)
    this.#put(frame)
    const mark = this.#window.wrote(frame.length, this.parts.clock.coarseMs())
    if (mark) this.raw.write(mark)
    this.parts.counts.wrote(frame.length, block.block.messages.length)
  }

  protected gather(write: () => void) {
    this.raw.cork()
    write()
    this.raw.uncork()
  }

  protected lost() {
    this.close('TOO_SLOW')
  }

  #put(frame: Buffer) {
    if (this.raw.writable) this.raw.write(frame)
  }

  /** False when more is said than a client may. */
  #heard(): boolean {
    const { clock } = this.parts
    this.#heardAtMs = clock.monotonicMs()
    if (this.#state === 'closed') return false
    if (this.#frames.take(1, this.#heardAtMs)) return true
    this.close('TOO_MANY_FRAMES')
    return false
  }

  #onPong() {
    const nowMs = this.parts.clock.monotonicMs()
    // One that nobody has asked for is a frame like any other.
    if (!this.#window.answered(nowMs)) return void this.#heard()
    this.#heardAtMs = nowMs
    this.advance()
  }

  #onMessage(data: RawData, isBinary: boolean) {
    if (!this.#heard()) return
    const frame = isBinary ? read(data as Buffer) : undefined
    if (frame) this.#on(frame)
    else this.close('BAD_FRAME')
  }

  #on(frame: ClientFrame) {
    if (this.#state === 'new' || frame.kind === 'hello') {
      const isNext = this.#state === 'new' && frame.kind === 'hello'
      if (!isNext || !isCursor(frame.cursor)) return this.close('BAD_FRAME')
      this.#state = 'opening'
      return void this.#open(frame).catch((error: unknown) => this.close(this.parts.whyNot(error)))
    }
    if (this.#state === 'opening') {
      if (this.#early.length >= earlyMax) return this.close('TOO_MANY_FRAMES')
      return void this.#early.push(frame)
    }
    if (frame.kind === 'ping') return void this.tell({ kind: 'pong', atMs: this.parts.clock.nowMs() })
    void this.#send(frame)
  }

  /** @throws TicketRefused, AppError */
  async #open(hello: Hello) {
    const { tickets, gate, feeds, clock, counts, dc, instance } = this.parts
    const ticket = await tickets.take(hello.ticket, this.room)
    const isNew = hello.cursor === ''
    await gate.pass(this.room)
    const feed = await feeds.of(this.room)
    const from = isNew ? newestIn(feed) : await feed.placeAfter(parseCursor(hello.cursor))
    if (this.#state !== 'opening') return
    this.viewer = ticket.viewer ?? undefined
    this.#known = knownOf(hello.codings)
    this.#heartbeatMs = heartbeatAfter(ticket, clock.nowMs())
    this.#state = 'open'
    counts.opened(isNew ? 'new' : from.gap ? 'gap' : 'whole')
    this.tell({
      kind: 'welcome',
      heartbeatMs: this.#heartbeatMs,
      gap: from.gap,
      state: feed.ring.state,
      dc,
      instance,
      maySend: this.viewer !== undefined,
      ticket: tickets.issue(this.room, this.viewer, this.#heartbeatMs, 'return'),
    })
    this.#put(this.#window.marked(clock.monotonicMs()))
    this.enter(feed, from.place, from.older)
    this.parts.onOpen(this)
    this.advance()
    for (const frame of this.#early.splice(0)) this.#on(frame)
  }

  async #send(frame: Send) {
    if (this.#sends >= sendsMax) return void this.tell(refusedFor(frame, tooMany))
    this.#sends++
    try {
      this.tell(await this.parts.sends.take(frame, this.room, this.viewer, this.network))
    } finally {
      this.#sends--
    }
  }

  #onError(error: Error & { code?: string }) {
    this.#end(error.code?.endsWith('MESSAGE_LENGTH') ? 'FRAME_TOO_LARGE' : 'BAD_FRAME')
  }

  #end(why: CloseReason | 'gone') {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#early.length = 0
    this.leave()
    this.parts.onGone(this, why)
  }
}

function read(bytes: Buffer): ClientFrame | undefined {
  try {
    return decodeClientFrame(bytes)
  } catch (error) {
    if (error instanceof MalformedFrame) return undefined
    throw error
  }
}

const newestIn = ({ ring }: Feed) => ({ place: ring.placeOfNewest(newestMessages), older: [], gap: false })

const isCursor = (text: string) => text === '' || cursorText.safeParse(text).success

const tooMany = new AppError('RATE_LIMITED', `at most ${sendsMax} messages under way at once`, { retryAfterMs: 1_000 })
