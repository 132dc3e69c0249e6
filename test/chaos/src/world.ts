import type { Clock } from '@gala/kernel'
import { seededRandom } from '@gala/kernel/testing'

interface Timer {
  dueMs: number
  /** A random number: timers due at the same moment fire in an order that the seed chooses. */
  order: number
  run: () => void
  cancelled: boolean
}

/** Virtual time and all chance of one history. The same seed plays the same history, to the last step. */
export class World implements Clock {
  #nowMs = 0
  readonly #timers: Timer[] = []
  /** A number in [0, 1). */
  readonly random: () => number

  constructor(seed: number) {
    this.random = seededRandom(seed)
  }

  nowMs() {
    return 1_800_000_000_000 + Math.floor(this.#nowMs)
  }

  monotonicMs() {
    return this.#nowMs
  }

  coarseMs() {
    return this.#nowMs
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const timer = this.#arm(ms, resolve)
      signal?.addEventListener('abort', () => {
        timer.cancelled = true
        resolve()
      })
    })
  }

  every(ms: number, tick: () => void) {
    let timer: Timer
    const again = () => {
      timer = this.#arm(ms, () => {
        again()
        tick()
      })
    }
    again()
    return () => {
      timer.cancelled = true
    }
  }

  after(ms: number, run: () => void) {
    const timer = this.#arm(ms, run)
    return () => {
      timer.cancelled = true
    }
  }

  between(least: number, most: number): number {
    return least + this.random() * (most - least)
  }

  chance(part: number): boolean {
    return this.random() < part
  }

  pick<T>(from: readonly T[]): T {
    const picked = from[Math.floor(this.random() * from.length)]
    if (picked === undefined) throw new Error('nothing to pick from')
    return picked
  }

  /** Turns time on to `untilMs`. Promises settle between any two timers. */
  async run(untilMs: number): Promise<void> {
    await turn()
    for (let next = this.#timers[0]; next && next.dueMs <= untilMs; next = this.#timers[0]) {
      this.#pop()
      if (next.cancelled) continue
      this.#nowMs = next.dueMs
      next.run()
      await turn()
    }
    this.#nowMs = untilMs
  }

  #arm(ms: number, run: () => void): Timer {
    const timer = { dueMs: this.#nowMs + Math.max(0, ms), order: this.random(), run, cancelled: false }
    const heap = this.#timers
    let i = heap.push(timer) - 1
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!before(timer, heap[parent])) break
      heap[i] = heap[parent] as Timer
      i = parent
    }
    heap[i] = timer
    return timer
  }

  #pop() {
    const heap = this.#timers
    const last = heap.pop()
    if (!last || heap.length === 0) return
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child++
      if (!before(heap[child], last)) break
      heap[i] = heap[child] as Timer
      i = child
    }
    heap[i] = last
  }
}

const before = (a: Timer | undefined, b: Timer | undefined) =>
  a !== undefined && b !== undefined && (a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order))

/** Resolves when every promise that can settle has: the tick queue waits for the microtask queue to run dry. */
const turn = () => new Promise<void>((resolve) => process.nextTick(resolve))
