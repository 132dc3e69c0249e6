import { tags } from '@gala/contracts'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { ApplicationContext } from '../application.config.js'
import { EventsService } from '../events/events.service.js'
import { PARTS, type Parts } from '../parts.js'
import { freshMs, staleMs } from '../policy.js'
import { ProgrammesRepository } from './programmes.repository.js'
import { atMoment, nextChangeMs } from './running-order.js'

@Injectable()
export class ProgrammesService {
  constructor(
    @Inject(PARTS) private readonly parts: Parts,
    @Inject(APP_CONTEXT) private readonly context: ApplicationContext,
    private readonly events: EventsService,
    private readonly repository: ProgrammesRepository,
  ) {}

  /** The running order as it stands now, and what it was made from. @throws AppError EVENT_NOT_FOUND. */
  async now(eventId: string) {
    const event = await this.events.find(eventId)
    const made = [tags.programmes(eventId)]
    const stored = await this.parts.cache.getOrLoad({
      kind: 'programmes',
      key: `programmes:${eventId}`,
      tags: made,
      freshMs,
      staleMs,
      load: async (atLeast) => ({ ...(await this.repository.find(eventId, atLeast)), tags: made }),
    })
    const { version, programmes } = stored.value
    const nowMs = this.context.clock.nowMs()
    const changeMs = nextChangeMs(programmes, nowMs)
    return {
      order: atMoment(event.value, version, programmes, nowMs),
      made: [event, stored],
      /** How long it stands like that, if nobody edits it. */
      freshMs: changeMs === undefined ? undefined : changeMs - nowMs,
    }
  }
}
