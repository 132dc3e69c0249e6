import type { Socket } from 'node:net'

/** One way between two places, shared by every connection that uses it. Changed while it is in use. */
export interface Way {
  open: boolean
  /** How long a byte is under way. */
  delayMs: number
  /** How many pieces of a hundred are lost and come again, which the reader only sees as lateness. */
  lossPercent: number
  /** Held on this way by all connections. */
  heldBytes: number
  passedBytes: number
}

/** The least Linux waits before it sends a piece again that nobody has confirmed. */
const repeatAfterMs = 200
/** At 30 ms this is 17 MB a second for one connection, and far more than one answer. */
const laneBytesMax = 524_288
const lanePiecesMax = 2_048
/** All lanes of a way: beyond that each keeps only what one read brings. */
const wayBytesMax = 134_217_728
const crowdedLaneBytesMax = 16_384

/** `end`: whoever wrote has finished. `reset`: whoever wrote is gone. */
type Word = 'end' | 'reset'
interface Held {
  dueMs: number
  what: Buffer | Word
}

/**
 * One direction of one connection: what is written at one end waits here for as long as the way is long, and leaves in the
 * same order. When it holds as much as it may, it stops reading, and whoever writes is held up as by any slow reader. That
 * an end has closed travels as bytes do: on a way that is cut nobody hears of it.
 */
export class Lane {
  readonly #held: Held[] = []
  #heldBytes = 0
  #newestDueMs = 0
  #timer: NodeJS.Timeout | undefined
  #to: Socket | undefined
  #told = false
  #closed = false

  constructor(
    private readonly from: Socket,
    private readonly way: Way,
  ) {
    from.on('data', (bytes: Buffer) => this.#take(bytes))
    from.on('end', () => this.#take('end'))
    from.on('error', () => this.#take('reset'))
  }

  get heldBytes(): number {
    return this.#heldBytes
  }

  /** From now on what is due leaves to there. */
  leadTo(to: Socket) {
    this.#to = to
    to.on('drain', () => this.flow())
    to.on('close', () => this.close())
    this.flow()
  }

  /** Lets out what is due, if the way is open and the reader reads. To be called when the way was opened. */
  flow() {
    clearTimeout(this.#timer)
    const to = this.#to
    if (!to || !this.way.open || this.#closed) return
    const nowMs = performance.now()
    let [next] = this.#held
    for (; next && next.dueMs <= nowMs && !to.writableNeedDrain; [next] = this.#held) {
      this.#held.shift()
      this.#pass(next.what, to)
    }
    if (next && !to.writableNeedDrain) {
      this.#timer = setTimeout(() => this.flow(), Math.max(1, next.dueMs - nowMs))
    }
    if (!this.#full && this.from.isPaused()) this.from.resume()
  }

  /** Nothing leaves any more; what comes is thrown away. */
  close() {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#timer)
    this.way.heldBytes -= this.#heldBytes
    this.#heldBytes = 0
    this.#held.length = 0
    this.from.resume()
  }

  #take(what: Buffer | Word) {
    if (this.#closed || this.#told) return
    if (typeof what === 'string') this.#told = what === 'reset'
    else this.#count(what.length)
    const lost = Math.random() * 100 < this.way.lossPercent
    const dueMs = performance.now() + this.way.delayMs + (lost ? repeatAfterMs : 0)
    // Never before what was written earlier, also when the way has become shorter since.
    this.#newestDueMs = Math.max(this.#newestDueMs, dueMs)
    this.#held.push({ dueMs: this.#newestDueMs, what })
    if (this.#full) this.from.pause()
    if (this.#held.length === 1) this.flow()
  }

  #pass(what: Buffer | Word, to: Socket) {
    if (what === 'end') to.end()
    else if (what === 'reset') to.resetAndDestroy()
    else {
      this.#count(-what.length)
      this.way.passedBytes += what.length
      to.write(what)
    }
  }

  #count(bytes: number) {
    this.#heldBytes += bytes
    this.way.heldBytes += bytes
  }

  get #full() {
    const bytesMax = this.way.heldBytes > wayBytesMax ? crowdedLaneBytesMax : laneBytesMax
    return this.#heldBytes >= bytesMax || this.#held.length >= lanePiecesMax
  }
}
