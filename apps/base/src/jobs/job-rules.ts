import { type Event, eventTimeMs, fieldRefused, type JobPolicy, type Schedule } from '@gala/contracts'
import { Injectable } from '@nestjs/common'
import { checkSchedule, comesAgain } from './calendar.js'
import { handlers } from './handlers/index.js'

/** What a job may be, beyond its shape. */
@Injectable()
export class JobRules {
  /** @throws AppError VALIDATION_FAILED naming the field below `path`. */
  mustBeHandled(name: string, params: Record<string, unknown>, hasEvent: boolean, path: string) {
    const handler = handlers.get(name)
    if (!handler) throw fieldRefused(`${path}.handler`, `there is no handler ${name}`)
    if (handler.needsEvent && !hasEvent) throw fieldRefused(`${path}.event`, `${name} needs an event`)
    const parsed = handler.params.safeParse(params)
    if (parsed.success) return
    const [issue] = parsed.error.issues
    throw fieldRefused([`${path}.params`, ...(issue?.path ?? []).map(String)].join('.'), issue?.message ?? 'is refused')
  }

  /** @throws AppError VALIDATION_FAILED. */
  mustBeTimed(schedule: Schedule, { scope }: JobPolicy, event: Event | undefined) {
    const why = checkSchedule(schedule)
    if (why !== undefined) throw fieldRefused('body.schedule', why)
    if (scope === 'dc' && !comesAgain(schedule)) {
      throw fieldRefused('body.policy.scope', 'only what comes again can be run in each data centre by itself')
    }
    if (schedule.kind === 'event' && !event) throw fieldRefused('body.event', 'a time relative to an event needs one')
  }
}

/** The one moment of a job that does not come again; undefined when it does. */
export function onlyTimeMs(schedule: Schedule, event: Event | undefined): number | undefined {
  if (schedule.kind === 'once') return Date.parse(schedule.at)
  return schedule.kind === 'event' && event ? eventTimeMs(schedule.at, event) : undefined
}
