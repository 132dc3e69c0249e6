import { AppError, type opsApi, type RoomItem, type RouteReply } from '@gala/contracts'
import type { RoomStore } from '@gala/rooms'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { BaseContext } from '../base.config.js'
import { lookAt, merged, roomDc, viewersOf, waiting } from './room-look.js'
import { RoomStores } from './room-stores.js'
import { RoomsRepository } from './rooms.repository.js'

type Routes = typeof opsApi.rooms

/** Consoles ask each second: what a data centre has not said by then is left out, and that it is. */
const lookWithinMs = 500
/** Whoever is in a room is marked there far more often. */
const activeMs = 60_000
const roomsMax = 200
const messagesMax = 60
const heldMax = 200

/** What goes on in rooms, gathered from every data centre. */
@Injectable()
export class CockpitService {
  constructor(
    @Inject(APP_CONTEXT) private readonly context: Pick<BaseContext, 'clock'>,
    private readonly stores: RoomStores,
    private readonly rooms: RoomsRepository,
  ) {}

  /** Rooms with somebody in them, with settings, or open; busiest first. */
  async list(page: number, pageSize: number): Promise<RouteReply<Routes['list']>> {
    const sinceMs = this.context.clock.nowMs() - activeMs
    // Half of the time each: which rooms there are, and what goes on in them.
    const active = await this.stores.each((store) => store.active(sinceMs), lookWithinMs / 2)
    const known = await this.rooms.many([...new Set(active.flatMap(({ value }) => value ?? []))], roomsMax)
    const ids = [...known.keys()]
    const looks = await this.stores.each((store) => lookAt(store, ids), lookWithinMs / 2)
    const items: RoomItem[] = [...known.values()].map((facts) => ({
      ...facts,
      dcs: looks.map(({ dc, value }) => roomDc(dc, value !== null, value?.get(facts.settings.room))),
    }))
    items.sort((a, b) => viewersOf(b) - viewersOf(a) || (a.settings.room < b.settings.room ? -1 : 1))
    return { items: items.slice((page - 1) * pageSize, page * pageSize), page, pageSize, total: items.length }
  }

  /** @throws AppError ROOM_NOT_FOUND. */
  async read(room: string): Promise<RouteReply<Routes['read']>> {
    const [facts, looks] = await Promise.all([
      this.rooms.one(room, this.context.clock.nowMs()),
      this.stores.each((store) => whole(store, room), lookWithinMs),
    ])
    if (!facts) throw new AppError('ROOM_NOT_FOUND', `there is no room ${room}`)
    return {
      ...facts,
      dcs: looks.map(({ dc, value }) => roomDc(dc, value !== null, value?.look)),
      messages: merged(
        looks.map(({ value }) => value?.newest ?? []),
        messagesMax,
      ),
      held: waiting(
        looks.map(({ value }) => value?.held ?? []),
        heldMax,
      ),
    }
  }
}

async function whole(store: RoomStore, room: string) {
  const [looks, newest, held] = await Promise.all([
    lookAt(store, [room]),
    store.newest(room, messagesMax),
    store.held(room),
  ])
  return { look: looks.get(room), newest, held }
}
