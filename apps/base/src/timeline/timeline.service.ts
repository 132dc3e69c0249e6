import {
  AppError,
  type Event,
  fieldRefused,
  type opsApi,
  type RouteInput,
  type StepGiven,
  type Timeline,
  type TimelineChange,
  tags,
} from '@gala/contracts'
import type { Database, TimelineEntity } from '@gala/database'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { EntityManager } from 'typeorm'
import { type Act, AuditRepository } from '../audit/audit.repository.js'
import type { BaseContext } from '../base.config.js'
import { EventsRepository } from '../events/events.repository.js'
import { JobRules } from '../jobs/job-rules.js'
import { dueSlot, hasBegun } from '../jobs/ledger.js'
import { definitionsChanged } from '../jobs/ledger-rows.js'
import { SlotsRepository } from '../jobs/slots.repository.js'
import { DATABASE } from '../tokens.js'
import { OperatorWrites } from '../writes/operator-writes.js'
import { templates } from './templates.js'
import { shownTimeline, TimelineRepository, type Writing } from './timeline.repository.js'
import { planTimeline, type StandingStep } from './timeline-plan.js'

type Routes = typeof opsApi.timeline
type SaveGiven = RouteInput<Routes['save']>['body']
type HoldGiven = RouteInput<Routes['hold']>['body']
type StepAct = RouteInput<Routes['step']>['body']

export interface Written {
  timeline: Timeline
  changes: TimelineChange[]
  position: number
}

/** What is there while it is written, with its rows locked. */
interface Standing {
  event: Event
  row: TimelineEntity | undefined
  steps: StandingStep[]
}

/** The scripts of events. Each order is one transaction: rows, slots, event, audit, announcement. */
@Injectable()
export class TimelineService {
  constructor(
    private readonly writes: OperatorWrites,
    @Inject(DATABASE) private readonly database: Database,
    @Inject(APP_CONTEXT) private readonly context: BaseContext,
    private readonly events: EventsRepository,
    private readonly timelines: TimelineRepository,
    private readonly slots: SlotsRepository,
    private readonly rules: JobRules,
    private readonly audit: AuditRepository,
  ) {}

  /** As the writer holds it. @throws AppError EVENT_NOT_FOUND. */
  async read(id: string): Promise<Timeline> {
    return await this.database.onWriter(async (manager) => {
      const { event, row, steps } = await this.#standing(manager, await this.events.found(manager, id), id)
      return shownTimeline(event, row, steps)
    })
  }

