import {
  AppError,
  type Event,
  fieldRefused,
  type JobItem,
  jobPolicySchema,
  type opsApi,
  type RouteInput,
  type Slot,
  tags,
} from '@gala/contracts'
import type { JobEntity } from '@gala/database'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { EntityManager } from 'typeorm'
import { type Act, AuditRepository } from '../audit/audit.repository.js'
import type { BaseContext } from '../base.config.js'
import { EventsRepository } from '../events/events.repository.js'
import { OperatorWrites } from '../writes/operator-writes.js'
import { comesAgain, slotTimes } from './calendar.js'
import { JobRules, onlyTimeMs } from './job-rules.js'
import { JobsRepository, shownJob } from './jobs.repository.js'
import { dueSlot, type SlotRow } from './ledger.js'
import { definitionsChanged } from './ledger-rows.js'
import { SlotDesk } from './slot-desk.js'
import { shownSlot } from './slot-rows.js'
import { SlotsRepository } from './slots.repository.js'

type Routes = typeof opsApi.jobs
type SaveGiven = RouteInput<Routes['save']>['body']
type PauseGiven = RouteInput<Routes['pause']>['body']
type RunGiven = RouteInput<Routes['run']>['body']
type BackfillGiven = RouteInput<Routes['backfill']>['body']
type ActGiven = RouteInput<Routes['act']>['body']

/** Each is looked at four times a second. */
const jobsMax = 5_000
/** Of one backfill. */
const backfillMax = 2_000
const required = ['title', 'schedule', 'handler'] as const

/** Jobs as operators define them, and what they order of single slots. Each order is one transaction with its audit. */
@Injectable()
export class JobsService {
  constructor(
    private readonly writes: OperatorWrites,
    @Inject(APP_CONTEXT) private readonly context: BaseContext,
    private readonly jobs: JobsRepository,
    private readonly slots: SlotsRepository,
    private readonly desk: SlotDesk,
    private readonly rules: JobRules,
    private readonly events: EventsRepository,
    private readonly audit: AuditRepository,
  ) {}

  async list(event: string | undefined, page: number, pageSize: number) {
    return { ...(await this.jobs.page(event, page, pageSize, this.context.clock.nowMs())), page, pageSize }
  }

  async read(id: string): Promise<JobItem> {
    const job = await this.jobs.find(id, this.context.clock.nowMs())
    if (!job) throw notFound(id)
    return job
  }

  async history(id: string, { page, pageSize, ...of }: RouteInput<Routes['slots']>['query']) {
    const { items, total } = await this.slots.page(id, of, page, pageSize)
    return { items: items.map(shownSlot), total, page, pageSize }
  }

