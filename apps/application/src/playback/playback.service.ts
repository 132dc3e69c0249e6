import { AppError } from '@gala/contracts'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { ApplicationContext } from '../application.config.js'
import { EventsService } from '../events/events.service.js'
import { type Caller, offered, playFor } from './lines.js'

@Injectable()
export class PlaybackService {
  constructor(
    @Inject(APP_CONTEXT) private readonly context: ApplicationContext,
    private readonly events: EventsService,
  ) {}

  /** @throws AppError EVENT_NOT_FOUND, PROTOCOL_NOT_AVAILABLE. */
  async play(eventId: string, caller: Caller) {
    const event = await this.events.find(eventId)
    if (!offered.includes(caller.protocol)) {
      throw new AppError('PROTOCOL_NOT_AVAILABLE', `${caller.protocol} is not offered; there is ${offered.join(', ')}`)
    }
    const { GALA_DC, GALA_EDGE_URLS } = this.context.config
    const edges = GALA_EDGE_URLS.map(({ name, value }) => ({ dc: name, url: value.replace(/\/$/, '') }))
    return { play: playFor(event.value, caller, GALA_DC, edges), made: [event] }
  }
}
