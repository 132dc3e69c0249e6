import { type Database, JobSlotEntity } from '@gala/database'
import type { EntityManager } from 'typeorm'
import {
  type Beat,
  type Definition,
  hasEnded,
  type Lead,
  LeaseLost,
  type Ledger,
  type Move,
  type Outcome,
  type SlotKey,
  type SlotRow,
} from './ledger.js'
import { type LeaseRow, leaseSql, timeOf } from './ledger-rows.js'
import { afterAttempt, begun } from './run-states.js'
import { noteEnd } from './slot-ends.js'
import { toColumns, toSlot, toSlotRow } from './slot-rows.js'

/** Of the lease and of slots that belong to no data centre. */
export const globalScope = 'global'

const vacantSql = `INSERT IGNORE INTO job_leases (scope, holder, token, taken_at, until_at)
 VALUES (?, '', 0, '1970-01-02', '1970-01-02')`
const planMax = 500

/** The ledger of what runs once for all data centres: in the database, of which there is one writer. */
export class MysqlLedger implements Ledger {
  readonly scope = globalScope

  /** Led when it was last asked for. */
  #led = false

  /** `dc`: where this process stands, for the audit of what is done here by itself. */
  constructor(
    private readonly database: Pick<Database, 'onWriter'>,
    private readonly dc: string,
  ) {}

  async lead(holder: string, leaseMs: number): Promise<Lead> {
    // Whoever only looks takes no lock, so that standing by costs the leader nothing.
    const seen = this.#led ? undefined : await this.database.onWriter((manager) => this.#look(manager, ''))
    const held = seen?.row && seen.row.holder !== holder && seen.row.until_at.getTime() > seen.nowMs
    if (seen?.row && held) return leadOf(seen.row, seen.nowMs, holder)
    // The lock needs a row: of two that find none, both would go on.
    if (seen && !seen.row) await this.database.onWriter((manager) => manager.query(vacantSql, [globalScope]))
    const lead = await this.#take(holder, leaseMs)
    this.#led = lead.leads
    return lead
  }

