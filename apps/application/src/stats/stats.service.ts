import { AppError, type Stats } from '@gala/contracts'
import { oneAtATime, randomUnit } from '@gala/kernel'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common'
import type { Redis } from 'ioredis'
import { LRUCache } from 'lru-cache'
import type { ApplicationContext } from '../application.config.js'
import { EventsService } from '../events/events.service.js'
import { PARTS, type Parts } from '../parts.js'
import { type ApplicationSignals, SIGNALS } from '../signals.js'
import { CountersRepository, type Share } from './counters.repository.js'

/** Counts are read from Redis at most this often per event and process. */
const readEveryMs = 500
/** Counts this old may stand in while Redis is away. */
const oldestMs = 60_000
const exchangeEveryMs = 1_000
/** Of an event nothing is counted for: `online` falls by itself. Nobody takes it for old meanwhile. */
const exchangeQuietEveryMs = 3_000
/** A peer far away answers these in one way there and back. */
const toldTogether = 32
/** Five missed exchanges. */
const shareOldMs = 5_000
const eventsMax = 10_000

interface Reading {
  stats: Stats
  /** True when Redis could not be asked and these are the last known counts. */
  old: boolean
}

interface Memo {
  reading: Promise<Reading>
  atMs: number
  last: Reading | undefined
}

@Injectable()
export class StatsService implements OnApplicationBootstrap {
  /** When the others were last told of an event. */
  #toldMs = new Map<string, number>()
  readonly #memo = new LRUCache<string, Memo>({ max: eventsMax })

  constructor(
    @Inject(PARTS) private readonly parts: Parts,
    @Inject(APP_CONTEXT) private readonly context: ApplicationContext,
    @Inject(SIGNALS) private readonly signals: ApplicationSignals,
    private readonly counters: CountersRepository,
    private readonly events: EventsService,
  ) {}

  onApplicationBootstrap() {
    const exchange = oneAtATime(() => this.exchange())
    this.context.health.onDrain(this.context.clock.every(exchangeEveryMs, () => void exchange()))
  }

  /** Counts over all data centres. @throws AppError EVENT_NOT_FOUND; COUNTERS_UNAVAILABLE when nothing is known. */
  async read(eventId: string) {
    const event = await this.events.find(eventId)
    return { ...(await this.#remembered(eventId)), event }
  }

  async beat(eventId: string, clientId: string, sessionId: string, playing: boolean) {
    await this.events.find(eventId)
    await this.parts
      .guarded(() => this.counters.beat(eventId, clientId, sessionId, playing))
      .catch((cause: unknown) => {
        throw new AppError('COUNTERS_UNAVAILABLE', 'the beat could not be counted', { cause })
      })
    // Spread, so that a crowd which came in one minute does not beat in one second for the rest of the night.
    return { nextBeatMs: Math.round(25_000 + randomUnit() * 10_000) }
  }

  /**
   * Tells every other data centre what this one has counted: each second of what something was counted for in it, of the rest
   * now and then. A peer that does not answer hears it next time.
   */
  async exchange(): Promise<void> {
    const peers = [...this.parts.redisOf].filter(([dc]) => dc !== this.context.config.GALA_DC)
    if (peers.length === 0) return
    try {
      const before = this.#toldMs
      this.#toldMs = new Map()
      const due: string[] = []
      for (const { eventId, countedMs } of await this.counters.activeEvents()) {
        const toldMs = before.get(eventId) ?? Number.NEGATIVE_INFINITY
        // What is counted while it is told may have come too late for it.
        const quiet = countedMs < toldMs - exchangeEveryMs
        if (quiet && this.context.clock.nowMs() - toldMs < exchangeQuietEveryMs) this.#toldMs.set(eventId, toldMs)
        else due.push(eventId)
      }
      // Asked together they leave together: one message to each Redis instead of one for each event.
      for (let i = 0; i < due.length; i += toldTogether) {
        await Promise.all(due.slice(i, i + toldTogether).map((eventId) => this.#tell(eventId, peers)))
      }
    } catch {
      this.signals.redisFailed()
    }
  }

  async #tell(eventId: string, peers: readonly (readonly [string, Redis])[]) {
    const nowMs = this.context.clock.nowMs()
    const share = await this.counters.own(eventId)
    const heard = await Promise.all(
      peers.map(([, peer]) =>
        this.counters.tell(peer, eventId, share).then(
          () => true,
          () => {
            this.signals.peerFailed()
            return false
          },
        ),
      ),
    )
    if (heard.every(Boolean)) this.#toldMs.set(eventId, nowMs)
  }

  #remembered(eventId: string): Promise<Reading> {
    const nowMs = this.context.clock.monotonicMs()
    const memo = this.#memo.get(eventId)
    if (memo && nowMs - memo.atMs < readEveryMs) return memo.reading
    const next: Memo = { atMs: nowMs, last: memo?.last, reading: this.#read(eventId, memo?.last) }
    this.#memo.set(eventId, next)
    next.reading.then(
      (reading) => {
        next.last = reading
      },
      () => this.signals.redisFailed(),
    )
    return next.reading
  }

  async #read(eventId: string, last: Reading | undefined): Promise<Reading> {
    try {
      const { own, others } = await this.parts.guarded(() => this.counters.everywhere(eventId))
      return { stats: this.#sum(eventId, own, others), old: false }
    } catch (cause) {
      const ageMs = this.context.clock.nowMs() - Date.parse(last?.stats.asOf ?? '1970-01-01')
      if (last && ageMs <= oldestMs) return { stats: { ...last.stats, partial: true }, old: true }
      throw new AppError('COUNTERS_UNAVAILABLE', 'the counters cannot be read right now', { cause })
    }
  }

  #sum(eventId: string, own: Share, others: ReadonlyMap<string, Share>): Stats {
    const expected = [...this.parts.redisOf.keys()].filter((dc) => dc !== this.context.config.GALA_DC)
    const shares = expected.map((dc) => others.get(dc))
    const known = [own, ...shares.filter((share) => share !== undefined)]
    const total = (field: 'likes' | 'plays' | 'online') => known.reduce((sum, share) => sum + share[field], 0)
    return {
      eventId,
      online: total('online'),
      plays: total('plays'),
      likes: total('likes'),
      partial: this.#someoneMissing(own, shares),
      asOf: new Date(own.asOfMs).toISOString(),
    }
  }

  /** Nobody has to report on an event nothing has happened at yet. */
  #someoneMissing(own: Share, shares: (Share | undefined)[]): boolean {
    const quiet = own.likes + own.plays + own.online === 0 && shares.every((share) => share === undefined)
    return !quiet && shares.some((share) => !share || own.asOfMs - share.asOfMs > shareOldMs)
  }
}
