import { AppError, type opsApi, type RouteInput, type RouteReply } from '@gala/contracts'
import { randomId } from '@gala/kernel'
import type { HeldForLater, NewMessage } from '@gala/rooms'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import { type Act, AuditRepository } from '../audit/audit.repository.js'
import type { BaseContext } from '../base.config.js'
import { EventsRepository } from '../events/events.repository.js'
import { AlreadyDone, KeptReplies } from '../writes/kept-replies.repository.js'
import { OperatorWrites } from '../writes/operator-writes.js'
import { fromPlatform, privately } from './platform-messages.js'
import { RoomStores } from './room-stores.js'

type Routes = typeof opsApi.rooms
type Announcement = RouteInput<Routes['announce']>['body']
type Decision = RouteInput<Routes['decide']>['body']

const activeMs = 60_000
const roomsMax = 1_000
/** At a time: an announcement to all rooms is no burst in a store that viewers need. */
const roomsAtOnce = 20

/**
 * What operators do in rooms while these run. Rooms are in Redis and the audit is in MySQL, so no transaction spans both: an act
 * comes first and its audit after it, and both can be sent again with the same key until both are there.
 */
@Injectable()
export class ModerationService {
  constructor(
    private readonly writes: OperatorWrites,
    private readonly kept: KeptReplies,
    @Inject(APP_CONTEXT) private readonly context: Pick<BaseContext, 'clock'>,
    private readonly events: EventsRepository,
    private readonly stores: RoomStores,
    private readonly audit: AuditRepository,
  ) {}