  /**
   * Creates (expectedVersion 0) or changes a job. With another schedule, slots of the old one that have not begun are moved away.
   * @throws AppError STALE_VERSION, VALIDATION_FAILED, EVENT_NOT_FOUND.
   */
  save(id: string, given: SaveGiven, actor: Act['actor']): Promise<JobItem> {
    return this.#write(id, given.expectedVersion, actor, async (manager, before, at) => {
      if (before?.step) throw fieldRefused('params.id', `${id} is a step: change it through the timeline of its event`)
      if (!before && (await this.jobs.count(manager)) >= jobsMax) {
        throw fieldRefused('params.id', `there are ${jobsMax} jobs already`)
      }
      const row = merged(id, before, given, actor.subject, at)
      const event = await this.#eventOf(manager, row)
      this.rules.mustBeHandled(row.handler, row.params, row.eventId !== null, 'body')
      this.rules.mustBeTimed(row.schedule, row.policy, event)
      if (row.removed === 1) await this.#mustNotBeWaitedFor(manager, id)
      else await this.#mustKnow(manager, row)
      const retimed =
        !before || JSON.stringify(before.schedule) !== JSON.stringify(row.schedule) || before.eventId !== row.eventId
      await this.jobs.save(manager, { ...row, plannedUntil: retimed ? null : row.plannedUntil })
      if (retimed) await this.#retime(manager, row, event, at.getTime())
      const action = before ? (given.removed ? 'jobs.remove' : 'jobs.edit') : 'jobs.create'
      return { row, action, reason: given.reason, before: before && shownJob(before), after: shownJob(row) }
    })
  }

  /** @throws AppError JOB_NOT_FOUND, STALE_VERSION. */
  pause(id: string, { paused, reason, expectedVersion }: PauseGiven, actor: Act['actor']): Promise<JobItem> {
    return this.#write(id, expectedVersion, actor, async (manager, before, at) => {
      if (!before) throw notFound(id)
      const mark = paused ? { by: actor.subject, reason, at: at.toISOString() } : null
      const row = { ...before, ...written(before, actor.subject, at), paused: mark, failures: 0 }
      await this.jobs.save(manager, row)
      return {
        row,
        action: paused ? 'jobs.pause' : 'jobs.go-on',
        reason,
        before: { paused: before.paused },
        after: { paused: mark },
      }
    })
  }

  /** @throws AppError JOB_NOT_FOUND, VALIDATION_FAILED. */
  async run(id: string, { dc, reason }: RunGiven, actor: Act['actor']) {
    const manual = { actor: actor.subject, reason }
    return await this.#order(id, actor, async (manager, job, nowMs) => {
      const slots = eachShard(job, nowMs, dcOf(job, dc)).map((slot) => ({ ...slot, manual }))
      await this.desk.add(manager, slots)
      const value = { slots: slots.map(shownSlot) }
      return { value, action: 'jobs.run', reason, after: { at: new Date(nowMs).toISOString(), dc: dc ?? null } }
    })
  }

  /** @throws AppError JOB_NOT_FOUND, VALIDATION_FAILED. */
  async backfill(id: string, { from, to, dc, reason }: BackfillGiven, actor: Act['actor']) {
    const manual = { actor: actor.subject, reason }
    return await this.#order(id, actor, async (manager, job, nowMs) => {
      if (!comesAgain(job.schedule)) {
        throw fieldRefused('params.id', `${id} does not come again: run it now instead`)
      }
      const { times, complete } = slotTimes(
        job.schedule,
        Date.parse(from) - 1,
        Math.min(Date.parse(to), nowMs),
        backfillMax,
      )
      if (!complete) throw fieldRefused('body.to', `these are more than ${backfillMax} slots: take a shorter time`)
      const place = dcOf(job, dc)
      const slots = times.flatMap((atMs) =>
        eachShard(job, atMs, place).map((slot) => ({ ...slot, runAtMs: nowMs, manual })),
      )
      const added = await this.desk.fill(manager, slots)
      return { value: { added }, action: 'jobs.backfill', reason, after: { from, to, dc: dc ?? null, added } }
    })
  }

  /** @throws AppError SLOT_NOT_FOUND, SLOT_NOT_OPEN. */
  async act(id: string, { at, dc, shard, act, reason }: ActGiven, actor: Act['actor']): Promise<Slot> {
    return await this.#order(id, actor, async (manager, job, nowMs) => {
      const key = { job: id, atMs: Date.parse(at), dc: dc ?? '', shard }
      if (job.step && act === 'run') throw fieldRefused('body.act', 'run a step through the timeline of its event')
      const { before, after } = await this.desk.act(manager, key, act, { actor: actor.subject, reason }, nowMs)
      const shown = { slot: at, dc: dc ?? null, shard }
      return {
        value: shownSlot(after),
        action: `jobs.${act}-slot`,
        reason,
        before: { ...shown, state: before.state },
        after: { ...shown, state: after.state },
      }
    })
  }

  async #order<T>(
    id: string,
    actor: Act['actor'],
    work: (
      manager: EntityManager,
      job: JobEntity,
      nowMs: number,
    ) => Promise<Omit<Act, 'actor' | 'target'> & { value: T }>,
  ): Promise<T> {
    const { value } = await this.writes.write(actor, async (manager) => {
      const job = await this.jobs.locked(manager, id)
      if (!job || job.removed === 1) throw notFound(id)
      const { value, ...act } = await work(manager, job, this.context.clock.nowMs())
      await this.audit.done(manager, { ...act, actor, target: `job:${id}`.slice(0, 120) })
      return { value, tags: [tags.jobs] }
    })
    return value
  }

  async #write(
    id: string,
    expectedVersion: number,
    actor: Act['actor'],
    work: (
      manager: EntityManager,
      before: JobEntity | undefined,
      at: Date,
    ) => Promise<Omit<Act, 'actor' | 'target'> & { row: JobEntity }>,
  ): Promise<JobItem> {
    const { value } = await this.writes.write(actor, async (manager) => {
      const before = await this.jobs.locked(manager, id)
      if ((before?.version ?? 0) !== expectedVersion) {
        const held = before ? `it is at version ${before.version}` : 'there is no such job; create it with version 0'
        const current = before ? shownJob(before) : null
        throw new AppError('STALE_VERSION', `expected version ${expectedVersion}, but ${held}`, { current })
      }
      const { row, ...act } = await work(manager, before, new Date(this.context.clock.nowMs()))
      await this.audit.done(manager, { ...act, actor, target: `job:${id}`.slice(0, 120) })
      await definitionsChanged(manager)
      const [item] = await this.jobs.shown(manager, [row], this.context.clock.nowMs())
      if (!item) throw notFound(id)
      return { value: item, tags: [tags.jobs] }
    })
    return value
  }

  async #eventOf(manager: EntityManager, { eventId }: JobEntity): Promise<Event | undefined> {
    if (eventId === null) return undefined
    const event = await this.events.locked(manager, eventId)
    if (!event) throw new AppError('EVENT_NOT_FOUND', `there is no event ${eventId}`)
    return event
  }

  /** Jobs it waits for have to be there, and must not wait for it in turn. */
  async #mustKnow(manager: EntityManager, { id, policy }: JobEntity) {
    for (const of of policy.after) {
      const job = of === id ? undefined : await this.jobs.locked(manager, of)
      if (!job || job.removed === 1) throw fieldRefused('body.policy.after', `there is no job ${of} to wait for`)
      if (job.policy.after.includes(id)) throw fieldRefused('body.policy.after', `${of} waits for ${id} already`)
    }
  }

  async #mustNotBeWaitedFor(manager: EntityManager, id: string) {
    const [waiting] = await this.jobs.thatWaitFor(manager, id)
    if (waiting) throw fieldRefused('body.removed', `${waiting} waits for it`)
  }

  async #retime(manager: EntityManager, job: JobEntity, event: Event | undefined, nowMs: number) {
    for (const slot of await this.slots.unbegunOf(manager, job.id)) {
      if (!slot.manual) await this.slots.end(manager, slot, 'moved', 'the schedule was changed', nowMs)
    }
    const atMs = onlyTimeMs(job.schedule, event)
    if (atMs === undefined) return
    for (const slot of eachShard(job, atMs, '')) await this.slots.add(manager, slot)
  }
}

