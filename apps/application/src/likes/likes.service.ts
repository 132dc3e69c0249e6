import { AppError } from '@gala/contracts'
import { Inject, Injectable } from '@nestjs/common'
import { EventsService } from '../events/events.service.js'
import { PARTS, type Parts } from '../parts.js'
import { type ApplicationSignals, SIGNALS } from '../signals.js'
import { type Like, LikesRepository } from './likes.repository.js'

@Injectable()
export class LikesService {
  constructor(
    @Inject(PARTS) private readonly parts: Pick<Parts, 'guarded'>,
    @Inject(SIGNALS) private readonly signals: ApplicationSignals,
    private readonly events: EventsService,
    private readonly likes: LikesRepository,
  ) {}

  /** Takes likes down; they are counted at the client's home. @throws AppError EVENT_NOT_FOUND, BOOKING_UNAVAILABLE. */
  async add(like: Like): Promise<{ accepted: number }> {
    await this.events.find(like.eventId)
    const taken = await this.parts
      .guarded(() => this.likes.take(like))
      .catch((cause: unknown) => {
        throw new AppError('BOOKING_UNAVAILABLE', 'likes cannot be taken down right now', { cause })
      })
    if (!taken) throw new AppError('BOOKING_UNAVAILABLE', 'too many likes are waiting to be booked')
    this.signals.likesTaken(like.count)
    return { accepted: like.count }
  }
}