  async #take(holder: string, leaseMs: number): Promise<Lead> {
    return await this.database.onWriter(async (manager) => {
      const { row, nowMs } = await this.#look(manager, ' FOR UPDATE')
      const open = !row || row.until_at.getTime() <= nowMs
      if (row && !open && row.holder !== holder) return leadOf(row, nowMs, holder)
      // One that ran out was perhaps somebody else's meanwhile, and they have been forgotten: the token says that it is a new one.
      const token = String(Number(row?.token ?? 0) + (open ? 1 : 0))
      const takenAt = open || !row ? new Date(nowMs) : row.taken_at
      const kept = { holder, token, taken_at: takenAt, until_at: new Date(nowMs + leaseMs) }
      await manager.query(
        `INSERT INTO job_leases (scope, holder, token, taken_at, until_at) VALUES (?, ?, ?, ?, ?)
         ON DUPLICATE KEY UPDATE holder = VALUES(holder), token = VALUES(token), taken_at = VALUES(taken_at),
         until_at = VALUES(until_at)`,
        [globalScope, kept.holder, kept.token, kept.taken_at, kept.until_at],
      )
      return leadOf(kept, nowMs, holder)
    })
  }

  async resign(holder: string): Promise<void> {
    await this.database.onWriter((manager) =>
      manager.query('UPDATE job_leases SET until_at = ? WHERE scope = ? AND holder = ?', [
        new Date(0),
        globalScope,
        holder,
      ]),
    )
  }

  async plannedUntil(jobs: readonly Definition[]): Promise<Map<string, number>> {
    return new Map(jobs.flatMap(({ id, plannedUntilMs }) => (plannedUntilMs === null ? [] : [[id, plannedUntilMs]])))
  }

  async plan(token: number | undefined, slots: readonly SlotRow[], until: ReadonlyMap<string, number>): Promise<void> {
    await this.database.onWriter(async (manager) => {
      await this.#mustLead(manager, token)
      for (let at = 0; at < slots.length; at += planMax) {
        const rows = slots.slice(at, at + planMax).map(toSlotRow)
        await manager
          .createQueryBuilder()
          .insert()
          .orIgnore()
          .into(JobSlotEntity)
          .values(rows as object[])
          .updateEntity(false)
          .execute()
      }
      for (const [id, untilMs] of until) {
        await manager.query('UPDATE jobs SET planned_until = GREATEST(COALESCE(planned_until, ?), ?) WHERE id = ?', [
          new Date(untilMs),
          new Date(untilMs),
          id,
        ])
      }
    })
  }

  async open(untilMs: number, limit: number): Promise<SlotRow[]> {
    return await this.database.onWriter(async (manager) => {
      const rows = await manager
        .createQueryBuilder(JobSlotEntity, 'slot')
        .where("slot.dc = '' AND slot.state IN ('leased', 'running')")
        .orWhere("slot.dc = '' AND slot.state IN ('due', 'late') AND slot.runAt <= :until", {
          until: new Date(untilMs),
        })
        .orderBy('slot.runAt', 'ASC')
        .addOrderBy('slot.at', 'ASC')
        .limit(limit)
        .getMany()
      return rows.map(toSlot)
    })
  }

  async read(key: SlotKey): Promise<SlotRow | undefined> {
    return await this.database.onWriter(async (manager) => {
      const row = await manager.findOneBy(JobSlotEntity, primary(key))
      return row ? toSlot(row) : undefined
    })
  }

  async newest(job: string, dc: string, atMs: number): Promise<SlotRow | undefined> {
    return await this.database.onWriter(async (manager) => {
      const row = await manager
        .createQueryBuilder(JobSlotEntity, 'slot')
        .where('slot.job = :job AND slot.dc = :dc AND slot.at <= :at', { job, dc, at: new Date(atMs) })
        .andWhere("(slot.reason IS NULL OR slot.reason <> 'moved')")
        .orderBy('slot.at', 'DESC')
        .limit(1)
        .getOne()
      return row ? toSlot(row) : undefined
    })
  }

  async apply(token: number | undefined, moves: readonly Move[]): Promise<boolean[]> {
    return await this.database.onWriter(async (manager) => {
      await this.#mustLead(manager, token)
      const done: boolean[] = []
      for (const { key, from, set } of moves) {
        const moved = await change(manager, key, from, set)
        if (moved && set.state === 'failed') await noteEnd(manager, key.job, false, this.dc)
        done.push(moved)
      }
      return done
    })
  }

  async begin(key: SlotKey, attempt: number, holder: string, leaseMs: number): Promise<SlotRow | undefined> {
    return await this.database.onWriter(async (manager) => {
      const slot = await locked(manager, key)
      if (slot?.state !== 'leased' || slot.attempt !== attempt) return undefined
      const nowMs = await timeOf(manager)
      const set = begun(slot, holder, nowMs, leaseMs)
      await change(manager, key, slot, set)
      return { ...slot, ...set }
    })
  }

  async beat(runs: readonly Beat[], leaseMs: number): Promise<('go-on' | 'cancel' | 'lost')[]> {
    return await this.database.onWriter(async (manager) => {
      const leaseUntilMs = (await timeOf(manager)) + leaseMs
      const verdicts: ('go-on' | 'cancel' | 'lost')[] = []
      for (const { key, attempt, progress } of runs) {
        const renewed = await change(manager, key, { state: 'running', attempt }, { leaseUntilMs, progress })
        const cancelled = renewed && (await manager.existsBy(JobSlotEntity, { ...primary(key), cancel: 1 }))
        verdicts.push(renewed ? (cancelled ? 'cancel' : 'go-on') : 'lost')
      }
      return verdicts
    })
  }

  async finish(key: SlotKey, attempt: number, outcome: Outcome): Promise<boolean> {
    return await this.database.onWriter(async (manager) => {
      const slot = await locked(manager, key)
      if (slot?.state !== 'running' || slot.attempt !== attempt) return false
      const set = afterAttempt(slot, await timeOf(manager), outcome)
      await change(manager, key, slot, set)
      if (hasEnded({ state: outcome.state }) && outcome.reason !== 'cancelled') {
        await noteEnd(manager, key.job, outcome.state === 'ok', this.dc)
      }
      return true
    })
  }

  async #look(manager: EntityManager, lock: '' | ' FOR UPDATE') {
    const [row] = await manager.query<LeaseRow[]>(`${leaseSql}${lock}`, [globalScope])
    // After the lock: waiting for it may have taken long.
    return { row, nowMs: await timeOf(manager) }
  }

  async #mustLead(manager: EntityManager, token: number | undefined) {
    if (token === undefined) return
    const { row, nowMs } = await this.#look(manager, ' FOR UPDATE')
    if (!row || Number(row.token) !== token || row.until_at.getTime() <= nowMs) throw new LeaseLost(globalScope)
  }
}

const leadOf = (row: LeaseRow, nowMs: number, holder: string): Lead => {
  const held = row.until_at.getTime() > nowMs
  return {
    nowMs,
    leads: held && row.holder === holder,
    holder: held ? row.holder : null,
    token: Number(row.token),
    takenAtMs: held ? row.taken_at.getTime() : null,
  }
}

const primary = ({ job, atMs, dc, shard }: SlotKey) => ({ job, at: new Date(atMs), dc, shard })

async function locked(manager: EntityManager, key: SlotKey): Promise<SlotRow | undefined> {
  const row = await manager.findOne(JobSlotEntity, { where: primary(key), lock: { mode: 'pessimistic_write' } })
  return row ? toSlot(row) : undefined
}

/** Whether the slot still was as it was said to be. Renewing a lease changes nothing when it is done twice in a millisecond. */
async function change(
  manager: EntityManager,
  key: SlotKey,
  { state, attempt }: Pick<SlotRow, 'state' | 'attempt'>,
  set: Move['set'],
): Promise<boolean> {
  const { affected } = await manager.update(
    JobSlotEntity,
    { ...primary(key), state, attempt },
    toColumns(set) as object,
  )
  return (affected ?? 0) > 0
}
