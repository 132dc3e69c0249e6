import { type Bootstrap, cutMark, publicApi, type SwitchKey } from '@gala/contracts'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { ApplicationContext } from '../application.config.js'
import { EventsService } from '../events/events.service.js'
import { samplingOf } from '../pingbacks/sampling.js'
import { PlaybackService } from '../playback/playback.service.js'
import { ProgrammesService } from '../programmes/programmes.service.js'
import { StatsService } from '../stats/stats.service.js'

@Injectable()
export class BootstrapService {
  constructor(
    @Inject(APP_CONTEXT) private readonly context: ApplicationContext,
    private readonly events: EventsService,
    private readonly playback: PlaybackService,
    private readonly programmes: ProgrammesService,
    private readonly stats: StatsService,
  ) {}

  /**
   * Everything the first screen needs. Only the event itself is indispensable: any other part that fails or is switched off is
   * left out, and `features` says what a front end should not ask for. @throws AppError EVENT_NOT_FOUND, DATABASE_UNAVAILABLE.
   */
  async read(eventId: string) {
    const { switches } = this.context
    const isOff = (...keys: SwitchKey[]) => keys.find((key) => switches.rung(key) === 'omit')
    const off = { programmes: isOff('programmes', 'bootstrap-programmes'), stats: isOff('stats', 'bootstrap-stats') }
    const event = await this.events.find(eventId)
    const [play, programmes, stats] = await Promise.allSettled([
      this.playback.play(eventId, { protocol: 'hls', isp: undefined }),
      off.programmes ? undefined : this.programmes.now(eventId),
      off.stats ? undefined : this.stats.read(eventId),
    ])
    const failed = Object.entries({ play, programmes, stats })
      .filter(([, part]) => part.status === 'rejected')
      .map(([name]) => `${name}-unavailable`)
    const order = settled(programmes)
    const counts = settled(stats)
    const value: Bootstrap = {
      event: event.value,
      play: settled(play)?.play ?? null,
      programmes: order?.order ?? null,
      stats: counts?.stats ?? null,
      features: {
        play: settled(play)?.play.available ?? false,
        programmes: programmes.status === 'fulfilled' && !isOff('programmes'),
        stats: stats.status === 'fulfilled' && !isOff('stats'),
        likes: !isOff('likes') && stats.status === 'fulfilled' && !counts?.old,
        rooms: !isOff('rooms'),
        chat: !isOff('rooms', 'chat'),
      },
      pingbacks: isOff('pingbacks') ? null : this.#pingbacks(),
    }
    const cut = Object.values(off).flatMap((key) => (key ? cutMark(key, 'omit') : []))
    return { value, made: [event, ...(order?.made ?? [])], degraded: [...failed, ...cut] }
  }

  /** Nothing is asked for where nobody would take it down. */
  #pingbacks(): Bootstrap['pingbacks'] {
    const { config, shedding } = this.context
    if (config.GALA_SPOOL_DIR === undefined) return null
    return { oneIn: samplingOf(config.GALA_PINGBACKS_ONE_IN, shedding).sampleOneIn, url: publicApi.pingbacks.add.path }
  }
}

const settled = <T>(part: PromiseSettledResult<T>): T | undefined =>
  part.status === 'fulfilled' ? part.value : undefined
