import type { SlotReason, SlotState } from '@gala/contracts'
import { type Database, JobSlotEntity } from '@gala/database'
import { Inject, Injectable } from '@nestjs/common'
import { type EntityManager, In, LessThanOrEqual } from 'typeorm'
import { DATABASE } from '../tokens.js'
import { dueSlot, hasBegun, type SlotKey, type SlotRow } from './ledger.js'
import { toColumns, toSlot, toSlotRow } from './slot-rows.js'

/** Has not begun: nothing has been done for it yet. */
const unbegun: readonly SlotState[] = ['due', 'late']
/** Of a median: enough to tell what is usual. */
const typicalOf = 20

/** Slots as operators order them: inside their write, in the ledger of what is global. */
@Injectable()
export class SlotsRepository {
  constructor(@Inject(DATABASE) private readonly database: Pick<Database, 'read'>) {}

  async page(
    job: string,
    { state, upTo }: { state?: SlotState | undefined; upTo?: string | undefined },
    page: number,
    pageSize: number,
  ) {
    const { value } = await this.database.read((manager) =>
      manager.findAndCount(JobSlotEntity, {
        where: { job, ...(state && { state }), ...(upTo && { at: LessThanOrEqual(new Date(upTo)) }) },
        order: { at: 'DESC', dc: 'ASC', shard: 'ASC' },
        skip: (page - 1) * pageSize,
        take: pageSize,
      }),
    )
    return { items: value[0].map(toSlot), total: value[1] }
  }

  /** Of each job the newest slot that has begun or ended, the next that has not, and what a run usually takes. */
  async glances(manager: EntityManager, jobs: readonly string[]) {
    const glances = new Map<
      string,
      { last: SlotRow | undefined; nextMs: number | undefined; typicalMs: number | undefined }
    >()
    for (const job of jobs) {
      const last = await manager.findOne(JobSlotEntity, {
        where: { job, state: In(['leased', 'running', 'ok', 'failed', 'skipped', 'late']) },
        order: { at: 'DESC' },
      })
      const next = await manager.findOne(JobSlotEntity, {
        where: { job, state: In([...unbegun]) },
        order: { runAt: 'ASC' },
      })
      const good = await manager.find(JobSlotEntity, {
        where: { job, state: 'ok' },
        order: { at: 'DESC' },
        take: typicalOf,
      })
      const tookMs = good.flatMap(({ attempts, endedAt }) => {
        const begunAtMs = attempts.at(-1)?.atMs
        return endedAt && begunAtMs !== undefined ? [endedAt.getTime() - begunAtMs] : []
      })
      glances.set(job, {
        last: last ? toSlot(last) : undefined,
        nextMs: next?.runAt.getTime(),
        typicalMs: tookMs.toSorted((a, b) => a - b)[Math.floor(tookMs.length / 2)],
      })
    }
    return glances
  }

  /** Inside a write: the slot, locked until the transaction ends. */
  async locked(manager: EntityManager, { job, atMs, dc, shard }: SlotKey): Promise<SlotRow | undefined> {
    const where = { job, at: new Date(atMs), dc, shard }
    const row = await manager.findOne(JobSlotEntity, { where, lock: { mode: 'pessimistic_write' } })
    return row ? toSlot(row) : undefined
  }

  /** Inside a write: every slot of a job that has not begun. */
  async unbegunOf(manager: EntityManager, job: string): Promise<SlotRow[]> {
    const where = { job, dc: '', state: In([...unbegun]) }
    const rows = await manager.find(JobSlotEntity, { where, order: { at: 'ASC' }, lock: { mode: 'pessimistic_write' } })
    return rows.map(toSlot).filter((slot) => !hasBegun(slot))
  }

  /** Newest slots first that were not moved away, of several jobs. */
  async newestOf(manager: EntityManager, jobs: readonly string[]): Promise<Map<string, SlotRow>> {
    const newest = new Map<string, SlotRow>()
    if (jobs.length === 0) return newest
    const rows = await manager.find(JobSlotEntity, { where: { job: In([...jobs]) }, order: { at: 'DESC' } })
    for (const row of rows) if (row.reason !== 'moved' && !newest.has(row.job)) newest.set(row.job, toSlot(row))
    return newest
  }

  async set({ job, atMs, dc, shard }: SlotKey, manager: EntityManager, set: Partial<SlotRow>) {
    await manager.update(JobSlotEntity, { job, at: new Date(atMs), dc, shard }, toColumns(set) as object)
  }

  /** One that was moved away from a time may come back to it. Others stay what they became. Returns whether it is due now. */
  async add(manager: EntityManager, slot: SlotRow): Promise<boolean> {
    const held = await this.locked(manager, slot)
    if (!held) await manager.insert(JobSlotEntity, toSlotRow(slot) as object)
    else if (held.reason === 'moved') await this.set(slot, manager, slot)
    return !held || held.reason === 'moved'
  }

  /** Now, what waits for its time or for its next attempt. */
  async hurry(manager: EntityManager, job: string, nowMs: number, manual: SlotRow['manual']) {
    const set = toColumns({ runAtMs: nowMs, manual }) as object
    await manager.update(JobSlotEntity, { job, dc: '', state: In([...unbegun]) }, set)
  }

  /** Ends one that has not begun. */
  async end(manager: EntityManager, slot: SlotRow, reason: SlotReason, detail: string, nowMs: number) {
    await this.set(slot, manager, { state: 'skipped', reason, detail: detail.slice(0, 500), endedAtMs: nowMs })
  }

  /** Another time for what has not begun: the old one stays in the ledger as moved. Returns whether anything was moved. */
  async move(manager: EntityManager, job: string, toMs: number, nowMs: number): Promise<boolean> {
    const slots = (await this.unbegunOf(manager, job)).filter(({ atMs }) => atMs !== toMs)
    for (const slot of slots) {
      await this.end(manager, slot, 'moved', `moved to ${new Date(toMs).toISOString()}`, nowMs)
      await this.add(manager, dueSlot({ job, atMs: toMs, dc: '', shard: slot.shard }))
    }
    return slots.length > 0
  }
}
