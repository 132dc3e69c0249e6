import type { Clock } from './clock.js'

type Timer = { dueMs: number; order: number; run: () => void }

/** A clock that stands still until `advance` is called. Timers fire in due order, then in the order they were set. */
export class VirtualClock implements Clock {
  #nowMs: number
  #order = 0
  #timers: Timer[] = []

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs
  }

  nowMs() {
    return this.#nowMs
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
      const cancel = this.#arm(ms, () => resolve())
      signal?.addEventListener('abort', () => {
        cancel()
        resolve()
      })
    })
  }

  after(ms: number, run: () => void) {
    return this.#arm(ms, run)
  }

  every(ms: number, tick: () => void) {
    let cancel = () => {}
    const again = () => {
      cancel = this.#arm(ms, () => {
        again()
        tick()
      })
    }
    again()
    return () => cancel()
  }

  /** Moves time on by `ms`, running every timer that falls due and letting promises settle between them. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms
    for (;;) {
      await settle()
      this.#timers.sort((a, b) => a.dueMs - b.dueMs || a.order - b.order)
      const next = this.#timers[0]
      if (!next || next.dueMs > untilMs) break
      this.#timers.shift()
      this.#nowMs = next.dueMs
      next.run()
    }
    this.#nowMs = untilMs
    await settle()
  }

  #arm(ms: number, run: () => void) {
    const timer = { dueMs: this.#nowMs + ms, order: this.#order++, run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((t) => t !== timer)
    }
  }
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Numbers in [0, 1) that come again with the same seed, of which 32 bits count: mulberry32, by Tommy Ettinger, public domain. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
