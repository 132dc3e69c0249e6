import type { Cached } from '@gala/cache'
import { AppError, type RoomSettings, tags } from '@gala/contracts'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { ApplicationContext } from '../application.config.js'
import { EventsService } from '../events/events.service.js'
import { PARTS, type Parts } from '../parts.js'
import { freshMs, staleMs } from '../policy.js'
import { ChatRepository, type GiftItem, type RoomRules } from './chat.repository.js'

/** What operators have set, as it is known here: in memory, ended by changes. */
@Injectable()
export class RoomRulesService {
  constructor(
    @Inject(PARTS) private readonly parts: Pick<Parts, 'cache'>,
    @Inject(APP_CONTEXT) private readonly context: Pick<ApplicationContext, 'clock'>,
    private readonly events: EventsService,
    private readonly repository: ChatRepository,
  ) {}

  /**
   * Settings of an open room, for a viewer who may say something there.
   * @throws AppError ROOM_NOT_FOUND, ROOM_CLOSED, MUTED; ROOM_UNAVAILABLE when nobody can tell.
   */
  async forViewer(room: string, viewer: string): Promise<RoomSettings> {
    const [event, { settings, mutes }] = await Promise.all([this.#event(room), this.#rules(room)])
    if (event.room !== 'open') throw new AppError('ROOM_CLOSED', `the room ${room} is closed`)
    const untilMs = Object.hasOwn(mutes, viewer) ? (mutes[viewer] ?? 0) : 0
    if (untilMs > this.context.clock.nowMs()) {
      throw new AppError('MUTED', `you may not write here until ${new Date(untilMs).toISOString()}`)
    }
    return settings
  }

  /** What viewers are told of. @throws AppError ROOM_UNAVAILABLE. */
  async settings(room: string): Promise<RoomSettings> {
    return (await this.#rules(room)).settings
  }

  /** What can be given, cheapest first. */
  gifts(): Promise<Cached<GiftItem[]>> {
    const made = [tags.gifts]
    return this.parts.cache.getOrLoad<GiftItem[]>({
      kind: 'gifts',
      key: 'gifts',
      tags: made,
      freshMs,
      staleMs,
      load: async (atLeast) => ({ ...(await this.repository.gifts(atLeast)), tags: made }),
    })
  }

  /** @throws AppError GIFT_UNKNOWN, ROOM_UNAVAILABLE. */
  async gift(kind: string): Promise<GiftItem> {
    const { value } = await this.gifts().catch(notKnown)
    const item = value.find((each) => each.kind === kind)
    if (!item) throw new AppError('GIFT_UNKNOWN', `there is no gift ${kind}`)
    return item
  }

  async #event(room: string) {
    try {
      return (await this.events.find(room)).value
    } catch (error) {
      if (error instanceof AppError && error.code === 'EVENT_NOT_FOUND') {
        throw new AppError('ROOM_NOT_FOUND', `there is no room ${room}`, { cause: error })
      }
      return notKnown(error)
    }
  }

  async #rules(room: string): Promise<RoomRules> {
    const made = [tags.room(room)]
    const found = await this.parts.cache
      .getOrLoad<RoomRules>({
        kind: 'room-rules',
        key: `room-rules:${room}`,
        tags: made,
        freshMs,
        staleMs,
        load: async (atLeast) => {
          return { ...(await this.repository.rules(room, this.context.clock.nowMs(), atLeast)), tags: made }
        },
      })
      .catch(notKnown)
    return found.value
  }
}

/** Who may write is not guessed. */
function notKnown(cause: unknown): never {
  if (cause instanceof AppError && !cause.retryable) throw cause
  throw new AppError('ROOM_UNAVAILABLE', 'what is set for this room cannot be read right now', { cause })
}
