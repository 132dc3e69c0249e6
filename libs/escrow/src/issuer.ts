import { AppError } from '@gala/contracts'
import { type Clock, randomId } from '@gala/kernel'
import type { GrantStore, Issue } from './grant-store.js'

export interface IssuerOptions {
  store: GrantStore
  stock: string
  clock: Clock
  /** How many an instance holds for itself. */
  parcel: number
  leaseMs: number
  /** So much earlier than the store takes a parcel back, its holder leaves it alone. */
  marginMs: number
  /** Claimants one trip to the store answers. */
  batchMax: number
  /** Beyond that, claimants are refused. */
  waitingMax: number
  /** For so long after the store had nothing, it is not asked for a parcel. */
  emptyMs: number
}

interface Waiting {
  claimant: string
  done: (issue: Issue | undefined) => void
  failed: (error: unknown) => void
}

interface Held {
  number: number
  left: number
  untilMs: number
}

/**
 * Issues units of a stock in one process, from a parcel that is its own. A unit is handed out once it is written down in the
 * data centre's store, with all others that were asked for during the trip before: that is what makes the same claimant get the
 * same answer everywhere in the data centre, and what a crash leaves exact.
 */
export class Issuer {
  /** Of this process and no later one. */
  readonly #holder = randomId()
  #waiting: Waiting[] = []
  #busy = false
  #parcel: Held | undefined
  #emptyUntilMs = Number.NEGATIVE_INFINITY

  constructor(private readonly options: IssuerOptions) {}

  /** What can be issued without asking for more. */
  get left(): number {
    const { clock } = this.options
    return this.#parcel && clock.monotonicMs() < this.#parcel.untilMs ? this.#parcel.left : 0
  }

  /**
   * One unit for the claimant, the same one each time; undefined when there is none to be had here now.
   * @throws AppError BOOKING_UNAVAILABLE when nobody knows whether it was issued (asking again tells), OVERLOADED when too many wait.
   */
  issue(claimant: string): Promise<Issue | undefined> {
    if (this.#waiting.length >= this.options.waitingMax) {
      return Promise.reject(new AppError('OVERLOADED', 'too many claimants wait'))
    }
    return new Promise((done, failed) => {
      this.#waiting.push({ claimant, done, failed })
      if (!this.#busy) void this.#work()
    })
  }

  /** Gives back what was not issued; without it that returns when the lease ends. */
  async close(): Promise<void> {
    const parcel = this.#parcel
    this.#parcel = undefined
    if (parcel) await this.options.store.giveBack(this.options.stock, this.#holder, parcel.number)
  }

  async #work() {
    this.#busy = true
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.options.batchMax)
      try {
        await this.#answer(batch)
      } catch (cause) {
        this.#parcel = undefined
        const error = new AppError('BOOKING_UNAVAILABLE', 'the store of this data centre does not answer', { cause })
        for (const { failed } of batch) failed(error)
      }
    }
    this.#busy = false
  }

  async #answer(batch: Waiting[]) {
    const refused = await this.#record(batch)
    if (refused.length === 0) return
    this.#parcel = undefined
    // The parcel was too small, or is not ours any more: once again with another one, and that is the last word.
    const empty = this.options.clock.monotonicMs() < this.#emptyUntilMs
    for (const { done } of empty ? refused : await this.#record(refused)) done(undefined)
  }

  /** Answers those who got one; returns the others. */
  async #record(batch: Waiting[]): Promise<Waiting[]> {
    const { store, stock } = this.options
    const parcel = await this.#parcelFor(batch.length)
    const claimants = batch.map(({ claimant }) => claimant)
    const { issues, left } = await store.record(stock, this.#holder, parcel?.number ?? 0, claimants)
    if (parcel) this.#parcel = left === undefined ? undefined : { ...parcel, left }
    return batch.filter(({ done }, i) => {
      const issue = issues[i]
      if (issue) done(issue)
      return !issue
    })
  }

  async #parcelFor(wanted: number): Promise<Held | undefined> {
    const { store, stock, clock, parcel, leaseMs, marginMs, emptyMs } = this.options
    if (this.left >= wanted) return this.#parcel
    const sentMs = clock.monotonicMs()
    if (sentMs < this.#emptyUntilMs) return this.#parcel
    const { number, left, forMs } = await store.lease(stock, this.#holder, Math.max(parcel, wanted), leaseMs)
    if (left === 0) this.#emptyUntilMs = sentMs + emptyMs
    // Counted from before it was asked for, so that it ends here before it ends there.
    this.#parcel = left > 0 ? { number, left, untilMs: sentMs + forMs - marginMs } : undefined
    return this.#parcel
  }
}
