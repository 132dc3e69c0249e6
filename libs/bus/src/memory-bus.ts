import type { Change } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import type { ChangeBus } from './bus.js'
import { Follower } from './follower.js'

/** A bus within one process, for tests. It passes the same conformance suite as the Redis one. */
export class MemoryBus implements ChangeBus {
  /** What can be read again. A test may empty it to play a ring that has turned. */
  ring: Change[] = []
  readonly #follower: Follower

  constructor(private readonly clock: Clock) {
    this.#follower = new Follower(clock, async (after, upTo) =>
      this.ring.filter(({ position }) => position > after && position <= upTo),
    )
  }

  get live() {
    return this.#follower.live
  }

  get vouchedAtMs() {
    return this.#follower.vouchedAtMs
  }

  get appliedPosition() {
    return this.#follower.position
  }

  get newestPosition() {
    return this.#follower.newest
  }

  get revision() {
    return this.#follower.revision
  }

  get floor() {
    return this.#follower.floor
  }

  async publish(change: Change) {
    this.ring.push(change)
    this.#follower.receive(change)
  }

  async heartbeat(position: number, asOfMs = this.clock.monotonicMs()) {
    this.#follower.receiveHeartbeat({ position, run: null, asOfMs })
  }

  subscribe(take: (change: Change) => void) {
    return this.#follower.add(take)
  }

  async close() {}
}
