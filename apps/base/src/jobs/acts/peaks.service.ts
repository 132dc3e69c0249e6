import type { Traffic } from '@gala/contracts'
import { type Database, EventEntity } from '@gala/database'
import { oneAtATime } from '@gala/kernel'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common'
import { In } from 'typeorm'
import type { BaseContext } from '../../base.config.js'
import { ProcessSampler } from '../../switches/process-sampler.service.js'
import { DATABASE } from '../../tokens.js'
import { JOB_SIGNALS, type jobSignals } from '../job-signals.js'
import { Scheduling } from '../scheduling.service.js'
import { AudiencePages } from './audience-pages.js'
import type { PeakName } from './peaks.js'

/** A rush lasts longer than this. */
const lookEveryMs = 10_000
/** At the same time. */
const eventsMax = 20
const onAir = ['preheat', 'live', 'paused'] as const

interface Seen {
  event: string
  name: PeakName
  value: number
}

/** Writes down the highest there was of what an event is about, for its report. Whoever hands out global jobs does it. */
@Injectable()
export class PeaksService implements OnApplicationBootstrap {
  /** Likes of each event, as last asked for. */
  #likes = new Map<string, { count: number; atMs: number }>()

  constructor(
    @Inject(DATABASE) private readonly database: Pick<Database, 'read' | 'onWriter'>,
    @Inject(APP_CONTEXT) private readonly context: Pick<BaseContext, 'clock' | 'health'>,
    @Inject(JOB_SIGNALS) private readonly tell: Pick<ReturnType<typeof jobSignals>, 'peaksFailed'>,
    private readonly pages: AudiencePages,
    private readonly sampler: ProcessSampler,
    private readonly scheduling: Scheduling,
  ) {}

  onApplicationBootstrap() {
    const { clock, health } = this.context
    const look = oneAtATime(() => this.look().catch(this.tell.peaksFailed))
    health.onDrain(clock.every(lookEveryMs, () => void look()))
  }

  async look(): Promise<void> {
    if (!this.scheduling.leads) return
    const { value: events } = await this.database.read((manager) =>
      manager.find(EventEntity, { where: { status: In([...onAir]) }, order: { startAt: 'DESC' }, take: eventsMax }),
    )
    const traffic = this.sampler.traffic()
    const seen = (await Promise.all(events.map(({ id }) => this.#of(id, traffic)))).flat()
    const known = new Set(events.map(({ id }) => id))
    for (const id of this.#likes.keys()) if (!known.has(id)) this.#likes.delete(id)
    if (seen.length > 0) await this.#keep(seen)
  }

  async #of(event: string, traffic: readonly Traffic[]): Promise<Seen[]> {
    const stats = (await this.pages.stats(event)).find(({ value }) => value !== null && !value.partial)?.value
    const nowMs = this.context.clock.monotonicMs()
    const before = this.#likes.get(event)
    if (stats) this.#likes.set(event, { count: stats.likes, atMs: nowMs })
    const likes =
      stats && before ? Math.max(0, ((stats.likes - before.count) * 1_000) / (nowMs - before.atMs)) : undefined
    const perS = traffic.reduce((sum, each) => sum + each.perS, 0)
    const p99Ms = Math.max(...traffic.flatMap((each) => each.p99Ms ?? []))
    const found: [PeakName, number | undefined][] = [
      ['online', stats?.online],
      ['likes a second', likes],
      ['requests a second, of all events', perS],
      ['time to answer, 99 of 100, of all events', p99Ms],
    ]
    return found.flatMap(([name, value]) =>
      value === undefined || !Number.isFinite(value) || value <= 0 ? [] : [{ event, name, value }],
    )
  }

  async #keep(seen: readonly Seen[]) {
    const at = new Date(this.context.clock.nowMs())
    await this.database.onWriter((manager) =>
      manager.query(
        `INSERT INTO event_peaks (event_id, name, value, at) VALUES ${seen.map(() => '(?, ?, ?, ?)').join(', ')}
         ON DUPLICATE KEY UPDATE at = IF(VALUES(value) > value, VALUES(at), at), value = GREATEST(value, VALUES(value))`,
        seen.flatMap(({ event, name, value }) => [event, name, value, at]),
      ),
    )
  }
}
