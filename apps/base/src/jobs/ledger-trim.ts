import type { Database } from '@gala/database'

/** Of what has ended. What an event was like is in its report by then. */
const keptMs = 30 * 86_400_000

/**
 * Deletes slots that ended a month ago, and what they have left behind, at most `limit` of each; returns how many slots. A slot that
 * has not ended stays, however old.
 */
export async function trimLedger(database: Pick<Database, 'onWriter'>, nowMs: number, limit: number): Promise<number> {
  const before = new Date(nowMs - keptMs)
  return await database.onWriter(async (manager) => {
    await manager.query('DELETE FROM job_effects WHERE at < ? ORDER BY at LIMIT ?', [before, limit])
    const { affectedRows } = await manager.query<{ affectedRows: number }>(
      "DELETE FROM job_slots WHERE at < ? AND state IN ('ok', 'failed', 'skipped') ORDER BY at LIMIT ?",
      [before, limit],
    )
    return affectedRows
  })
}
