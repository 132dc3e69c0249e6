import { AppError, type Event, eventTimeMs } from '@gala/contracts'
import { Injectable } from '@nestjs/common'
import type { EntityManager } from 'typeorm'
import { EventsRepository } from '../../events/events.repository.js'
import { EventsService } from '../../events/events.service.js'
import type { Run } from '../handler.js'
import { ActRefused, notNow } from '../refusals.js'
import { EffectsRepository } from './effects.repository.js'

type Status = 'preheat' | 'live' | 'ended' | 'replay'

/** From where an event may come to each status. */
const comesFrom: Record<Status, readonly Event['status'][]> = {
  preheat: ['scheduled'],
  live: ['preheat', 'scheduled', 'paused'],
  ended: ['live', 'paused'],
  replay: ['ended'],
}

export interface Reminder {
  name: string
  audience: string
  title: string
  body: string
  at?: string | undefined
}

/** What jobs do to the event they belong to. */
@Injectable()
export class EventActs {
  constructor(
    private readonly effects: EffectsRepository,
    private readonly events: EventsService,
    private readonly repository: EventsRepository,
  ) {}

  /** @throws ActRefused NOT_NOW when the event cannot come to `to` from where it is. */
  status(run: Run, to: Status) {
    return this.#change(run, 'event.status', to, (event) => {
      if (comesFrom[to].includes(event.status)) return { status: to }
      throw notNow(`the event is ${event.status}: it comes to ${to} from ${comesFrom[to].join(', ')} only`)
    })
  }

  room(run: Run, to: Event['room']) {
    return this.#change(run, 'event.room', to, () => ({ room: to }))
  }

  /** One that has not been taken yet is replaced. */
  remind(run: Run, { name, audience, title, body, at }: Reminder) {
    return this.effects.once<unknown>(run, `reminder.${name}`.slice(0, 64), async ({ manager, at: now }) => {
      const event = await this.#event(manager, run)
      const due = new Date(at === undefined ? run.atMs : eventTimeMs(at, event))
      const [held] = await manager.query<{ taken_at: Date | null }[]>(
        'SELECT taken_at FROM reminder_intents WHERE event_id = ? AND name = ? FOR UPDATE',
        [event.id, name],
      )
      if (held?.taken_at) return { reply: { name, written: false, why: 'it has been taken already' }, tags: [] }
      const message = JSON.stringify({ title, body })
      await manager.query(
        `INSERT INTO reminder_intents (event_id, name, due_at, audience, message_json, created_at) VALUES (?, ?, ?, ?, ?, ?)
         ON DUPLICATE KEY UPDATE due_at = VALUES(due_at), audience = VALUES(audience), message_json = VALUES(message_json)`,
        [event.id, name, due, audience, message, now],
      )
      const after = { name, audience, title, dueAt: due.toISOString() }
      const audit = { action: 'jobs.remind', target: `event:${event.id}`, after }
      return { reply: { name, written: true, dueAt: due.toISOString() }, tags: [], audit }
    })
  }

  /** `effect` is `event.` and the field it is about. */
  #change(run: Run, effect: 'event.status' | 'event.room', to: string, edit: (event: Event) => Partial<Event>) {
    const field = effect === 'event.status' ? 'status' : 'room'
    return this.effects.once<unknown>(run, effect, async ({ manager, position, actor, reason }) => {
      const event = await this.#event(manager, run)
      const from = event[field]
      if (from === to) return { reply: { [field]: to, already: true }, tags: [] }
      const change = { ...edit(event), expectedVersion: event.version, reason }
      const saved = await this.events.saveWithin(manager, position, event.id, change, actor)
      return { reply: { [field]: to, from, already: false, version: saved.value.version }, tags: saved.tags }
    })
  }

  async #event(manager: EntityManager, { event: id }: Run): Promise<Event> {
    if (id === null) throw new ActRefused('VALIDATION_FAILED', 'the job belongs to no event', false)
    const event = await this.repository.locked(manager, id)
    if (!event) throw new AppError('EVENT_NOT_FOUND', `there is no event ${id}`)
    return event
  }
}
