import type { Clock } from '@gala/kernel'
import { createConnection, type RowDataPacket } from 'mysql2/promise'

const connectTimeoutMs = 500
const lookEveryMs = 100

/** The SQL of whether a server may be written to now, and by whose token. The server's own clock decides. */
export const writerSql =
  'SELECT token FROM gala_local.writer WHERE id = 1 AND until_at > SYSDATE(3) AND @@global.read_only = 0'

/**
 * The server that takes writes.
 * @throws when none does within `withinMs`, with the reason the last one gave.
 */
export async function writerOf<T extends { url: string }>(
  servers: readonly T[],
  clock: Clock,
  withinMs: number,
): Promise<T> {
  const untilMs = clock.monotonicMs() + withinMs
  let cause: unknown
  while (clock.monotonicMs() < untilMs) {
    for (const server of servers) {
      try {
        if (await takesWrites(server.url)) return server
      } catch (error) {
        cause = error
      }
    }
    await clock.sleep(lookEveryMs)
  }
  throw new Error(`no database server takes writes within ${withinMs / 1_000} s`, { cause })
}

async function takesWrites(uri: string): Promise<boolean> {
  const connection = await createConnection({ uri, connectTimeout: connectTimeoutMs })
  try {
    const [rows] = await connection.query<RowDataPacket[]>(writerSql)
    return rows.length > 0
  } finally {
    connection.destroy()
  }
}
