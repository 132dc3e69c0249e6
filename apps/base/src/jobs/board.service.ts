import { type opsApi, type RouteReply, type SlotState } from '@gala/contracts'
import { type Database, JobEntity, JobSlotEntity } from '@gala/database'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { EntityManager } from 'typeorm'
import { z } from 'zod'
import type { BaseContext } from '../base.config.js'
import { DATABASE } from '../tokens.js'
import { comesAgain, slotTimes } from './calendar.js'
import { handlers } from './handlers/index.js'
import { dueSlot, type SlotRow } from './ledger.js'
import { Scheduling } from './scheduling.service.js'
import { shownSlot, toSlot } from './slot-rows.js'

type Board = RouteReply<typeof opsApi.jobs.board>

const backMs = 10 * 60_000
const aheadMs = 30 * 60_000
const slotsMax = 500
/** Of a job that comes often, so many of those ahead tell the story. */
const aheadOfOneMax = 3

/** What has run, runs and is due, for whoever watches the night. */
@Injectable()
export class BoardOfJobs {
  constructor(
    @Inject(DATABASE) private readonly database: Pick<Database, 'read'>,
    @Inject(APP_CONTEXT) private readonly context: Pick<BaseContext, 'clock'>,
    private readonly scheduling: Scheduling,
  ) {}

  async board(event: string | undefined): Promise<Board> {
    const nowMs = this.context.clock.nowMs()
    const { value } = await this.database.read(async (manager) => {
      const where = event === undefined ? {} : { eventId: event }
      const jobs = await manager.find(JobEntity, { where })
      const slots = await this.#slots(manager, event === undefined ? undefined : jobs.map(({ id }) => id), nowMs)
      return { jobs, slots, counts: await countsOf(manager, nowMs) }
    })
    const byId = new Map(value.jobs.map((job) => [job.id, job]))
    const known = [...value.slots, ...ahead(value.jobs, value.slots, nowMs)].filter(({ job }) => byId.has(job))
    const items = known.toSorted((a, b) => a.runAtMs - b.runAtMs).slice(0, slotsMax)
    return {
      asOf: new Date(nowMs).toISOString(),
      schedulers: this.scheduling.schedulers(),
      slots: items.map((slot) => {
        const job = byId.get(slot.job)
        return { ...shownSlot(slot), title: job?.title ?? slot.job, event: job?.eventId ?? null }
      }),
      counts: value.counts,
    }
  }

  handlers(): RouteReply<typeof opsApi.jobs.handlers> {
    const items = [...handlers.values()].map(({ name, title, does, needsEvent, params }) => ({
      ...{ name, title, does, needsEvent },
      params: z.toJSONSchema(params, { io: 'input' }) as Record<string, unknown>,
    }))
    return { items }
  }

  /** Everything that has not ended, and the newest of what has. */
  async #slots(manager: EntityManager, jobs: readonly string[] | undefined, nowMs: number): Promise<SlotRow[]> {
    if (jobs?.length === 0) return []
    const select = () => {
      const query = manager.createQueryBuilder(JobSlotEntity, 'slot')
      return jobs ? query.where('slot.job IN (:...jobs)', { jobs }) : query
    }
    const open = await select()
      .andWhere("slot.state IN ('due', 'late', 'leased', 'running') AND slot.runAt <= :until", {
        until: new Date(nowMs + aheadMs),
      })
      .orderBy('slot.runAt', 'ASC')
      .limit(slotsMax / 2)
      .getMany()
    const ended = await select()
      .andWhere("slot.state IN ('ok', 'failed', 'skipped') AND slot.at > :from AND slot.at <= :now", {
        from: new Date(nowMs - backMs),
        now: new Date(nowMs),
      })
      // Where a slot was moved to is told by the slot itself.
      .andWhere("(slot.reason IS NULL OR slot.reason <> 'moved')")
      .orderBy('slot.at', 'DESC')
      .limit(slotsMax / 2)
      .getMany()
    return [...open, ...ended].map(toSlot)
  }
}

async function countsOf(manager: EntityManager, nowMs: number): Promise<Board['counts']> {
  const rows = await manager.query<{ state: SlotState; count: string }[]>(
    'SELECT state, COUNT(*) AS count FROM job_slots WHERE at > ? AND at <= ? GROUP BY state',
    [new Date(nowMs - backMs), new Date(nowMs)],
  )
  return Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]))
}

/** What is not in the ledger yet, because it is written only a minute ahead. */
function ahead(jobs: readonly JobEntity[], slots: readonly SlotRow[], nowMs: number): SlotRow[] {
  const newestMs = new Map<string, number>()
  for (const { job, atMs } of slots) newestMs.set(job, Math.max(atMs, newestMs.get(job) ?? 0))
  return jobs.flatMap((job) => {
    if (job.removed === 1 || !comesAgain(job.schedule)) return []
    const { times } = slotTimes(
      job.schedule,
      Math.max(nowMs, newestMs.get(job.id) ?? 0),
      nowMs + aheadMs,
      aheadOfOneMax,
    )
    return times.map((atMs) => dueSlot({ job: job.id, atMs, dc: '', shard: 0 }))
  })
}
