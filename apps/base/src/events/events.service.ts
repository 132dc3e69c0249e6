import { AppError, type Event, type EventEdit, fieldRefused, tags } from '@gala/contracts'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { EntityManager } from 'typeorm'
import { type Act, AuditRepository } from '../audit/audit.repository.js'
import type { BaseContext } from '../base.config.js'
import { TimelineRepository } from '../timeline/timeline.repository.js'
import { OperatorWrites } from '../writes/operator-writes.js'
import { changedFields } from './changed-fields.js'
import { EventsRepository } from './events.repository.js'

const required = ['kind', 'title', 'startAt', 'endAt'] as const

@Injectable()
export class EventsService {
  constructor(
    private readonly writes: OperatorWrites,
    @Inject(APP_CONTEXT) private readonly context: BaseContext,
    private readonly events: EventsRepository,
    private readonly timelines: TimelineRepository,
    private readonly audit: AuditRepository,
  ) {}

  async list(status: Event['status'] | undefined, page: number, pageSize: number) {
    return { ...(await this.events.page(status, page, pageSize)), page, pageSize }
  }

  async read(id: string): Promise<Event> {
    const event = await this.events.current(id)
    if (!event) throw new AppError('EVENT_NOT_FOUND', `there is no event ${id}`)
    return event
  }

  /**
   * Creates (expectedVersion 0) or edits an event.
   * @throws AppError STALE_VERSION with what is there now; VALIDATION_FAILED when the whole does not make sense.
   */
  async save(id: string, edit: EventEdit, actor: Act['actor']) {
    const { value } = await this.writes.write(actor, (manager, position) =>
      this.saveWithin(manager, position, id, edit, actor),
    )
    return value
  }

  /** The same inside a write that somebody else has begun. */
  async saveWithin(manager: EntityManager, position: number, id: string, edit: EventEdit, actor: Act['actor']) {
    const before = await this.events.locked(manager, id)
    const after = this.#merge(id, before, edit)
    if (before) await this.events.update(manager, after)
    else await this.events.insert(manager, after)
    const by = { actor: actor.subject, at: new Date(Date.parse(after.updatedAt)) }
    const retimed = before && (before.startAt !== after.startAt || before.endAt !== after.endAt)
    const movedSteps = retimed ? await this.timelines.follow(manager, after, by) : []
    const changed = changedFields(before, after)
    await this.audit.done(manager, {
      actor,
      action: before ? 'events.edit' : 'events.create',
      target: `event:${id}`,
      reason: edit.reason,
      before: changed.before,
      after: movedSteps.length > 0 ? { ...changed.after, movedSteps } : changed.after,
    })
    const touched = movedSteps.length > 0 ? [tags.jobs] : []
    return { value: { ...after, position }, tags: [tags.events, tags.event(id), ...touched] }
  }

  #merge(id: string, before: Event | undefined, edit: EventEdit): Event {
    const { expectedVersion, reason: _reason, version: _version, updatedAt: _updatedAt, id: bodyId, ...fields } = edit
    if (bodyId !== undefined && bodyId !== id) throw fieldRefused('body.id', `must be ${id}, as in the address`)
    if ((before?.version ?? 0) !== expectedVersion) {
      const held = before ? `it is at version ${before.version}` : 'there is no such event; create it with version 0'
      throw new AppError('STALE_VERSION', `expected version ${expectedVersion}, but ${held}`, {
        current: before ?? null,
      })
    }
    if (!before) {
      const missing = required.filter((name) => fields[name] === undefined)
      if (missing.length > 0) throw fieldRefused(`body.${missing[0]}`, `a new event needs ${missing.join(', ')}`)
    }
    const empty = { titleEn: '', summary: '', venue: '', status: 'draft' as const, room: 'closed' as const }
    const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
    const version = expectedVersion + 1
    const updatedAt = new Date(this.context.clock.nowMs()).toISOString()
    const merged = { ...empty, ...before, ...given, id, version, updatedAt } as Event
    if (Date.parse(merged.endAt) <= Date.parse(merged.startAt))
      throw fieldRefused('body.endAt', 'must be after startAt')
    return merged
  }
}
