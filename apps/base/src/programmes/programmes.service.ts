import { AppError, type Event, fieldRefused, type Programme, tags } from '@gala/contracts'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import { type Act, AuditRepository } from '../audit/audit.repository.js'
import type { BaseContext } from '../base.config.js'
import { EventsRepository } from '../events/events.repository.js'
import { OperatorWrites } from '../writes/operator-writes.js'
import { ProgrammesRepository } from './programmes.repository.js'

/** Rehearsed overtures and encores lie outside the advertised times, but not by more than this. */
const marginMs = 6 * 3_600_000

export interface OrderEdit {
  items: Programme[]
  expectedVersion: number
  reason?: string | undefined
}

@Injectable()
export class ProgrammesService {
  constructor(
    private readonly writes: OperatorWrites,
    @Inject(APP_CONTEXT) private readonly context: BaseContext,
    private readonly programmes: ProgrammesRepository,
    private readonly events: EventsRepository,
    private readonly audit: AuditRepository,
  ) {}

  async read(eventId: string) {
    if (!(await this.events.current(eventId))) throw unknown(eventId)
    return this.programmes.current(eventId)
  }

  /** Replaces the running order. @throws AppError EVENT_NOT_FOUND, STALE_VERSION, VALIDATION_FAILED. */
  async save(eventId: string, edit: OrderEdit, actor: Act['actor']) {
    const { value } = await this.writes.write(actor, async (manager, position) => {
      // The event's row is the lock for its running order as well.
      const event = await this.events.locked(manager, eventId)
      if (!event) throw unknown(eventId)
      const before = await this.programmes.read(manager, eventId)
      if (before.version !== edit.expectedVersion) {
        const detail = `expected version ${edit.expectedVersion}, but it is at version ${before.version}`
        throw new AppError('STALE_VERSION', detail, { current: before })
      }
      const items = sorted(edit.items, event)
      const after = { eventId, version: before.version + 1, items }
      await this.programmes.replace(manager, after, new Date(this.context.clock.nowMs()))
      await this.audit.done(manager, {
        actor,
        action: 'programmes.edit',
        target: `event:${eventId}`,
        reason: edit.reason,
        ...difference(before.items, items),
      })
      return { value: { ...after, position }, tags: [tags.programmes(eventId)] }
    })
    return value
  }
}

const unknown = (id: string) => new AppError('EVENT_NOT_FOUND', `there is no event ${id}`)

function sorted(items: Programme[], event: Event): Programme[] {
  const fromMs = Date.parse(event.startAt) - marginMs
  const untilMs = Date.parse(event.endAt) + marginMs
  for (const [i, item] of items.entries()) {
    const startMs = Date.parse(item.startAt)
    if (startMs >= fromMs && startMs + item.durationS * 1000 <= untilMs) continue
    throw fieldRefused(`body.items.${i}.startAt`, 'the item must lie within six hours of the event')
  }
  return items.toSorted((a, b) => Date.parse(a.startAt) - Date.parse(b.startAt))
}

/** Only the items that differ, so that the audit of moving one item does not hold two whole running orders. */
function difference(before: Programme[], after: Programme[]) {
  const onlyIn = (these: Programme[], those: Programme[]) => {
    const known = new Set(those.map((item) => JSON.stringify(item)))
    return these.filter((item) => !known.has(JSON.stringify(item)))
  }
  return { before: { items: onlyIn(before, after) }, after: { items: onlyIn(after, before) } }
}
