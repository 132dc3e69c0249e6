import { RedisLease } from '@gala/bus'
import type { Redis } from 'ioredis'

/** Renewed each second; after this without one another process takes over. */
const leaseMs = 4_000

/**
 * Of several pipeline processes of a data centre, one carries lines. Two at once do no harm to what is counted: what one sends twice is
 * cut off, and of two readers one is turned away. So whoever cannot ask goes on.
 */
export class Lease {
  readonly #lease: RedisLease
  #others = false
  /** How often another process has had it before this one. */
  turns = 0

  constructor(redis: Pick<Redis, 'eval'>, key: string) {
    this.#lease = new RedisLease(redis, key, leaseMs)
  }

  /** Whether nobody else is known to hold it. */
  get mine(): boolean {
    return !this.#others
  }

  async take(): Promise<void> {
    const held = (await this.#lease.take()) ?? true
    if (this.#others && held) this.turns++
    this.#others = !held
  }

  async give(): Promise<void> {
    await this.#lease.give()
  }
}
