import { connect, type Socket } from 'node:net'
import { Lane, type Way } from './lane.js'

/** A handshake goes there, back and there again before the other end has a connection. */
const handshakeWays = 3

/**
 * One connection from a place to another. The near end is connected at once, because the kernel answers for us; the far end
 * hears of it when a real handshake would have arrived. While either way is cut it does not hear of it at all.
 */
export class Crossing {
  readonly #near: Socket
  #far: Socket | undefined
  readonly #there: Lane
  #back: Lane | undefined
  readonly #dueMs: number
  #timer: NodeJS.Timeout | undefined

  constructor(
    near: Socket,
    private readonly port: number,
    private readonly forth: Way,
    private readonly backWay: Way,
    private readonly onGone: () => void,
  ) {
    this.#near = near.setNoDelay()
    this.#there = new Lane(near, forth)
    near.on('close', () => this.#gone())
    near.on('end', () => this.#givenUp())
    this.#dueMs = performance.now() + ((forth.delayMs + backWay.delayMs) / 2) * handshakeWays
    this.flow()
  }

  get heldBytes(): number {
    return this.#there.heldBytes + (this.#back?.heldBytes ?? 0)
  }

  /** To be called when a way was opened. */
  flow() {
    if (!this.#far) return this.#connect()
    this.#there.flow()
    this.#back?.flow()
  }

  /** Both ends see the connection reset, now. */
  reset() {
    clearTimeout(this.#timer)
    this.#there.close()
    this.#back?.close()
    this.#near.resetAndDestroy()
    this.#far?.resetAndDestroy()
  }

  #connect() {
    clearTimeout(this.#timer)
    if (this.#near.destroyed || !this.forth.open || !this.backWay.open) return
    const waitMs = this.#dueMs - performance.now()
    if (waitMs > 0) {
      this.#timer = setTimeout(() => this.#connect(), Math.max(1, waitMs))
      return
    }
    const far = connect({ port: this.port, host: '127.0.0.1', allowHalfOpen: true }).setNoDelay()
    this.#far = far
    far.on('close', () => this.#gone())
    this.#back = new Lane(far, this.backWay)
    this.#back.leadTo(this.#near)
    this.#there.leadTo(far)
  }

  /** Who stops trying to connect over a way that is cut leaves nothing that could arrive later. */
  #givenUp() {
    if (!this.#far && !(this.forth.open && this.backWay.open)) this.#near.destroy()
  }

  /** Over when both ends are. */
  #gone() {
    if (!this.#far) {
      clearTimeout(this.#timer)
      this.#there.close()
    }
    if (this.#near.destroyed && (this.#far?.destroyed ?? true)) this.onGone()
  }
}
