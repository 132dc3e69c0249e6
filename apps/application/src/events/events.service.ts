import type { Cached } from '@gala/cache'
import { AppError, type Event, tags } from '@gala/contracts'
import { Inject, Injectable } from '@nestjs/common'
import { PARTS, type Parts } from '../parts.js'
import { freshMs, staleMs } from '../policy.js'
import { EventsRepository } from './events.repository.js'

@Injectable()
export class EventsService {
  constructor(
    @Inject(PARTS) private readonly parts: Parts,
    private readonly repository: EventsRepository,
  ) {}

  /**
   * The event. That there is none is remembered too, so that guessed ids do not reach the database.
   * @throws AppError EVENT_NOT_FOUND, with what it was made from: access remembers it as well.
   */
  async find(id: string): Promise<Cached<Event>> {
    const made = [tags.event(id)]
    const found = await this.parts.cache.getOrLoad<Event | null>({
      kind: 'event',
      key: `event:${id}`,
      tags: made,
      freshMs,
      staleMs,
      load: async (atLeast) => ({ ...(await this.repository.find(id, atLeast)), tags: made }),
    })
    if (found.value === null) throw new AppError('EVENT_NOT_FOUND', `there is no event ${id}`, { made: found })
    return { ...found, value: found.value }
  }

  page(status: Event['status'] | undefined, page: number, pageSize: number) {
    return this.parts.cache.getOrLoad({
      kind: 'events',
      key: `events:${status ?? ''}:${page}:${pageSize}`,
      tags: [tags.events],
      freshMs,
      staleMs,
      load: async (atLeast) => ({
        ...(await this.repository.page(status, page, pageSize, atLeast)),
        tags: [tags.events],
      }),
    })
  }
}
