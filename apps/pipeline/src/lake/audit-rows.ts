import type { Database } from '@gala/database'
import type { Clock } from '@gala/kernel'
import type { Pending } from './manifest.js'
import type { RowSource, Rows } from './row-source.js'
import type { LakeRow } from './tables.js'

/** Ids are given in the order of beginning, rows seen in that of committing: no transaction takes longer than this. */
const settledMs = 60_000

interface AuditEntry {
  id: string
  at: Date
  actor: string
  role: string
  action: string
  target: string
  outcome: string
  code: string | null
  reason: string | null
  dc: string
  trace_id: string
}

/** What operators did, from the audit of the nearest database: its source is the table, a place in it the id of an entry. */
export class AuditRows implements RowSource {
  readonly tables = ['operator_audit'] as const

  constructor(
    private readonly database: Pick<Database, 'read'>,
    private readonly clock: Pick<Clock, 'nowMs'>,
  ) {}

  async next(placeOf: (source: string) => number, rowsMax: number): Promise<{ found: Rows[]; all: boolean }> {
    const from = placeOf('audit')
    const settled = new Date(this.clock.nowMs() - settledMs)
    const entries = await this.#read('id > ? AND at < ? ORDER BY id LIMIT ?', [from, settled, rowsMax])
    const last = entries.at(-1)
    const found = last ? [{ ...rangeOf(from, Number(last.id)), rows: entries.map(rowOf) }] : []
    return { found, all: entries.length < rowsMax }
  }

  async again({ from, to }: Pending): Promise<Rows> {
    const entries = await this.#read('id > ? AND id <= ? ORDER BY id', [from, to])
    return { ...rangeOf(from, to), rows: entries.map(rowOf) }
  }

  async #read(condition: string, values: unknown[]): Promise<AuditEntry[]> {
    const sql = `SELECT id, at, actor, role, action, target, outcome, code, reason, dc, trace_id FROM audit WHERE ${condition}`
    return (await this.database.read((manager) => manager.query<AuditEntry[]>(sql, values))).value
  }
}

const rangeOf = (from: number, to: number) => ({ table: 'operator_audit' as const, source: 'audit', from, to })

const rowOf = ({ id, at, trace_id, ...entry }: AuditEntry): LakeRow<'operator_audit'> => ({
  at_ms: at.getTime(),
  id: String(id),
  dc: entry.dc,
  actor: entry.actor,
  role: entry.role,
  action: entry.action,
  target: entry.target,
  outcome: entry.outcome,
  code: entry.code,
  reason: entry.reason,
  trace_id,
})
