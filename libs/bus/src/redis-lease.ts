import { randomId } from '@gala/kernel'
import type { Redis } from 'ioredis'

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

/** A lease in one Redis, for work that two processes may do at once for a moment without harm: it has no fencing token. */
export class RedisLease {
  readonly #token = randomId()

  constructor(
    private readonly redis: Pick<Redis, 'eval'>,
    private readonly key: string,
    /** Whoever has not renewed it for so long is replaced: milliseconds. */
    private readonly leaseMs: number,
  ) {}

  /** Takes or renews it. @returns whether it is held now; undefined while Redis does not answer. */
  async take(): Promise<boolean | undefined> {
    const answer = await this.redis.eval(takeScript, 1, this.key, this.#token, this.leaseMs).catch(() => undefined)
    return answer === undefined ? undefined : answer === 1
  }

  /** @throws when Redis does not answer: it is free when its time is over. */
  async give(): Promise<void> {
    await this.redis.eval(giveScript, 1, this.key, this.#token)
  }
}
