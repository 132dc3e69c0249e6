import type { Database } from '@gala/database'

/** Deletes mutes that are over, at most `limit` at a time; returns how many. */
export async function trimMutes(database: Pick<Database, 'onWriter'>, nowMs: number, limit: number): Promise<number> {
  return await database.onWriter(async (manager) => {
    const sql = 'DELETE FROM room_mutes WHERE until_at <= ? ORDER BY until_at LIMIT ?'
    const { affectedRows } = await manager.query<{ affectedRows: number }>(sql, [new Date(nowMs), limit])
    return affectedRows
  })
}
