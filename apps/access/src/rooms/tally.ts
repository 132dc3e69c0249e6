import type { HeldBlock } from './held-block.js'

const windowS = 10
/** Upper ends of what is told apart, in milliseconds; the last one takes everything that took longer. */
export const delayBoundsMs = [
  5,
  10,
  25,
  50,
  100,
  200,
  300,
  400,
  500,
  750,
  1_000,
  1_500,
  2_000,
  3_000,
  5_000,
  10_000,
  Number.POSITIVE_INFINITY,
]

/** What is counted of the last ten seconds, one count a second. */
class Window {
  readonly #slots = new Float64Array(windowS)
  #at = 0

  add(count: number) {
    this.#slots[this.#at] = (this.#slots[this.#at] ?? 0) + count
  }

  turn() {
    this.#at = (this.#at + 1) % windowS
    this.#slots[this.#at] = 0
  }

  get sum(): number {
    return this.#slots.reduce((all, one) => all + one, 0)
  }

  get perS(): number {
    return Math.round((this.sum / windowS) * 10) / 10
  }
}

/** How long messages took from acceptance until they were written, each as often as it was written. */
class Delays {
  readonly #windows = delayBoundsMs.map(() => new Window())

  /** `counts`: of all rooms since the process began, by bound. */
  constructor(private readonly counts: number[]) {}

  add(delayMs: number, times: number) {
    const at = delayBoundsMs.findIndex((boundMs) => delayMs <= boundMs)
    this.#windows[at]?.add(times)
    this.counts[at] = (this.counts[at] ?? 0) + times
  }

  /** The bound under which such a part of the last ten seconds' deliveries were; null when there were none. */
  quantileMs(part: number): number | null {
    const counts = this.#windows.map(({ sum }) => sum)
    const all = counts.reduce((sum, count) => sum + count, 0)
    if (all === 0) return null
    let below = 0
    const at = counts.findIndex((count) => {
      below += count
      return below >= all * part
    })
    const boundMs = delayBoundsMs[at] ?? Number.POSITIVE_INFINITY
    return Number.isFinite(boundMs) ? boundMs : (delayBoundsMs.at(-2) ?? null)
  }

  turn() {
    for (const window of this.#windows) window.turn()
  }
}

/** What has been done for a room. */
export class Tally {
  readonly polls = new Window()
  readonly delivered = new Window()
  readonly skipped = new Window()
  readonly delays: Delays
  /** Who is in it, by how. */
  readonly readers = { socket: 0, stream: 0 }

  constructor(delayCounts: number[]) {
    this.delays = new Delays(delayCounts)
  }

  /** A block has been written to so many, just now. */
  wrote({ block }: HeldBlock, times: number, nowMs: number) {
    this.delivered.add(block.messages.length * times)
    for (const { at } of block.messages) this.delays.add(nowMs - at, times)
  }

  /** Once a second. */
  turn() {
    for (const part of [this.polls, this.delivered, this.skipped, this.delays]) part.turn()
  }
}
