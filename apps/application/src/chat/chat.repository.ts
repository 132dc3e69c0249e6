import { defaultRoomSettings, type RoomSettings } from '@gala/contracts'
import {
  type Database,
  GiftEntity,
  type Positioned,
  RoomMuteEntity,
  RoomSettingsEntity,
  toRoomSettings,
} from '@gala/database'
import { Inject, Injectable } from '@nestjs/common'
import { MoreThan } from 'typeorm'
import { PARTS } from '../parts.js'

/** What operators have set for a room. */
export interface RoomRules {
  settings: RoomSettings
  /** Until when who may not write, Unix milliseconds by viewer. */
  mutes: Record<string, number>
}

export interface GiftItem {
  kind: string
  title: string
  /** Of one, in the smallest unit. */
  value: number
}

/** Operators can mute 5,000 viewers of a room at a time; those who are muted longest come first. */
const mutesMax = 10_000
const giftsMax = 100

@Injectable()
export class ChatRepository {
  readonly #database: Pick<Database, 'read'>

  constructor(@Inject(PARTS) parts: { database: Pick<Database, 'read'> }) {
    this.#database = parts.database
  }

  /** `nowMs`: mutes that are over by then are left out. */
  rules(room: string, nowMs: number, atLeast: number): Promise<Positioned<RoomRules>> {
    return this.#database.read(async (manager) => {
      const row = await manager.findOneBy(RoomSettingsEntity, { room })
      const where = { room, until: MoreThan(new Date(nowMs)) }
      const muted = await manager.find(RoomMuteEntity, { where, order: { until: 'DESC' }, take: mutesMax })
      const mutes = Object.fromEntries(muted.map(({ viewer, until }) => [viewer, until.getTime()]))
      return { settings: row ? toRoomSettings(row) : defaultRoomSettings(room), mutes }
    }, atLeast)
  }

  /** What can be given, cheapest first. */
  gifts(atLeast: number): Promise<Positioned<GiftItem[]>> {
    return this.#database.read(async (manager) => {
      const rows = await manager.find(GiftEntity, {
        where: { active: 1 },
        order: { value: 'ASC', sort: 'ASC' },
        take: giftsMax,
      })
      return rows.map(({ kind, title, value }) => ({ kind, title, value }))
    }, atLeast)
  }
}
