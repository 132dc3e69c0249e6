import { slotStates } from '@gala/contracts'
import { type Database, JobSlotEntity } from '@gala/database'
import { In, MoreThanOrEqual } from 'typeorm'
import { endedStates, type SlotRow } from './ledger.js'
import { toSlot } from './slot-rows.js'

/** Of one transaction: none holds up the edits behind it. */
const rowsMax = 200
const recentMax = 5_000
const recentMs = 3_600_000

/** What a data centre's own ledger has come to, in the ledger of all. */
export class SlotMirrorRepository {
  constructor(private readonly database: Pick<Database, 'read' | 'onWriter'>) {}

  /**
   * Writes slots as they are. A row of a later attempt stays, and one that has ended, unless there was a later attempt: whoever was
   * held up writes nothing that is over.
   */
  async write(slots: readonly SlotRow[]): Promise<void> {
    for (let at = 0; at < slots.length; at += rowsMax) {
      const rows = slots.slice(at, at + rowsMax).map(toRow)
      const sql = `INSERT INTO job_slots (${columns.join(', ')}) VALUES ${rows.map(() => placeholders).join(', ')}
        ON DUPLICATE KEY UPDATE ${updates.join(', ')}`
      await this.database.onWriter((manager) => manager.query(sql, rows.flat()))
    }
  }

  /** Slots of a data centre that were to run in the last hour, or are still ahead, as the nearest reader has them. */
  async recent(dc: string, nowMs: number): Promise<SlotRow[]> {
    const runAt = MoreThanOrEqual(new Date(nowMs - recentMs))
    const { value } = await this.database.read((manager) =>
      manager.find(JobSlotEntity, {
        where: { dc, state: In([...slotStates]), runAt },
        order: { runAt: 'DESC' },
        take: recentMax,
      }),
    )
    return value.map(toSlot)
  }
}

const columns = [
  ...[
    'job_id',
    'at',
    'dc',
    'shard',
    'reason',
    'detail',
    'run_at',
    'attempts_json',
    'holder',
    'lease_until',
    'started_at',
  ],
  ...['ended_at', 'cancel', 'progress_json', 'result_json', 'manual_json', 'state', 'attempt'],
]
const placeholders = `(${columns.map(() => '?').join(', ')})`

const endedSql = endedStates.map((state) => `'${state}'`).join(', ')
const newer = `(VALUES(attempt) > attempt OR (VALUES(attempt) = attempt AND state NOT IN (${endedSql})))`
// Assignments are done from left to right and see what was assigned before them: what they are decided by comes last.
const updates = columns
  .slice(4)
  .map((column) =>
    column === 'attempt'
      ? 'attempt = GREATEST(attempt, VALUES(attempt))'
      : `${column} = IF(${newer}, VALUES(${column}), ${column})`,
  )

/** Cut to what the columns take: a row that is refused would hold up all behind it. */
function toRow(slot: SlotRow) {
  const { job, atMs, dc, shard, state, reason, detail, runAtMs, attempt, attempts, holder, cancel } = slot
  const { leaseUntilMs, startedAtMs, endedAtMs, progress, result, manual } = slot
  return [
    ...[job, moment(atMs), dc, shard, reason, detail?.slice(0, 500) ?? null, moment(runAtMs)],
    fitting(attempts, 65_000) ??
      fitting(
        attempts.map((each) => ({ ...each, error: null })),
        65_000,
      ) ??
      '[]',
    ...[holder?.slice(0, 120) ?? null, moment(leaseUntilMs), moment(startedAtMs), moment(endedAtMs), cancel ? 1 : 0],
    fitting(progress, 400) ?? fitting(progress && { ...progress, note: '' }, 400),
    ...[fitting(result, 1_000_000), fitting(manual, 1_000), state, attempt],
  ]
}

const moment = (ms: number | null) => (ms === null ? null : new Date(ms))

/** JSON of at most so many bytes; null when it has more. */
function fitting(value: unknown, bytesMax: number): string | null {
  if (value === null || value === undefined) return null
  const json = JSON.stringify(value)
  return Buffer.byteLength(json) <= bytesMax ? json : null
}
