import { randomId } from '@gala/kernel'
import type { Redis } from 'ioredis'

/** Renewed each second; after this without one another process takes over. */
const leaseMs = 4_000

/** KEYS[1] lease   ARGV[1] token  ARGV[2] lifetime in ms   Returns 1 when the lease is held by the token now. */
const takeScript = `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`

/** KEYS[1] lease   ARGV[1] token */
const giveScript = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`

/**
 * Of several pipeline processes of a data centre, one carries lines. Two at once do no harm to what is counted: what one sends twice is
 * cut off, and of two readers one is turned away. So whoever cannot ask goes on.
 */
export class Lease {
  readonly #token = randomId()
  #others = false
  /** How often another process has had it before this one. */
  turns = 0

  constructor(
    private readonly redis: Pick<Redis, 'eval'>,
    private readonly key: string,
  ) {}

  /** Whether nobody else is known to hold it. */
  get mine(): boolean {
    return !this.#others
  }

  async take(): Promise<void> {
    const answer = await this.redis.eval(takeScript, 1, this.key, this.#token, leaseMs).catch(() => 1)
    if (this.#others && answer === 1) this.turns++
    this.#others = answer !== 1
  }

  async give(): Promise<void> {
    await this.redis.eval(giveScript, 1, this.key, this.#token)
  }
}
