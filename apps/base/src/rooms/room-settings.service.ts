import { AppError, fieldRefused, type opsApi, type RoomSettings, type RouteInput, tags } from '@gala/contracts'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { EntityManager } from 'typeorm'
import { type Act, AuditRepository } from '../audit/audit.repository.js'
import type { BaseContext } from '../base.config.js'
import { EventsRepository } from '../events/events.repository.js'
import { OperatorWrites } from '../writes/operator-writes.js'
import { RoomsRepository } from './rooms.repository.js'

type Edit = RouteInput<typeof opsApi.rooms.save>['body']
type MuteGiven = RouteInput<typeof opsApi.rooms.mute>['body']

/** Every process that accepts messages holds all of a room's: some 100 bytes each. More need another cure than single mutes. */
const mutesMax = 5_000

/** Settings and mutes of rooms. Every order is one transaction: the row, its audit, its announcement. */
@Injectable()
export class RoomSettingsService {
  constructor(
    private readonly writes: OperatorWrites,
    @Inject(APP_CONTEXT) private readonly context: Pick<BaseContext, 'clock'>,
    private readonly rooms: RoomsRepository,
    private readonly events: EventsRepository,
    private readonly audit: AuditRepository,
  ) {}

  /** What is left out stays. @throws AppError ROOM_NOT_FOUND, STALE_VERSION with what is there now. */
  async save(room: string, { expectedVersion, reason, onHit, slowS, chat }: Edit, actor: Act['actor']) {
    const { value } = await this.writes.write(actor, async (manager, position) => {
      await this.#mustExist(manager, room)
      const before = await this.rooms.settings(manager, room)
      if (before.version !== expectedVersion) {
        const detail = `expected version ${expectedVersion}, but it is at version ${before.version}`
        throw new AppError('STALE_VERSION', detail, { current: before })
      }
      const after: RoomSettings = {
        room,
        onHit: onHit ?? before.onHit,
        slowS: slowS ?? before.slowS,
        chat: chat ?? before.chat,
        version: expectedVersion + 1,
      }
      await this.rooms.saveSettings(manager, after, { actor: actor.subject, at: this.#now() })
      await this.audit.done(manager, {
        actor,
        action: 'rooms.save',
        target: `room:${room}`,
        reason,
        ...changed(before, after),
      })
      return { value: { ...after, position }, tags: [tags.room(room)] }
    })
    return value
  }

  /** For some seconds from now, in place of a mute that is there; 0 lets write again. @throws AppError ROOM_NOT_FOUND. */
  async mute(room: string, viewer: string, { seconds, reason }: MuteGiven, actor: Act['actor']) {
    const { value } = await this.writes.write(actor, async (manager, position) => {
      await this.#mustExist(manager, room)
      const at = this.#now()
      const until = new Date(at.getTime() + seconds * 1_000).toISOString()
      const mute = seconds > 0 ? { viewer, until, reason, actor: actor.subject } : null
      const before = await this.rooms.muteOf(manager, room, viewer)
      const others = await this.rooms.countOthers(manager, room, viewer, at.getTime())
      if (mute && others >= mutesMax)
        throw fieldRefused('params.viewer', `${others} viewers are muted in this room, and no more can be`)
      await this.rooms.setMute(manager, room, viewer, mute)
      await this.audit.done(manager, {
        actor,
        action: mute ? 'rooms.mute' : 'rooms.unmute',
        target: `room:${room}`,
        reason,
        before: before && { viewer, until: before.until },
        after: mute && { viewer, until },
      })
      return { value: { mute, position }, tags: [tags.room(room)] }
    })
    return value
  }

  async #mustExist(manager: EntityManager, room: string) {
    if (!(await this.events.found(manager, room))) throw new AppError('ROOM_NOT_FOUND', `there is no room ${room}`)
  }

  #now(): Date {
    return new Date(this.context.clock.nowMs())
  }
}

/** Only what differs. */
function changed(before: RoomSettings, after: RoomSettings) {
  const fields = (['onHit', 'slowS', 'chat'] as const).filter((field) => before[field] !== after[field])
  const only = (of: RoomSettings) => Object.fromEntries(fields.map((field) => [field, of[field]]))
  return { before: only(before), after: only(after) }
}
