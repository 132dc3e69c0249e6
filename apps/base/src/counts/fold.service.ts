import { activeEvents, activeKey, counterKeys } from '@gala/contracts'
import type { Database } from '@gala/database'
import { oneAtATime } from '@gala/kernel'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common'
import type { BaseContext } from '../base.config.js'
import type { DcStore } from '../control/dc-stores.js'
import { type BaseSignals, SIGNALS } from '../signals.js'
import { DATABASE, STORES } from '../tokens.js'

const foldEveryMs = 5_000
/** Of one statement: no transaction holds up the edits behind it. */
const rowsMax = 200

interface Counted {
  eventId: string
  likes: number
  plays: number
}

/**
 * Writes down what the own data centre has counted, so that a Redis which comes back without its memory goes on from there. Counts
 * only grow: several base processes may write them, in any order, at any time.
 */
@Injectable()
export class FoldService implements OnApplicationBootstrap {
  /** As last written, by event. */
  #written = new Map<string, Counted>()

  constructor(
    @Inject(DATABASE) private readonly database: Pick<Database, 'onWriter'>,
    @Inject(STORES) private readonly stores: readonly Pick<DcStore, 'redis'>[],
    @Inject(APP_CONTEXT) private readonly context: Pick<BaseContext, 'clock' | 'config' | 'health'>,
    @Inject(SIGNALS) private readonly signals: Pick<BaseSignals, 'countsWritten' | 'countsFailed'>,
  ) {}

  onApplicationBootstrap() {
    const { clock, health } = this.context
    const fold = oneAtATime(() => this.fold().catch(this.signals.countsFailed))
    health.onDrain(clock.every(foldEveryMs, () => void fold()))
  }

  async fold(): Promise<void> {
    const counted = await this.#counted()
    const held = this.#written
    const changed = counted.filter(({ eventId, likes, plays }) => {
      const last = held.get(eventId)
      return !last || last.likes !== likes || last.plays !== plays
    })
    for (let at = 0; at < changed.length; at += rowsMax) await this.#write(changed.slice(at, at + rowsMax))
    this.#written = new Map(counted.map((each) => [each.eventId, each]))
    this.signals.countsWritten(changed.length)
  }

  async #counted(): Promise<Counted[]> {
    const redis = this.stores[0]?.redis
    if (!redis) return []
    const { GALA_KEY_PREFIX: prefix } = this.context.config
    const sinceMs = this.context.clock.nowMs() - activeEvents.withinMs
    const ids = await redis.zrevrangebyscore(activeKey(prefix), '+inf', sinceMs, 'LIMIT', 0, activeEvents.max)
    return await Promise.all(
      ids.map(async (eventId) => {
        const keys = counterKeys(prefix, eventId)
        const [likes, plays, before] = await Promise.all([
          redis.get(keys.likes),
          redis.pfcount(keys.plays),
          redis.get(keys.playsBefore),
        ])
        return { eventId, likes: Number(likes ?? 0), plays: Math.max(plays, Number(before ?? 0)) }
      }),
    )
  }

  async #write(counted: readonly Counted[]) {
    const { config, clock } = this.context
    const asOf = new Date(clock.nowMs())
    const rows = counted.map(({ eventId, likes, plays }) => [eventId, config.GALA_DC, likes, plays, asOf])
    await this.database.onWriter((manager) =>
      manager.query(
        `INSERT INTO event_counts (event_id, dc, likes, plays, as_of) VALUES ${rows.map(() => '(?, ?, ?, ?, ?)').join(', ')}
         ON DUPLICATE KEY UPDATE likes = GREATEST(likes, VALUES(likes)), plays = GREATEST(plays, VALUES(plays)),
         as_of = GREATEST(as_of, VALUES(as_of))`,
        rows.flat(),
      ),
    )
  }
}
