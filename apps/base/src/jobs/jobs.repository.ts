import { type Job, type JobItem, jobPolicySchema } from '@gala/contracts'
import { type Database, JobEntity } from '@gala/database'
import { Inject, Injectable } from '@nestjs/common'
import type { EntityManager } from 'typeorm'
import { DATABASE } from '../tokens.js'
import { comesAgain, nextTime } from './calendar.js'
import { shownSlot } from './slot-rows.js'
import { SlotsRepository } from './slots.repository.js'

@Injectable()
export class JobsRepository {
  constructor(
    @Inject(DATABASE) private readonly database: Pick<Database, 'read'>,
    private readonly slots: SlotsRepository,
  ) {}

  /** Jobs that are planned, by id. */
  async page(event: string | undefined, page: number, pageSize: number, nowMs: number) {
    const { value } = await this.database.read(async (manager) => {
      const [rows, total] = await manager.findAndCount(JobEntity, {
        where: { removed: 0, ...(event !== undefined && { eventId: event }) },
        order: { eventId: 'ASC', stepOrder: 'ASC', id: 'ASC' },
        skip: (page - 1) * pageSize,
        take: pageSize,
      })
      return { items: await this.shown(manager, rows, nowMs), total }
    })
    return value
  }

  async find(id: string, nowMs: number): Promise<JobItem | undefined> {
    const { value } = await this.database.read(async (manager) => {
      const row = await manager.findOneBy(JobEntity, { id })
      return row ? await this.shown(manager, [row], nowMs) : []
    })
    return value[0]
  }

  /** Each with its next and its last slot. */
  async shown(manager: EntityManager, rows: readonly JobEntity[], nowMs: number): Promise<JobItem[]> {
    const glances = await this.slots.glances(
      manager,
      rows.map(({ id }) => id),
    )
    return rows.map((row) => {
      const { last, nextMs, typicalMs } = glances.get(row.id) ?? {}
      const plannedMs = nextMs ?? comesAgainMs(row, nowMs)
      return {
        ...shownJob(row),
        next: plannedMs === undefined ? null : new Date(plannedMs).toISOString(),
        last: last ? shownSlot(last) : null,
        typicalMs: typicalMs ?? null,
      }
    })
  }

  /** Inside a write: the row, locked until the transaction ends. */
  async locked(manager: EntityManager, id: string): Promise<JobEntity | undefined> {
    return (await manager.findOne(JobEntity, { where: { id }, lock: { mode: 'pessimistic_write' } })) ?? undefined
  }

  /** Ids of jobs that are to be run after it. */
  async thatWaitFor(manager: EntityManager, id: string): Promise<string[]> {
    const rows = await manager.findBy(JobEntity, { removed: 0 })
    return rows.filter(({ policy }) => policy.after.includes(id)).map((row) => row.id)
  }

  async count(manager: EntityManager): Promise<number> {
    return await manager.countBy(JobEntity, { removed: 0 })
  }

  async save(manager: EntityManager, row: JobEntity) {
    await manager.save(JobEntity, row)
  }
}

/** What is due once is in the ledger from the beginning: when it is no longer open there, it does not come again. */
function comesAgainMs({ removed, schedule }: JobEntity, nowMs: number): number | undefined {
  return removed === 0 && comesAgain(schedule) ? nextTime(schedule, nowMs) : undefined
}

/** The row as the contract shows it. A policy written by an older release gets what is new in its default. */
export const shownJob = (row: JobEntity): Job => ({
  id: row.id,
  title: row.title,
  event: row.eventId,
  step: row.step,
  schedule: row.schedule,
  handler: row.handler,
  params: row.params,
  policy: jobPolicySchema.parse(row.policy),
  paused: row.paused,
  failures: row.failures,
  removed: row.removed === 1,
  version: row.version,
  updatedAt: row.updatedAt.toISOString(),
  updatedBy: row.updatedBy,
})
