import { randomId } from '@gala/kernel'
import type { Redis } from 'ioredis'

/** Renewed at every look, twice a second; after this without one another base process takes over. */
const leaseMs = 2_000

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

/** Of several base processes of a data centre, one acts. What it does is ordered by version, so a second one for a moment does no harm. */
export class Lease {
  readonly #token = randomId()
  #held = false

  constructor(
    private readonly redis: Pick<Redis, 'eval'>,
    private readonly key: string,
  ) {}

  /**
   * Takes or renews it. While Redis does not answer, whoever held it goes on holding it: nobody else can get it, and what is
   * seen in the meantime counts when Redis is back.
   */
  async take(): Promise<boolean> {
    const answer = await this.redis.eval(takeScript, 1, this.key, this.#token, leaseMs).catch(() => undefined)
    if (answer !== undefined) this.#held = answer === 1
    return this.#held
  }

  async give(): Promise<void> {
    this.#held = false
    await this.redis.eval(giveScript, 1, this.key, this.#token)
  }
}
