import { type Event, eventTimeMs, type StepGiven, type Timeline, type TimelineStep } from '@gala/contracts'
import { JobEntity, TimelineEntity } from '@gala/database'
import { Injectable } from '@nestjs/common'
import type { EntityManager } from 'typeorm'
import { isApproved } from '../jobs/definitions.service.js'
import { dueSlot } from '../jobs/ledger.js'
import { definitionsChanged } from '../jobs/ledger-rows.js'
import { shownSlot } from '../jobs/slot-rows.js'
import { SlotsRepository } from '../jobs/slots.repository.js'
import { stepPolicy } from './templates.js'
import { planTimeline, type StandingStep, type StepAct } from './timeline-plan.js'

/** Who writes, and when. */
export interface Writing {
  actor: string
  at: Date
}

/** Rows of timelines, inside a write. */
@Injectable()
export class TimelineRepository {
  constructor(private readonly slots: SlotsRepository) {}

  async timeline(manager: EntityManager, eventId: string): Promise<TimelineEntity | undefined> {
    return (await manager.findOneBy(TimelineEntity, { eventId })) ?? undefined
  }

  /** Steps in their order, each with its newest slot that was not moved away. */
  async steps(manager: EntityManager, eventId: string): Promise<StandingStep[]> {
    const jobs = await manager.find(JobEntity, {
      where: { eventId, removed: 0 },
      order: { stepOrder: 'ASC', id: 'ASC' },
    })
    const steps = jobs.filter(({ step }) => step !== null)
    const newest = await this.slots.newestOf(
      manager,
      steps.map(({ id }) => id),
    )
    return steps.map((job) => ({ job, slot: newest.get(job.id) }))
  }

  async save(manager: EntityManager, row: TimelineEntity) {
    await manager.save(TimelineEntity, row)
    await definitionsChanged(manager)
  }

  async perform(manager: EntityManager, event: Event, acts: readonly StepAct[], by: Writing) {
    for (const act of acts) await this.#perform(manager, event, act, by)
    if (acts.length > 0) await definitionsChanged(manager)
  }

  /**
   * An event starts or ends at another time: what of its script, and of other jobs that go by it, has not begun goes along.
   * Returns the steps that were moved.
   */
  async follow(manager: EntityManager, event: Event, by: Writing): Promise<string[]> {
    const standing = await this.steps(manager, event.id)
    const { acts, changes } = planTimeline(standing, undefined, event, by.at.getTime())
    await this.perform(manager, event, acts, by)
    const others = await manager.findBy(JobEntity, { eventId: event.id, removed: 0 })
    for (const job of others) {
      if (job.step !== null || job.schedule.kind !== 'event') continue
      await this.slots.move(manager, job.id, eventTimeMs(job.schedule.at, event), by.at.getTime())
    }
    const row = await this.timeline(manager, event.id)
    if (row) await this.save(manager, { ...row, version: row.version + 1, updatedAt: by.at })
    return changes.filter(({ what }) => what === 'moved').map(({ step }) => step)
  }

  /** What of the running order has not begun goes along with the start. */
  async shiftRunningOrder(manager: EntityManager, before: Event, after: Event, { at }: Writing) {
    const byMs = Date.parse(after.startAt) - Date.parse(before.startAt)
    if (byMs === 0) return
    const { affectedRows } = await manager.query<{ affectedRows: number }>(
      'UPDATE programmes SET start_at = TIMESTAMPADD(MICROSECOND, ?, start_at) WHERE event_id = ? AND start_at > ?',
      [byMs * 1_000, after.id, at],
    )
    if (affectedRows === 0) return
    await manager.query('UPDATE running_orders SET version = version + 1, updated_at = ? WHERE event_id = ?', [
      at,
      after.id,
    ])
  }

  async setApprovals(
    manager: EntityManager,
    job: JobEntity,
    approvals: JobEntity['approvals'],
    { actor, at }: Writing,
  ) {
    await manager.update(
      JobEntity,
      { id: job.id },
      { approvals, version: job.version + 1, updatedAt: at, updatedBy: actor },
    )
  }

  async #perform(manager: EntityManager, event: Event, act: StepAct, by: Writing) {
    const nowMs = by.at.getTime()
    if (act.kind === 'move') {
      await this.slots.move(manager, act.job.id, act.dueMs, nowMs)
      return
    }
    if (act.kind === 'remove') {
      for (const slot of await this.slots.unbegunOf(manager, act.job.id)) {
        await this.slots.end(manager, slot, 'removed', 'the step was taken out of the timeline', nowMs)
      }
      await manager.update(JobEntity, { id: act.job.id }, { removed: 1, updatedAt: by.at, updatedBy: by.actor })
      return
    }
    const job = jobOf(event.id, act.step, act.order, by)
    if (act.kind === 'change') {
      const approvals = act.anew ? job.approvals : act.job.approvals
      await manager.update(JobEntity, { id: job.id }, { ...job, approvals, version: act.job.version + 1 } as object)
      await this.slots.move(manager, job.id, act.dueMs, nowMs)
      return
    }
    const before = await manager.findOneBy(JobEntity, { id: job.id })
    // A step that was taken out comes back: its ledger goes on.
    await manager.save(JobEntity, { ...job, version: (before?.version ?? 0) + 1 })
    const { shards } = job.policy
    for (let shard = 0; shard < shards; shard++) {
      const slot = dueSlot({ job: job.id, atMs: act.dueMs, dc: '', shard })
      await this.slots.add(manager, act.over ? { ...slot, ...tooLate, endedAtMs: nowMs } : slot)
    }
  }
}

const tooLate = {
  state: 'skipped',
  reason: 'misfire',
  detail: 'its time was over when the timeline was made',
} as const

function jobOf(eventId: string, step: StepGiven, order: number, { actor, at }: Writing): JobEntity {
  return {
    id: `${eventId}.${step.key}`,
    eventId,
    step: step.key,
    stepOrder: order,
    title: step.title,
    schedule: { kind: 'event', at: step.at },
    handler: step.handler,
    params: step.params,
    policy: step.policy ?? stepPolicy,
    irreversible: step.irreversible ? 1 : 0,
    onFailure: step.onFailure,
    // Whoever writes a step approves of it.
    approvals: step.irreversible ? [{ actor, at: at.toISOString() }] : [],
    paused: null,
    failures: 0,
    plannedUntil: null,
    removed: 0,
    version: 1,
    updatedAt: at,
    updatedBy: actor,
  }
}

/** As the contract shows it. */
export function shownTimeline(event: Event, row: TimelineEntity | undefined, steps: readonly StandingStep[]): Timeline {
  return {
    event,
    template: row?.template ?? null,
    version: row?.version ?? 0,
    held: row?.held ?? null,
    steps: steps.map(({ job, slot }): TimelineStep => {
      const at = job.schedule.kind === 'event' ? job.schedule.at : 'T'
      return {
        key: job.step ?? '',
        title: job.title,
        at,
        handler: job.handler,
        params: job.params,
        policy: job.policy,
        irreversible: job.irreversible === 1,
        onFailure: job.onFailure,
        schedule: job.schedule,
        due: new Date(eventTimeMs(at, event)).toISOString(),
        approvals: job.approvals,
        approved: isApproved(job),
        slot: slot ? shownSlot(slot) : null,
      }
    }),
  }
}
