import { AppError, type Event, publicApi, type Route } from '@gala/contracts'
import { quickTraceOf } from '@gala/runtime'
import { LRUCache } from 'lru-cache'
import type { Application } from '../application.js'

/** Rooms of which is known whether they were open: for when nobody can be asked. */
const rememberedMax = 2_000

const detail = publicApi.events.detail as unknown as Route

/** Whether a room is open, by its event: access has that in memory as it has every event that is asked for. */
export class Gate {
  readonly #last = new LRUCache<string, boolean>({ max: rememberedMax })
  readonly #read = new WeakMap<Buffer, boolean>()

  constructor(private readonly application: Pick<Application, 'copyOf'>) {}

  /** @throws AppError ROOM_NOT_FOUND, ROOM_CLOSED, or ROOM_UNAVAILABLE when nobody knows. */
  async pass(room: string): Promise<void> {
    if (!(await this.isOpen(room))) throw new AppError('ROOM_CLOSED', `the room ${room} is not open`)
  }

  /** @throws AppError ROOM_NOT_FOUND, or ROOM_UNAVAILABLE when nobody knows. */
  async isOpen(room: string): Promise<boolean> {
    try {
      const { body } = await this.application.copyOf(detail, { id: room }, quickTraceOf(undefined).traceparent)
      const open = this.#openIn(body)
      this.#last.set(room, open)
      return open
    } catch (error) {
      if (error instanceof AppError && error.status === 404)
        throw new AppError('ROOM_NOT_FOUND', `there is no room ${room}`)
      const last = this.#last.get(room)
      if (last === undefined) throw new AppError('ROOM_UNAVAILABLE', 'nobody knows whether the room is open')
      return last
    }
  }

  /** The same bytes say the same: they are read once. */
  #openIn(body: Buffer): boolean {
    const known = this.#read.get(body)
    if (known !== undefined) return known
    const open = (JSON.parse(body.toString('utf8')) as Pick<Event, 'room'>).room === 'open'
    this.#read.set(body, open)
    return open
  }
}
