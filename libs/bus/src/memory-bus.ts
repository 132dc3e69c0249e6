import type { Change } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import type { ChangeBus, PushedValue } from './bus.js'
import { FollowedBus } from './followed-bus.js'
import { Follower } from './follower.js'

/** A bus within one process, for tests. It passes the same conformance suite as the Redis one. */
export class MemoryBus extends FollowedBus implements ChangeBus {
  /** What can be read again. A test may empty it to play a ring that has turned. */
  ring: Change[] = []
  #announced: number | undefined
  protected readonly follower: Follower

  constructor(private readonly clock: Clock) {
    super()
    this.follower = new Follower(clock, async (after, upTo) =>
      this.ring.filter(({ position }) => position > after && position <= upTo),
    )
  }

  async publish(changes: readonly Change[]) {
    for (const change of changes) {
      this.ring.push(change)
      this.follower.receive(change)
    }
  }

  async forget(_position: number) {}

  async push(value: PushedValue) {
    this.takePushed(value)
  }

  async echo() {}

  async announced() {
    return this.#announced
  }

  async heartbeat(position: number, asOfMs = this.clock.monotonicMs()) {
    this.#announced = Math.max(this.#announced ?? 0, position)
    this.follower.receiveHeartbeat({ position, run: null, asOfMs })
  }

  async close() {}
}
