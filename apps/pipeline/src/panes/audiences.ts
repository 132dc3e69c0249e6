import type { Redis } from 'ioredis'
import type { Commit } from './pane-store.js'
import type { Audience } from './pane-sums.js'

/** Tells how many different viewers and sessions a minute of an event has had. Hearing of one again changes nothing. */
export interface Audiences {
  /** Never throws: what it cannot tell is left out, and the lake counts exactly anyway. */
  hear(audiences: readonly Audience[]): Promise<Commit['audiences']>
}

/** Of a minute: somewhat longer than lines that come late are waited for. Some 12 KB for each event and minute with a crowd. */
const minuteKeptS = 5_400
const eventKeptS = 7 * 86_400
/** Members of one command. */
const membersMax = 1_000

/**
 * HyperLogLogs in the data centre's Redis, within one percent: `audience:{EVENT}:viewers:MINUTE`, `audience:{EVENT}:sessions:MINUTE`, and
 * `audience:{EVENT}:viewers` over the whole event. Those of all data centres can be merged.
 */
export class RedisAudiences implements Audiences {
  constructor(
    private readonly redis: Pick<Redis, 'pfadd' | 'pfcount' | 'expire'>,
    private readonly prefix: string,
    private readonly onError: (error: unknown) => void,
  ) {}

  async hear(audiences: readonly Audience[]): Promise<Commit['audiences']> {
    const heard = await Promise.all(
      audiences.map(async ({ event, minuteMs, viewers, sessions }) => {
        const keys = `${this.prefix}audience:{${event}}`
        const counts = await Promise.all([
          this.#add(`${keys}:viewers:${minuteMs}`, viewers, minuteKeptS),
          this.#add(`${keys}:sessions:${minuteMs}`, sessions, minuteKeptS),
          this.#add(`${keys}:viewers`, viewers, eventKeptS),
        ]).catch((error: unknown) => {
          this.onError(error)
          return undefined
        })
        return counts && { event, minuteMs, viewers: counts[0], sessions: counts[1] }
      }),
    )
    return heard.filter((each) => each !== undefined)
  }

  async #add(key: string, members: ReadonlySet<string>, keptS: number): Promise<number> {
    const all = [...members]
    for (let at = 0; at < all.length; at += membersMax) await this.redis.pfadd(key, ...all.slice(at, at + membersMax))
    await this.redis.expire(key, keptS)
    return await this.redis.pfcount(key)
  }
}
