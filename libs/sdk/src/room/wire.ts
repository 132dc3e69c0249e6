import {
  type Block,
  type ClientFrame,
  decodeBlock,
  decodeServerFrame,
  encodeClientFrame,
  type ServerFrame,
} from '@gala/contracts'
import type { Socket, World } from './world.js'

/** A frame with the block it holds, if it holds one. */
export type Incoming =
  | Exclude<ServerFrame, { kind: 'block' } | { kind: 'direct' }>
  | { kind: 'block' | 'direct'; block: Block }

export interface WireEvents {
  opened(): void
  /** Undefined: of a kind this release does not know. */
  frame(frame: Incoming | undefined): void
  /** Something came that is not what it should be, or more than can be taken in. */
  garbled(): void
  closed(code: number): void
}

/** Frames that wait because the one before them is still being unpacked: seconds of the busiest room. */
const waitingMax = 256
/** What a socket is closed with that could not be opened, as browsers have it. */
const brokenCode = 1006

/** One WebSocket: bytes in, frames out in their order. After `hangUp` nothing comes any more. */
export class Wire {
  readonly #world: World
  readonly #to: WireEvents
  readonly #socket: Socket | undefined
  #over = false
  #waiting = 0
  #turn: Promise<void> = Promise.resolve()

  constructor(world: World, url: string, to: WireEvents) {
    this.#world = world
    this.#to = to
    try {
      this.#socket = world.open(url)
    } catch {
      // Not within the caller's own turn: it has not got hold of this yet.
      queueMicrotask(() => this.#close(brokenCode))
      return
    }
    const socket = this.#socket
    socket.binaryType = 'arraybuffer'
    socket.onopen = () => this.#over || to.opened()
    socket.onmessage = ({ data }) => this.#over || this.#take(data)
    socket.onclose = ({ code }) => this.#close(code)
    // What follows is a close, which says as much.
    socket.onerror = () => {}
  }

  send(frame: ClientFrame): void {
    try {
      this.#socket?.send(new Uint8Array(encodeClientFrame(frame)))
    } catch {
      // Not open any more: its close is on the way, and what was to be said is said again then.
    }
  }

  hangUp(): void {
    this.#over = true
    try {
      this.#socket?.close(1000)
    } catch {
      // It was never open.
    }
  }

  #close(code: number) {
    if (this.#over) return
    this.#over = true
    this.#to.closed(code)
  }

  #take(data: unknown) {
    if (!(data instanceof ArrayBuffer) || this.#waiting >= waitingMax) return this.#to.garbled()
    let frame: ServerFrame | undefined
    try {
      frame = decodeServerFrame(new Uint8Array(data))
    } catch {
      return this.#to.garbled()
    }
    const packed = frame?.kind === 'block' && frame.coding !== 'plain'
    if (!packed && this.#waiting === 0) return this.#hand(frame, undefined)
    this.#waiting++
    this.#turn = this.#turn.then(() => this.#unpack(frame))
  }

  async #unpack(frame: ServerFrame | undefined) {
    try {
      const packed =
        frame?.kind === 'block' && frame.coding !== 'plain' ? { ...frame, coding: frame.coding } : undefined
      const plain = packed && (await this.#world.undo(packed.coding, packed.bytes))
      if (!this.#over) this.#hand(frame, plain)
    } catch {
      if (!this.#over) this.#to.garbled()
    } finally {
      this.#waiting--
    }
  }

  #hand(frame: ServerFrame | undefined, plain: Uint8Array | undefined) {
    if (frame?.kind !== 'block' && frame?.kind !== 'direct') return this.#to.frame(frame)
    let block: Block
    try {
      block = decodeBlock(plain ?? frame.bytes)
    } catch {
      return this.#to.garbled()
    }
    this.#to.frame({ kind: frame.kind, block })
  }
}
