import type { ServerResponse } from 'node:http'
import { type CloseReason, closeCodes, type Viewer } from '@gala/contracts'
import type { Feed } from './feed.js'
import type { Move } from './feed-reader.js'
import type { HeldBlock } from './held-block.js'
import { jsonOf } from './polls.js'
import { Reader } from './reader.js'

/** As for a socket: what Node may hold that the kernel has not taken. */
const unsentBytesMax = 65_536

interface Parts {
  wrote: (bytes: number, messages: number) => void
  /** To go on with elsewhere. */
  ticketFor: (stream: RoomStream) => string
  onGone: (stream: RoomStream, why: CloseReason | 'gone') => void
  /** When to poll, for whoever is left with that. */
  pollAfterMs: (feed: Feed) => number
}

/** Server-sent events of a room: what a poll brings, block by block, for clients that cannot have a WebSocket. */
export class RoomStream extends Reader {
  protected readonly kind = 'stream'
  #closed = false

  constructor(
    readonly room: string,
    readonly viewer: Viewer | undefined,
    private readonly response: ServerResponse,
    private readonly parts: Parts,
  ) {
    super()
    response.on('close', () => this.#end('gone'))
    response.on('error', () => this.#end('gone'))
    response.on('drain', () => this.advance())
  }

  begin(feed: Feed, place: number, older: readonly HeldBlock[], welcome: object) {
    this.say('welcome', welcome)
    this.enter(feed, place, older)
    this.advance()
  }

  /** An event with a name of its own. False when there is no room for it. */
  say(event: string, data: object): boolean {
    if (!this.mayWrite()) return false
    this.response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
    return true
  }

  /** So that whatever stands between sees something. */
  beat() {
    if (this.isLost) return this.close('TOO_SLOW')
    if (this.mayWrite()) this.response.write(':\n\n')
    this.advance()
  }

  move(move: Move) {
    this.say('move', { ...move, ticket: move.poll ? '' : this.parts.ticketFor(this) })
  }

  close(reason: CloseReason) {
    if (this.#closed) return
    this.#end(reason)
    const { code } = closeCodes[reason]
    this.response.end(`event: close\ndata: ${JSON.stringify({ code, reason })}\n\n`)
  }

  cut() {
    this.#end('gone')
    this.response.destroy()
  }

  protected mayWrite(): boolean {
    return !this.#closed && this.response.writableLength <= unsentBytesMax
  }

  protected write(block: HeldBlock) {
    const { feed } = this
    if (!feed) return
    const event = block.event(({ block: { state } }) =>
      jsonOf({ blocks: [block], gap: false }, undefined, state, this.parts.pollAfterMs(feed)),
    )
    this.response.write(event)
    this.parts.wrote(event.length, block.block.messages.length)
  }

  protected gather(write: () => void) {
    this.response.cork()
    write()
    this.response.uncork()
  }

  protected lost() {
    this.close('TOO_SLOW')
  }

  #end(why: CloseReason | 'gone') {
    if (this.#closed) return
    this.#closed = true
    this.leave()
    this.parts.onGone(this, why)
  }
}
