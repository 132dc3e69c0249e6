import type { Database } from '@gala/database'
import type { EntityManager } from 'typeorm'

export interface LeaseRow {
  holder: string
  token: string
  taken_at: Date
  until_at: Date
}

export const leaseSql = 'SELECT holder, token, taken_at, until_at FROM job_leases WHERE scope = ?'

/** The database's own clock, which all that write to it share. */
export async function timeOf(manager: EntityManager): Promise<number> {
  const [row] = await manager.query<{ now: Date }[]>('SELECT UTC_TIMESTAMP(3) AS now')
  if (!row) throw new Error('the database does not tell the time')
  return row.now.getTime()
}

const definitionsScope = 'definitions'

/** Inside every transaction that changes what is to be run: the leader reads it anew before its next step. */
export async function definitionsChanged(manager: EntityManager) {
  await manager.query(
    `INSERT INTO job_leases (scope, holder, token, taken_at, until_at) VALUES (?, '', 1, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))
     ON DUPLICATE KEY UPDATE token = token + 1`,
    [definitionsScope],
  )
}

/** Counts up with each such change; as the writer holds it. */
export async function definitionsVersion(database: Pick<Database, 'onWriter'>): Promise<number> {
  return await database.onWriter(async (manager) => {
    const [row] = await manager.query<LeaseRow[]>(leaseSql, [definitionsScope])
    return Number(row?.token ?? 0)
  })
}
