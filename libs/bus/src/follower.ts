import type { Change } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import { type BusSubscriber, silenceMs } from './bus.js'

/** The receiving half that every adapter shares: order, gaps and silence. */
export class Follower {
  readonly #subscribers = new Set<BusSubscriber>()
  #position = 0
  #heardAtMs = Number.NEGATIVE_INFINITY

  constructor(private readonly clock: Clock) {}

  get position() {
    return this.#position
  }

  get live() {
    return this.clock.monotonicMs() - this.#heardAtMs <= silenceMs
  }

  add(subscriber: BusSubscriber): () => void {
    this.#subscribers.add(subscriber)
    return () => this.#subscribers.delete(subscriber)
  }

  receive(change: Change) {
    this.#heard()
    if (change.position > this.#position + 1) this.suspect()
    this.#position = Math.max(this.#position, change.position)
    for (const subscriber of this.#subscribers) subscriber.change(change)
  }

  receiveHeartbeat(position: number) {
    this.#heard()
    if (position > this.#position) {
      this.suspect()
      this.#position = position
    }
  }

  suspect() {
    for (const subscriber of this.#subscribers) subscriber.suspect()
  }

  #heard() {
    this.#heardAtMs = this.clock.monotonicMs()
  }
}
