import type { Clock } from '@gala/kernel'
import type { Decision } from './decision.js'

interface Waiter {
  cost: number
  untilMs: number
  answer(served: boolean): void
}

interface Room {
  readonly clock: Clock
  readonly limit: { readonly waitersMax: number }
  readonly counts: { waiting: number }
}

/** Callers who wait for tokens of one key, served in the order they came. All wait for the same time, so they give up in it, too. */
export class WaitingLine {
  readonly #waiters = new Set<Waiter>()
  #cost = 0
  #wakeAtMs = Number.POSITIVE_INFINITY
  #cancel: () => void = () => {}

  constructor(
    private readonly room: Room,
    private readonly wake: () => void,
  ) {}

  get length() {
    return this.#waiters.size
  }

  get cost() {
    return this.#cost
  }

  get firstCost(): number | undefined {
    return this.#first?.cost
  }

  /** When the one who waits longest gives up. */
  get firstUntilMs(): number {
    return this.#first?.untilMs ?? Number.POSITIVE_INFINITY
  }

  /** Undefined when there is no room; else what `decide` says when the caller's turn has come, or its time is over. */
  join(cost: number, untilMs: number, decide: (served: boolean) => Decision): Promise<Decision> | undefined {
    if (this.room.counts.waiting >= this.room.limit.waitersMax) return undefined
    this.room.counts.waiting++
    this.#cost += cost
    return new Promise((resolve) => {
      this.#waiters.add({ cost, untilMs, answer: (served) => resolve(decide(served)) })
    })
  }

  /** From the front as far as `spend` goes, then from the front as far as time is over. */
  serve(nowMs: number, spend: (cost: number) => boolean) {
    for (let first = this.#first; first && spend(first.cost); first = this.#first) this.#leave(first, true)
    for (let first = this.#first; first && first.untilMs <= nowMs; first = this.#first) this.#leave(first, false)
  }

  /** Wakes the owner at `atMs`, or when the first one's time is over; once. */
  wakeAt(atMs: number, nowMs: number) {
    const wakeAtMs = Math.min(atMs, this.firstUntilMs)
    if (wakeAtMs >= this.#wakeAtMs) return
    this.#cancel()
    this.#wakeAtMs = wakeAtMs
    this.#cancel = this.room.clock.after(Math.max(1, wakeAtMs - nowMs), () => {
      this.#wakeAtMs = Number.POSITIVE_INFINITY
      this.wake()
    })
  }

  close() {
    this.#cancel()
    for (const waiter of this.#waiters) this.#leave(waiter, false)
  }

  get #first(): Waiter | undefined {
    return this.#waiters.values().next().value
  }

  #leave(waiter: Waiter, served: boolean) {
    this.#waiters.delete(waiter)
    this.#cost -= waiter.cost
    this.room.counts.waiting--
    waiter.answer(served)
  }
}
