import { RedisLease } from '@gala/bus'
import type { Redis } from 'ioredis'

/** Renewed at every look, twice a second; after this without one another base process takes over. */
const leaseMs = 2_000

/** Of several base processes of a data centre, one acts. What it does is ordered by version, so a second one for a moment does no harm. */
export class Lease {
  readonly #lease: RedisLease
  #held = false

  constructor(redis: Pick<Redis, 'eval'>, key: string) {
    this.#lease = new RedisLease(redis, key, leaseMs)
  }

  /**
   * Takes or renews it. While Redis does not answer, whoever held it goes on holding it: nobody else can get it, and what is
   * seen in the meantime counts when Redis is back.
   */
  async take(): Promise<boolean> {
    this.#held = (await this.#lease.take()) ?? this.#held
    return this.#held
  }

  async give(): Promise<void> {
    this.#held = false
    await this.#lease.give()
  }
}