function merged(id: string, before: JobEntity | undefined, given: SaveGiven, actor: string, at: Date): JobEntity {
  if (!before) {
    const missing = required.filter((name) => given[name] === undefined)
    if (missing.length > 0) throw fieldRefused(`body.${missing[0]}`, `a new job needs ${missing.join(', ')}`)
  }
  const empty = {
    ...{
      eventId: null,
      step: null,
      stepOrder: 0,
      params: {},
      irreversible: 0,
      onFailure: 'go-on' as const,
      approvals: [],
    },
    ...{ paused: null, failures: 0, plannedUntil: null, removed: 0, policy: jobPolicySchema.parse({}) },
  }
  const { title, event, schedule, handler, params, policy, removed } = given
  return {
    ...empty,
    ...before,
    ...(title !== undefined && { title }),
    ...(event !== undefined && { eventId: event }),
    ...(schedule !== undefined && { schedule }),
    ...(handler !== undefined && { handler }),
    ...(params !== undefined && { params }),
    ...(policy !== undefined && { policy }),
    ...(removed !== undefined && { removed: removed ? 1 : 0 }),
    ...written(before, actor, at),
    id,
  } as JobEntity
}

const written = (before: JobEntity | undefined, actor: string, at: Date) => ({
  version: (before?.version ?? 0) + 1,
  updatedAt: at,
  updatedBy: actor,
})

/** @throws AppError VALIDATION_FAILED when a data centre is named for a global job, or none for one that runs in each. */
function dcOf({ policy }: JobEntity, dc: string | undefined): string {
  if (policy.scope === 'global' && dc !== undefined) throw fieldRefused('body.dc', 'this job is run once for all')
  if (policy.scope === 'dc' && dc === undefined) throw fieldRefused('body.dc', 'say in which data centre')
  return dc ?? ''
}

const eachShard = ({ id, policy }: JobEntity, atMs: number, dc: string): SlotRow[] =>
  Array.from({ length: policy.shards }, (_, shard) => dueSlot({ job: id, atMs, dc, shard }))

const notFound = (id: string) => new AppError('JOB_NOT_FOUND', `there is no job ${id}`)
