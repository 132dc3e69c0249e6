import { connectRedis } from '@gala/bus'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common'
import type { Redis } from 'ioredis'
import type { ApplicationContext } from '../application.config.js'
import { PARTS, type Parts } from '../parts.js'
import { type ApplicationSignals, SIGNALS } from '../signals.js'
import { homeOf } from './home.js'
import { type InboxEntry, LikesRepository } from './likes.repository.js'

const batchMax = 500
const waitMs = 200
/** An entry nobody confirmed for this long is taken up again: its booker died, or its home did not answer. */
const leftAfterMs = 2_000
const pauseMs = 500

/**
 * Moves likes from this data centre's inbox to their home, where they are counted. Confirmed only after the home has
 * booked them, so a crash in between books again, which adds nothing.
 */
@Injectable()
export class Booker implements OnApplicationBootstrap {
  #lookedForLeftAtMs = Number.NEGATIVE_INFINITY

  constructor(
    @Inject(PARTS) private readonly parts: Pick<Parts, 'redis' | 'redisOf'>,
    @Inject(APP_CONTEXT) private readonly context: ApplicationContext,
    @Inject(SIGNALS) private readonly signals: ApplicationSignals,
    private readonly likes: LikesRepository,
  ) {}

  onApplicationBootstrap() {
    const { health, config } = this.context
    // Its own connection: a waiting read would hold up every other command behind it.
    const blocking = connectRedis(config.GALA_REDIS_URL, this.signals.redisFailed, waitMs + 1_000)
    const stopped = new AbortController()
    const running = this.#run(blocking, stopped.signal)
    health.onDrain(async () => {
      stopped.abort()
      await running
      blocking.disconnect()
    })
  }

  async #run(blocking: Redis, stopped: AbortSignal) {
    await this.likes.openInbox().catch(this.signals.redisFailed)
    while (!stopped.aborted) {
      try {
        await this.round(blocking)
      } catch {
        this.signals.bookingPaused()
        await this.context.clock.sleep(pauseMs, stopped)
        await this.likes.openInbox().catch(this.signals.redisFailed)
      }
    }
  }

  /** Takes what is there and books it. Entries whose home does not answer stay in the inbox. */
  async round(blocking: Redis): Promise<void> {
    const nowMs = this.context.clock.monotonicMs()
    if (nowMs - this.#lookedForLeftAtMs >= leftAfterMs) {
      this.#lookedForLeftAtMs = nowMs
      await this.#book(await this.likes.left(batchMax, leftAfterMs))
      this.signals.inboxLength(await this.likes.inboxLength())
    }
    await this.#book(await this.likes.next(blocking, batchMax, waitMs))
  }

  async #book(entries: readonly InboxEntry[]) {
    const dcs = [...this.parts.redisOf.keys()]
    const byHome = Map.groupBy(entries, ({ clientId }) => homeOf(clientId, dcs))
    await Promise.all([...byHome].map(([home, its]) => this.#bookAt(home, its)))
  }

  async #bookAt(home: string, entries: readonly InboxEntry[]) {
    const redis = this.parts.redisOf.get(home)
    if (!redis) return
    for (const [eventId, likes] of Map.groupBy(entries, (entry) => entry.eventId)) {
      try {
        const { added, repeated } = await this.likes.book(home, redis, eventId, likes)
        await this.likes.confirm(likes)
        this.signals.likesBooked(likes.length, repeated, added)
      } catch {
        this.signals.bookingPaused()
      }
    }
  }
}
