import type { Bootstrap } from '@gala/contracts'
import { Injectable } from '@nestjs/common'
import { EventsService } from '../events/events.service.js'
import { PlaybackService } from '../playback/playback.service.js'
import { ProgrammesService } from '../programmes/programmes.service.js'
import { StatsService } from '../stats/stats.service.js'

@Injectable()
export class BootstrapService {
  constructor(
    private readonly events: EventsService,
    private readonly playback: PlaybackService,
    private readonly programmes: ProgrammesService,
    private readonly stats: StatsService,
  ) {}

  /**
   * Everything the first screen needs. Only the event itself is indispensable: any other part that fails is left out, and
   * `features` says so. @throws AppError EVENT_NOT_FOUND, DATABASE_UNAVAILABLE.
   */
  async read(eventId: string) {
    const event = await this.events.find(eventId)
    const [play, programmes, stats] = await Promise.allSettled([
      this.playback.play(eventId, { protocol: 'hls', isp: undefined }),
      this.programmes.now(eventId),
      this.stats.read(eventId),
    ])
    const degraded = Object.entries({ play, programmes, stats })
      .filter(([, part]) => part.status === 'rejected')
      .map(([name]) => `${name}-unavailable`)
    const value: Bootstrap = {
      event: event.value,
      play: play.status === 'fulfilled' ? play.value.play : null,
      programmes: programmes.status === 'fulfilled' ? programmes.value.order : null,
      stats: stats.status === 'fulfilled' ? stats.value.stats : null,
      features: {
        play: play.status === 'fulfilled' && play.value.play.available,
        programmes: programmes.status === 'fulfilled',
        stats: stats.status === 'fulfilled',
        likes: stats.status === 'fulfilled' && !stats.value.old,
      },
    }
    const made = [event, ...(programmes.status === 'fulfilled' ? programmes.value.made : [])]
    return { value, made, degraded }
  }
}
