import { until } from '@gala/platform'
import { Redis } from 'ioredis'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import type { Audience } from './audience.js'
import type { Rig } from './rig.js'
import type { Writer } from './writers.js'

/** Every event as each server holds it, and its audit: one row for each version. */
export async function heldAgainst(rig: Rig, writers: readonly Writer[]): Promise<{ lost: number; twice: number }> {
  let lost = 0
  let twice = 0
  for (const { mysql } of rig.status.dcs) {
    const connection = await createConnection({ uri: await rig.client.adminUrl(Number(new URL(mysql).port)) })
    for (const { id, version } of writers) {
      const ask = async (sql: string) => {
        const [rows] = await connection.query<RowDataPacket[]>(sql, [id])
        return Number(rows[0]?.['n'] ?? 0)
      }
      // What replication carries is there within moments; after a second it is missing.
      await until(
        async () => (await ask('SELECT version AS n FROM gala.events WHERE id = ?')) >= version,
        'behind',
        1_000,
      ).catch(() => {})
      const held = await ask('SELECT version AS n FROM gala.events WHERE id = ?')
      const audited = await ask(
        "SELECT COUNT(*) AS n FROM gala.audit WHERE target = CONCAT('event:', ?) AND outcome = 'done'",
      )
      lost += Math.max(0, version - held)
      twice += Math.max(0, audited - held)
    }
    await connection.end()
  }
  return { lost, twice }
}

/** What each data centre has booked, all together; nothing waits to be booked then. */
export async function likesOf(rig: Rig, events: readonly string[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (const { redis } of rig.status.dcs) {
    const client = new Redis(redis)
    await until(async () => (await client.xlen('gala:likes:inbox')) === 0, 'likes wait to be booked', 30_000, 100)
    for (const id of events) counts.set(id, (counts.get(id) ?? 0) + Number(await client.get(`gala:likes:{${id}}`)))
    client.disconnect()
  }
  return counts
}

/** Booked at home at last, each once. */
export async function likesHeldAgainst(rig: Rig, audience: Audience, before: ReadonlyMap<string, number>) {
  const ids = [...before.keys()]
  const found = { lost: 0, twice: 0 }
  const settled = async () => {
    const now = await likesOf(rig, ids)
    found.lost = 0
    found.twice = 0
    for (const id of ids) {
      const { sure, unsure } = audience.likes.get(id) ?? { sure: 0, unsure: 0 }
      const counted = (now.get(id) ?? 0) - (before.get(id) ?? 0)
      found.lost += Math.max(0, sure - counted)
      found.twice += Math.max(0, counted - sure - unsure)
    }
    return found.lost === 0
  }
  await until(settled, 'likes are missing', 20_000, 500).catch(() => {})
  return found
}