  /**
   * Everybody who shows it is told to take it away, and whoever comes later does not find it. A message that has left its lane
   * already may still be on screens: so it need not be found. @throws AppError ROOM_NOT_FOUND, ROOM_UNAVAILABLE.
   */
  async retract(room: string, message: string, reason: string, actor: Act['actor']) {
    await this.#openRoom(room, 'any')
    // By the message and not by the key: two operators who see the same thing tell the room once.
    const control = { act: 'retract' as const, target: message, value: 0 }
    const told = fromPlatform({ client: `ops/retract/${message}`, at: this.#nowMs(), control, priority: 7 })
    // Where the message comes from: every data centre takes over what one has accepted in its order, so nobody is told before.
    const { id } = await this.stores.first((store) => store.accept(room, told), dcOf(message))
    const removals = await this.stores.each(async (store) => (await store.remove(room, message)) ?? 'absent')
    const found = removals.flatMap(({ value }) => (value === null || value === 'absent' ? [] : [value]))[0]
    const before = found && { id: message, from: found.from.id, text: found.text }
    return await this.#noted(
      actor,
      { action: 'rooms.retract', target: `room:${room}`, reason },
      { id },
      before ?? null,
      {
        message,
        ...unreached(removals),
      },
    )
  }

  /** @throws AppError ROOM_NOT_FOUND, ROOM_CLOSED, ROOM_UNAVAILABLE. */
  async announce({ to, text, priority, ttlS, reason }: Announcement, actor: Act['actor']) {
    // Rooms that have filled up since the first attempt are not told by the second one.
    if (actor.keyed) await this.kept.mustNotBeDone(actor.keyed)
    const key = actor.keyed?.id ?? randomId()
    const message = fromPlatform({ client: `ops/${key}`, at: this.#nowMs(), text, priority, ttlS })
    const said = { text, priority, ttlS }
    if (to.kind === 'room' || to.kind === 'platform') {
      if (to.kind === 'room') await this.#openRoom(to.room, 'open')
      const { rooms, ...missing } = to.kind === 'room' ? { rooms: [to.room] } : await this.#activeRooms()
      await this.#sayIn(rooms, message)
      const target = to.kind === 'room' ? `room:${to.room}` : 'platform'
      const act = { action: 'rooms.announce', target, reason }
      return await this.#noted(actor, act, { rooms: rooms.length }, null, { ...said, rooms: rooms.length, ...missing })
    }
    const direct = privately(key, to.kind === 'viewer' ? { viewer: to.viewer } : { cohort: to.cohort }, message)
    const answers = await this.stores.each((store) => store.direct(direct).then(() => true))
    if (answers.every(({ value }) => value === null))
      throw new AppError('ROOM_UNAVAILABLE', 'the rooms of no data centre can be reached right now')
    const target = to.kind === 'viewer' ? `viewer:${to.viewer}` : `cohort:${to.cohort}`
    const act = { action: 'rooms.announce', target: target.slice(0, 120), reason }
    return await this.#noted(actor, act, { rooms: 0 }, null, { ...said, ...unreached(answers) })
  }

  /**
   * Writes come one after the other: whoever is first decides, and its audit tells the next. A message is shown before that is
   * written and leaves the queue after it, so nothing held is lost and nothing is shown that nobody answers for; sent again, it is
   * the same message. The store has just answered, so the write is not kept waiting.
   * @throws AppError MESSAGE_NOT_FOUND also when another operator was first; ROOM_UNAVAILABLE.
   */
  async decide(room: string, message: string, { decision, reason }: Decision, actor: Act['actor']) {
    const dc = dcOf(message)
    const gone = () => new AppError('MESSAGE_NOT_FOUND', `${message} does not wait for anybody in ${room}`)
    const waiting = await this.stores.at(dc, (store) => store.held(room))
    const held = waiting.find((of) => of.message.id === message)
    if (!held) throw gone()
    const act = { actor, action: 'rooms.decide', target: `message:${message}`, reason }
    try {
      const { value } = await this.writes.write(actor, async (manager) => {
        if (await this.audit.isDone(manager, act)) throw gone()
        const id = decision === 'show' ? await this.#show(room, dc, held) : null
        const { from, text } = held.message
        const before = { room, from: from.id, text, words: held.words }
        await this.audit.done(manager, { ...act, before, after: { decision, id } })
        return { value: { id }, tags: [auditTag] }
      })
      await this.#leaves(room, dc, message)
      return value satisfies RouteReply<Routes['decide']>
    } catch (error) {
      if (error instanceof AlreadyDone || (error instanceof AppError && error.code === 'MESSAGE_NOT_FOUND'))
        await this.#leaves(room, dc, message)
      throw error
    }
  }

  /** What has been decided on. Should it stay by accident, the next decision on it is refused, and takes it out. */
  async #leaves(room: string, dc: string, message: string) {
    await this.stores.at(dc, (store) => store.takeHeld(room, message)).catch(() => undefined)
  }

  /** As if it had just been accepted, under the name its sender gave it: sent again it is the same message. */
  async #show(room: string, dc: string, { message, client, seq }: HeldForLater): Promise<string> {
    const { type, priority, from, text, gift, control, underWayMs, ttlS } = message
    const parts = { ...(gift && { gift }), ...(control && { control }) }
    const shown = { type, priority, from, text, ...parts, at: this.#nowMs(), underWayMs, ttlS, client, seq }
    return (await this.stores.at(dc, (store) => store.accept(room, shown))).id
  }

  /** Asks the writer, which the audit of the act is going to need. */
  async #openRoom(room: string, which: 'open' | 'any') {
    const event = await this.events.current(room)
    if (!event) throw new AppError('ROOM_NOT_FOUND', `there is no room ${room}`)
    if (which === 'open' && event.room !== 'open') throw new AppError('ROOM_CLOSED', `the room ${room} is closed`)
  }

  async #activeRooms(): Promise<{ rooms: string[]; unreached?: string[] }> {
    const answers = await this.stores.each((store) => store.active(this.#nowMs() - activeMs))
    const rooms = [...new Set(answers.flatMap(({ value }) => value ?? []))].toSorted().slice(0, roomsMax)
    return { rooms, ...unreached(answers) }
  }

  async #sayIn(rooms: readonly string[], message: NewMessage) {
    for (let from = 0; from < rooms.length; from += roomsAtOnce) {
      const some = rooms.slice(from, from + roomsAtOnce)
      await Promise.all(some.map((room) => this.stores.first((store) => store.accept(room, message))))
    }
  }

  async #noted<T>(
    actor: Act['actor'],
    act: Pick<Act, 'action' | 'target' | 'reason'>,
    value: T,
    before: unknown,
    after: unknown,
  ): Promise<T> {
    const written = await this.writes.write(actor, async (manager) => {
      await this.audit.done(manager, { actor, ...act, before, after })
      return { value, tags: [auditTag] }
    })
    return written.value
  }

  #nowMs(): number {
    return this.context.clock.nowMs()
  }
}

/** Nothing stored has changed but the audit. A change has to name something. */
const auditTag = 'audit'

const dcOf = (message: string) => message.slice(0, message.indexOf('.'))

/** For the audit: data centres that did not answer. */
function unreached(answers: readonly { dc: string; value: unknown }[]) {
  const dcs = answers.filter(({ value }) => value === null).map(({ dc }) => dc)
  return dcs.length > 0 ? { unreached: dcs } : {}
}
