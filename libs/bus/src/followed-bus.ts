import type { Change } from '@gala/contracts'
import type { ChangeBus, PushedValue } from './bus.js'
import type { Follower } from './follower.js'

/** The receiving half of a bus, as every adapter takes it from its follower. */
export abstract class FollowedBus
  implements Omit<ChangeBus, 'publish' | 'heartbeat' | 'forget' | 'announced' | 'push' | 'echo' | 'close'>
{
  protected abstract readonly follower: Follower
  readonly #takers: ((value: PushedValue) => void)[] = []

  get live() {
    return this.follower.live
  }

  get vouchedAtMs() {
    return this.follower.vouchedAtMs
  }

  get appliedPosition() {
    return this.follower.position
  }

  get announcedPosition() {
    return this.follower.announced
  }

  get counts() {
    return this.follower.counts
  }

  get revision() {
    return this.follower.revision
  }

  get floor() {
    return this.follower.floor
  }

  onPush(take: (value: PushedValue) => void) {
    this.#takers.push(take)
  }

  protected takePushed(value: PushedValue) {
    for (const take of this.#takers) take(value)
  }

  subscribe(take: (change: Change) => void) {
    return this.follower.add(take)
  }
}
