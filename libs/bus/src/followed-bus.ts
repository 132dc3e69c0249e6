import type { Change } from '@gala/contracts'
import type { ChangeBus } from './bus.js'
import type { Follower } from './follower.js'

/** The receiving half of a bus, as every adapter takes it from its follower. */
export abstract class FollowedBus implements Omit<ChangeBus, 'publish' | 'heartbeat' | 'announced' | 'close'> {
  protected abstract readonly follower: Follower

  get live() {
    return this.follower.live
  }

  get vouchedAtMs() {
    return this.follower.vouchedAtMs
  }

  get appliedPosition() {
    return this.follower.position
  }

  get newestPosition() {
    return this.follower.newest
  }

  get revision() {
    return this.follower.revision
  }

  get floor() {
    return this.follower.floor
  }

  subscribe(take: (change: Change) => void) {
    return this.follower.add(take)
  }
}
