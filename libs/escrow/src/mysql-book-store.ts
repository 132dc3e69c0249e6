import type { Database } from '@gala/database'
import type { Clock } from '@gala/kernel'
import type { BookStore, Page } from './book-store.js'
import type { Entry, EntryKind, Grant, Stock } from './stock.js'

type Manager = Parameters<Parameters<Database['onWriter']>[0]>[0]

/** What the driver hands over: 64-bit numbers as text. */
type Row<T> = { [K in keyof T]: T[K] extends number ? string | number : T[K] }

const grantColumns =
  'id, stock_id AS stock, dc, token, amount, credit, allowance, issued, returned, lost, state, ends_at AS endsAt'

/**
 * The books in the writing database. Every transaction locks the row of its stock first, so those of one stock follow one
 * another and none can wait for another in a circle. Nobody keeps copies of them, so no change is announced.
 */
export class MysqlBookStore implements BookStore {
  constructor(
    private readonly database: Pick<Database, 'onWriter'>,
    private readonly clock: Clock,
  ) {}

  change<T>(stock: string, work: (page: Page) => Promise<T>): Promise<T> {
    return this.database.onWriter(async (manager) => {
      await stockRow(manager, stock)
      return await work(this.#page(manager, stock))
    })
  }

  #page(manager: Manager, id: string): Page {
    const now = new Date(this.clock.nowMs())
    const write = ({ key, grant, kind, amount, remaining, reason }: Entry) =>
      manager.query(
        'INSERT INTO escrow_ledger (entry_key, stock_id, grant_id, kind, amount, remaining, reason, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        [key, id, grant, kind, amount, remaining, reason, now],
      )
    const grants = async (where: string, values: unknown[]) => {
      const sql = `SELECT ${grantColumns} FROM escrow_grants WHERE ${where} ORDER BY token`
      return (await manager.query<GrantRow[]>(sql, values)).map(toGrant)
    }
    return {
      stock: () => stockRow(manager, id),
      create: async ({ total, remaining, version }, entry) => {
        const sql =
          'INSERT IGNORE INTO escrow_stocks (id, total, remaining, version, created_at) VALUES (?, ?, ?, ?, ?)'
        const made = await manager.query<{ affectedRows: number }>(sql, [id, total, remaining, version, now])
        if (made.affectedRows === 0) return false
        await write(entry)
        return true
      },
      grant: async (grant) => (await grants('stock_id = ? AND id = ?', [id, grant]))[0],
      grants: () => grants('stock_id = ?', [id]),
      unclosed: (dc) => {
        const of = dc === undefined ? '' : ' AND dc = ?'
        return grants(`stock_id = ? AND state <> 'closed'${of}`, dc === undefined ? [id] : [id, dc])
      },
      sums: async () => {
        const sql = 'SELECT kind, SUM(amount) AS amount FROM escrow_ledger WHERE stock_id = ? GROUP BY kind'
        const rows = await manager.query<{ kind: EntryKind; amount: string }[]>(sql, [id])
        return Object.fromEntries(rows.map(({ kind, amount }) => [kind, Number(amount)]))
      },
      saveStock: (stock) => saveStock(manager, stock),
      save: async (stock, grant, entries) => {
        if (entries.length > 0) await saveStock(manager, stock)
        await saveGrant(manager, grant, now)
        for (const entry of entries) await write(entry)
      },
    }
  }
}

async function stockRow(manager: Manager, id: string): Promise<Stock | undefined> {
  const sql = 'SELECT id, total, remaining, version, ended FROM escrow_stocks WHERE id = ? FOR UPDATE'
  const [row] = await manager.query<Row<Omit<Stock, 'ended'> & { ended: number }>[]>(sql, [id])
  if (!row) return undefined
  const [total, remaining, version, ended] = [row.total, row.remaining, row.version, row.ended].map(Number)
  return { id, total: total ?? 0, remaining: remaining ?? 0, version: version ?? 0, ended: ended === 1 }
}

async function saveStock(manager: Manager, { id, remaining, version, ended }: Stock) {
  const sql = 'UPDATE escrow_stocks SET remaining = ?, version = ?, ended = ? WHERE id = ?'
  await manager.query(sql, [remaining, version, ended ? 1 : 0, id])
}

type GrantRow = Row<Omit<Grant, 'endsAtMs'>> & { endsAt: Date }

function toGrant({ endsAt, ...row }: GrantRow): Grant {
  const { id, stock, dc, state } = row
  return {
    ...{ id, stock, dc, state },
    token: Number(row.token),
    amount: Number(row.amount),
    credit: Number(row.credit),
    allowance: Number(row.allowance),
    issued: Number(row.issued),
    returned: Number(row.returned),
    lost: Number(row.lost),
    endsAtMs: endsAt.getTime(),
  }
}

async function saveGrant(manager: Manager, grant: Grant, now: Date) {
  const { id, stock, dc, token, amount, credit, allowance, issued, returned, lost, state } = grant
  const moving = [allowance, issued, returned, lost, state, new Date(grant.endsAtMs), state === 'closed' ? now : null]
  await manager.query(
    `INSERT INTO escrow_grants
       (id, stock_id, dc, token, amount, credit, opened_at, allowance, issued, returned, lost, state, ends_at, closed_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON DUPLICATE KEY UPDATE allowance = ?, issued = ?, returned = ?, lost = ?, state = ?, ends_at = ?,
       closed_at = COALESCE(closed_at, ?)`,
    [id, stock, dc, token, amount, credit, now, ...moving, ...moving],
  )
}
