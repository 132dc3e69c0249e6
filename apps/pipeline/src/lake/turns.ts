import { AppError } from '@gala/contracts'

/** Lets one work at a time, in the order of their coming. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()
  #there = 0

  /** @param waitingMax how many may wait beside the one whose turn it is. */
  constructor(private readonly waitingMax: number = Number.POSITIVE_INFINITY) {}

  /** @throws AppError OVERLOADED when too many wait. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#there > this.waitingMax) throw new AppError('OVERLOADED', `${this.waitingMax} are waiting already`)
    this.#there++
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => {})
    return await turn.finally(() => this.#there--)
  }
}
