import { LogFull, waitingMax } from './event-log.js'

/** One after the other for each key, in the order of asking: so runs of a source keep theirs, also over a connection that breaks. */
export class Turns {
  readonly #last = new Map<string, { done: Promise<unknown>; waiting: number }>()

  /** @throws LogFull when too many wait already. */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const last = this.#last.get(key) ?? { done: Promise.resolve(), waiting: 0 }
    if (last.waiting >= waitingMax) throw new LogFull(`${last.waiting} wait for their turn at ${key}`)
    this.#last.set(key, last)
    last.waiting++
    const own = last.done.then(work)
    last.done = own.catch(() => {})
    try {
      return await own
    } finally {
      if (--last.waiting === 0) this.#last.delete(key)
    }
  }
}
