import type { Clock } from '@gala/kernel'
import type { Feed } from './feed.js'
import { inSlices } from './slices.js'

/** Brings news of rooms to whoever is in them, one room after the other, in slices. */
export class Broadcast {
  /** Those that have news, in the order they came. A room that has more while it is its turn gets another. */
  readonly #waiting = new Set<Feed>()
  #busy = false

  constructor(private readonly clock: Clock) {}

  news(feed: Feed) {
    this.#waiting.add(feed)
    if (!this.#busy) this.#next()
  }

  #next() {
    const [feed] = this.#waiting
    this.#busy = feed !== undefined
    if (!feed) return
    this.#waiting.delete(feed)
    const afterSlice = () => feed.settle()
    inSlices(feed.readers, (reader) => reader.advance(), { clock: this.clock, afterSlice, done: () => this.#next() })
  }
}
