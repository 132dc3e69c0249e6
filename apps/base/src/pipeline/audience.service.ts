import { randomHex } from '@gala/kernel'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { BaseContext } from '../base.config.js'
import type { DcStore } from '../control/dc-stores.js'
import { STORES } from '../tokens.js'

export interface Heard {
  viewers: number | null
  sessions: number | null
}

/**
 * KEYS[1] place for one  KEYS[2] place for all   ARGV HyperLogLogs of the same
 * How many different ones are in all of them together. A HyperLogLog is a text like any other.
 */
const unionScript = `
for i = 1, #ARGV do
  redis.call('SET', KEYS[1], ARGV[i])
  redis.call('PFMERGE', KEYS[2], KEYS[1])
end
local count = redis.call('PFCOUNT', KEYS[2])
redis.call('DEL', KEYS[1], KEYS[2])
return count`

/** Different viewers over all data centres: one who was seen in two of them counts once. */
@Injectable()
export class AudienceService {
  constructor(
    @Inject(STORES) private readonly stores: readonly DcStore[],
    @Inject(APP_CONTEXT) private readonly context: Pick<BaseContext, 'config'>,
  ) {}

  /** Of a minute of an event; null of none, and when no data centre says anything. */
  async of(event: string | undefined, minuteMs: number): Promise<Heard> {
    if (event === undefined) return { viewers: null, sessions: null }
    const key = `${this.context.config.GALA_KEY_PREFIX}audience:{${event}}`
    const [viewers, sessions] = await Promise.all([
      this.#union(`${key}:viewers:${minuteMs}`),
      this.#union(`${key}:sessions:${minuteMs}`),
    ])
    return { viewers, sessions }
  }

  async #union(key: string): Promise<number | null> {
    const found = await Promise.all(this.stores.map(({ redis }) => redis.getBuffer(key).catch(() => undefined)))
    const [own] = this.stores
    // A data centre that does not answer has viewers nobody can count now.
    if (!own || found.every((each) => each === undefined)) return null
    const logs = found.filter((each) => each !== null && each !== undefined)
    if (logs.length === 0) return 0
    const place = `${key}:merged:${randomHex(8)}`
    const count = await own.redis.eval(unionScript, 2, place, `${place}:all`, ...logs).catch(() => undefined)
    return count === undefined ? null : Number(count)
  }
}