  /** @throws AppError EVENT_NOT_FOUND, STALE_VERSION, VALIDATION_FAILED. */
  async save(id: string, given: SaveGiven, actor: Act['actor']): Promise<Written> {
    if (given.dryRun) return await this.database.onWriter((manager) => this.#preview(manager, id, given))
    return await this.#write(id, given.expectedVersion, actor, async (manager, standing, by) => {
      const { plan, event, template } = this.#planned(standing, given, by.at.getTime())
      if (event !== standing.event) {
        await this.events.update(manager, { ...event, updatedAt: by.at.toISOString() })
        await this.timelines.shiftRunningOrder(manager, standing.event, event, by)
      }
      await this.timelines.perform(manager, event, plan.acts, by)
      const { changes } = plan
      await this.audit.done(manager, {
        actor,
        action: standing.row ? 'timeline.save' : 'timeline.create',
        target: `event:${id}`,
        reason: given.reason,
        before: { startAt: standing.event.startAt, endAt: standing.event.endAt, steps: standing.steps.length },
        after: { startAt: event.startAt, endAt: event.endAt, template, changes },
      })
      return { changes, set: { template } }
    })
  }

  /** @throws AppError TIMELINE_NOT_FOUND, STALE_VERSION. */
  async hold(id: string, { held, reason, expectedVersion }: HoldGiven, actor: Act['actor']): Promise<Written> {
    return await this.#write(id, expectedVersion, actor, async (manager, { row }, by) => {
      if (!row) throw noTimeline(id)
      const set = { held: held ? { by: actor.subject, reason, at: by.at.toISOString() } : null }
      const action = held ? 'timeline.hold' : 'timeline.go'
      await this.audit.done(manager, {
        actor,
        action,
        target: `event:${id}`,
        reason,
        before: { held: row.held },
        after: set,
      })
      return { changes: [], set }
    })
  }

  /** @throws AppError TIMELINE_NOT_FOUND, STALE_VERSION, SLOT_NOT_OPEN, SECOND_PERSON_NEEDED. */
  async act(id: string, key: string, { act, reason, expectedVersion }: StepAct, actor: Act['actor']): Promise<Written> {
    return await this.#write(id, expectedVersion, actor, async (manager, { row, steps }, by) => {
      const step = steps.find(({ job }) => job.step === key)
      if (!row || !step) throw noTimeline(id, key)
      const after = await this.#done(act, manager, step, reason, by)
      await this.audit.done(manager, {
        actor,
        action: `timeline.${act}`,
        target: `event:${id}`,
        reason,
        before: null,
        after,
      })
      await definitionsChanged(manager)
      return { changes: [], set: {} }
    })
  }

  #done(act: StepAct['act'], manager: EntityManager, step: StandingStep, reason: string, by: Writing): Promise<object> {
    if (act === 'approve') return this.#approve(manager, step, by)
    return act === 'run' ? this.#run(manager, step, reason, by) : this.#skip(manager, step, reason, by)
  }

  async #approve(manager: EntityManager, { job, slot }: StandingStep, by: Writing) {
    if (job.irreversible === 0) throw fieldRefused('body.act', `${job.step} can be taken back: it needs no approval`)
    if (hasBegun(slot)) throw notOpen(job.id, slot?.state)
    if (job.approvals.some(({ actor }) => actor === by.actor)) {
      throw new AppError('SECOND_PERSON_NEEDED', `${by.actor} has approved it: somebody else has to, too`)
    }
    const approvals = [...job.approvals, { actor: by.actor, at: by.at.toISOString() }]
    await this.timelines.setApprovals(manager, job, approvals, by)
    return { step: job.step, approvals }
  }

  async #run(manager: EntityManager, { job, slot }: StandingStep, reason: string, by: Writing) {
    const manual = { actor: by.actor, reason }
    const nowMs = by.at.getTime()
    if (slot && (slot.state === 'leased' || slot.state === 'running')) throw notOpen(job.id, slot.state)
    if (slot?.state === 'due' || slot?.state === 'late') await this.slots.hurry(manager, job.id, nowMs, manual)
    else await this.slots.add(manager, dueSlot({ job: job.id, atMs: nowMs, dc: '', shard: 0 }, { manual }))
    return { step: job.step, again: hasBegun(slot) }
  }

  async #skip(manager: EntityManager, { job, slot }: StandingStep, reason: string, by: Writing) {
    if (hasBegun(slot)) throw notOpen(job.id, slot?.state)
    for (const each of await this.slots.unbegunOf(manager, job.id)) {
      await this.slots.end(manager, each, 'operator', `${by.actor}: ${reason}`, by.at.getTime())
    }
    return { step: job.step, due: slot ? new Date(slot.atMs).toISOString() : null }
  }

  async #write(
    id: string,
    expectedVersion: number,
    actor: Act['actor'],
    work: (
      manager: EntityManager,
      standing: Standing,
      by: Writing,
    ) => Promise<{ changes: TimelineChange[]; set: Partial<TimelineEntity> }>,
  ): Promise<Written> {
    const { value } = await this.writes.write(actor, async (manager, position) => {
      const standing = await this.#standing(manager, await this.events.locked(manager, id), id)
      mustBeVersion(standing, expectedVersion)
      const by = { actor: actor.subject, at: new Date(this.context.clock.nowMs()) }
      const { changes, set } = await work(manager, standing, by)
      const empty = { eventId: id, template: null, held: null }
      await this.timelines.save(manager, {
        ...empty,
        ...standing.row,
        ...set,
        version: expectedVersion + 1,
        updatedAt: by.at,
      })
      const { event, row, steps } = await this.#standing(manager, await this.events.locked(manager, id), id)
      return {
        value: { timeline: shownTimeline(event, row, steps), changes, position },
        tags: [tags.jobs, tags.events, tags.event(id), tags.programmes(id)],
      }
    })
    return value
  }

  async #preview(manager: EntityManager, id: string, given: SaveGiven): Promise<Written> {
    const standing = await this.#standing(manager, await this.events.found(manager, id), id)
    mustBeVersion(standing, given.expectedVersion)
    const { plan, event } = this.#planned(standing, given, this.context.clock.nowMs())
    return { timeline: shownTimeline(event, standing.row, standing.steps), changes: plan.changes, position: 0 }
  }

  #planned({ event, row, steps }: Standing, given: SaveGiven, nowMs: number) {
    if (given.template && given.steps) throw fieldRefused('body.steps', 'give a template or steps, not both')
    const wanted = given.template ? templates[given.template] : given.steps
    if (!row && !wanted) throw fieldRefused('body.template', 'the event has no timeline yet: give a template or steps')
    if (wanted) this.#mustMakeSense(wanted)
    const after = movedEvent(event, given)
    const template = given.template ?? (given.steps ? null : (row?.template ?? null))
    return { plan: planTimeline(steps, wanted, after, nowMs), event: after, template }
  }

  #mustMakeSense(steps: readonly StepGiven[]) {
    steps.forEach((step, i) => {
      if (steps.findIndex(({ key }) => key === step.key) !== i) {
        throw fieldRefused(`body.steps.${i}.key`, `there are two steps ${step.key}`)
      }
      this.rules.mustBeHandled(step.handler, step.params, true, `body.steps.${i}`)
      if (step.policy?.scope === 'dc') throw fieldRefused(`body.steps.${i}.policy.scope`, 'a step is run once for all')
    })
  }

  async #standing(manager: EntityManager, event: Event | undefined, id: string): Promise<Standing> {
    if (!event) throw new AppError('EVENT_NOT_FOUND', `there is no event ${id}`)
    return { event, row: await this.timelines.timeline(manager, id), steps: await this.timelines.steps(manager, id) }
  }
}

/** The end goes along with the start unless it is said, so that an event keeps its length. */
function movedEvent(event: Event, { startAt, endAt }: Pick<SaveGiven, 'startAt' | 'endAt'>): Event {
  if (startAt === undefined && endAt === undefined) return event
  const lengthMs = Date.parse(event.endAt) - Date.parse(event.startAt)
  const start = startAt ?? event.startAt
  const end = endAt ?? new Date(Date.parse(start) + lengthMs).toISOString()
  if (Date.parse(end) <= Date.parse(start)) throw fieldRefused('body.endAt', 'must be after startAt')
  return { ...event, startAt: start, endAt: end, version: event.version + 1 }
}

function mustBeVersion({ event, row, steps }: Standing, expected: number) {
  const version = row?.version ?? 0
  if (version === expected) return
  const detail = `the timeline of ${event.id} is at version ${version}, not ${expected}`
  throw new AppError('STALE_VERSION', detail, { current: shownTimeline(event, row, steps) })
}

const noTimeline = (id: string, step?: string) =>
  new AppError('TIMELINE_NOT_FOUND', step ? `event ${id} has no step ${step}` : `event ${id} has no timeline`)

const notOpen = (job: string, state: string | undefined) => new AppError('SLOT_NOT_OPEN', `${job} is ${state}`)
