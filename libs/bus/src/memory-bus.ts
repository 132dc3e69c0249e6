import type { Change } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import type { BusSubscriber, ChangeBus } from './bus.js'
import { Follower } from './follower.js'

/** A bus within one process, for tests. It passes the same conformance suite as the Redis one. */
export class MemoryBus implements ChangeBus {
  readonly #follower: Follower

  constructor(clock: Clock) {
    this.#follower = new Follower(clock)
  }

  get live() {
    return this.#follower.live
  }

  get appliedPosition() {
    return this.#follower.position
  }

  async publish(change: Change) {
    this.#follower.receive(change)
  }

  async heartbeat(position: number) {
    this.#follower.receiveHeartbeat(position)
  }

  subscribe(subscriber: BusSubscriber) {
    return this.#follower.add(subscriber)
  }

  async close() {}
}
