import { defaultRoomSettings, type Event, type Mute, type RoomSettings } from '@gala/contracts'
import { type Database, EventEntity, RoomMuteEntity, RoomSettingsEntity, toMute, toRoomSettings } from '@gala/database'
import { Inject, Injectable } from '@nestjs/common'
import { type EntityManager, In, LessThanOrEqual, MoreThan } from 'typeorm'
import { DATABASE } from '../tokens.js'

/** What the database knows of a room. */
export interface RoomFacts {
  settings: RoomSettings
  title: string
  open: boolean
}

/** Of those an operator sees at once: the ones that last longest. */
const mutesShownMax = 500

@Injectable()
export class RoomsRepository {
  constructor(@Inject(DATABASE) private readonly database: Pick<Database, 'read'>) {}

  /** undefined: there is no such event. */
  async one(room: string, nowMs: number): Promise<(RoomFacts & { mutes: Mute[] }) | undefined> {
    const { value } = await this.database.read(async (manager) => {
      const event = await manager.findOneBy(EventEntity, { id: room })
      if (!event) return undefined
      const mutes = await manager.find(RoomMuteEntity, {
        where: { room, until: MoreThan(new Date(nowMs)) },
        order: { until: 'DESC', viewer: 'ASC' },
        take: mutesShownMax,
      })
      return { ...facts(event, await manager.findOneBy(RoomSettingsEntity, { room })), mutes: mutes.map(toMute) }
    })
    return value
  }

  /** Of these rooms, and of `limit` of those that are open or have settings; only rooms that are events. */
  async many(rooms: readonly string[], limit: number): Promise<Map<string, RoomFacts>> {
    const { value } = await this.database.read(async (manager) => {
      const open = await manager.find(EventEntity, {
        where: { room: 'open' },
        order: { startAt: 'DESC', id: 'ASC' },
        take: limit,
      })
      const set = await manager.find(RoomSettingsEntity, { order: { updatedAt: 'DESC' }, take: limit })
      const ids = [...new Set([...rooms, ...open.map(({ id }) => id), ...set.map(({ room }) => room)])].slice(0, limit)
      const events = await manager.findBy(EventEntity, { id: In(ids) })
      const settings = await manager.findBy(RoomSettingsEntity, { room: In(ids) })
      return events.map((event) => facts(event, settings.find(({ room }) => room === event.id) ?? null))
    })
    return new Map(value.map((of) => [of.settings.room, of]))
  }

  /** Inside a write: the settings, that of a room without any being what every room begins with. */
  async settings(manager: EntityManager, room: string): Promise<RoomSettings> {
    const row = await manager.findOneBy(RoomSettingsEntity, { room })
    return row ? toRoomSettings(row) : defaultRoomSettings(room)
  }

  async saveSettings(manager: EntityManager, settings: RoomSettings, by: { actor: string; at: Date }) {
    const row = { ...settings, chat: settings.chat ? 1 : 0, updatedAt: by.at, updatedBy: by.actor }
    if (settings.version === 1) await manager.insert(RoomSettingsEntity, row)
    else await manager.update(RoomSettingsEntity, { room: settings.room }, row)
  }

  async muteOf(manager: EntityManager, room: string, viewer: string): Promise<Mute | null> {
    const row = await manager.findOneBy(RoomMuteEntity, { room, viewer })
    return row ? toMute(row) : null
  }

  /** Also forgets those of the room that are over. Returns how many hold, without this viewer’s. */
  async countOthers(manager: EntityManager, room: string, viewer: string, nowMs: number): Promise<number> {
    await manager.delete(RoomMuteEntity, { room, until: LessThanOrEqual(new Date(nowMs)) })
    const all = await manager.countBy(RoomMuteEntity, { room })
    return all - (await manager.countBy(RoomMuteEntity, { room, viewer }))
  }

  /** Null: may write again. */
  async setMute(manager: EntityManager, room: string, viewer: string, mute: Mute | null) {
    await manager.delete(RoomMuteEntity, { room, viewer })
    if (mute) await manager.insert(RoomMuteEntity, { ...mute, room, until: new Date(mute.until) })
  }
}

const facts = (
  event: { id: string; title: string; room: Event['room'] },
  row: RoomSettingsEntity | null,
): RoomFacts => ({
  settings: row ? toRoomSettings(row) : defaultRoomSettings(event.id),
  title: event.title,
  open: event.room === 'open',
})
