import type { Clock } from '@gala/kernel'
import type { RoomStore } from '@gala/rooms'

const leaseMs = 3_000
const renewEveryMs = 1_000

/** A lease of work that one process of a data centre does. It is asked for again once a second, however often it is looked at. */
export class StoreLease {
  #token: number | undefined
  #renewAtMs = 0

  constructor(
    private readonly store: RoomStore,
    private readonly clock: Pick<Clock, 'monotonicMs'>,
    /** A room nobody can be in: ids of events have no `@`. */
    private readonly name: `@${string}`,
    private readonly holder: string,
  ) {}

  /** @throws of the store. */
  async holds(): Promise<boolean> {
    const nowMs = this.clock.monotonicMs()
    if (this.#token !== undefined && nowMs < this.#renewAtMs) return true
    this.#token = (await this.store.lease(this.name, this.holder, leaseMs))?.token
    this.#renewAtMs = nowMs + renewEveryMs
    return this.#token !== undefined
  }

  /** The next look asks the store. */
  doubt() {
    this.#renewAtMs = 0
  }

  /** Gives it back, if it is held. @throws of the store. */
  async release(): Promise<void> {
    const token = this.#token
    if (token === undefined) return
    this.#token = undefined
    await this.store.release(this.name, token)
  }
}
