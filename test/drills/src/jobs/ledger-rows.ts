import { createConnection, type RowDataPacket } from 'mysql2/promise'
import type { Rig } from '../rig.js'
import type { EffectRow, LedgerRow, SlotId } from './oracle.js'
import { idPrefix } from './plan.js'

/** Slots and effects of the drill's jobs from `fromMs` to before `toMs`, as the server that writes holds them. */
export async function readLedger(rig: Rig, writer: string, fromMs: number, toMs: number) {
  const port = Number(new URL(rig.status.dcs.find(({ id }) => id === writer)?.mysql ?? '').port)
  const connection = await createConnection({ uri: await rig.client.adminUrl(port), timezone: 'Z' })
  try {
    const ask = async (columns: string, table: string) => {
      const sql = `SELECT ${columns} FROM gala.${table} WHERE at >= ? AND at < ? AND job_id LIKE '${idPrefix}%'`
      return (await connection.query<RowDataPacket[]>(sql, [new Date(fromMs), new Date(toMs)]))[0]
    }
    const slots = await ask('job_id, at, dc, shard, state, reason, attempts_json, started_at', 'job_slots')
    const effects = await ask('job_id, at, dc, shard, effect, attempt, done_at', 'job_effects')
    return { rows: slots.map(slotOf), effects: effects.map(effectOf) }
  } finally {
    await connection.end()
  }
}

const idOf = (row: RowDataPacket): SlotId => ({
  job: String(row['job_id']),
  atMs: (row['at'] as Date).getTime(),
  dc: String(row['dc']),
  shard: Number(row['shard']),
})

function slotOf(row: RowDataPacket): LedgerRow {
  const attempts = JSON.parse(String(row['attempts_json'])) as LedgerRow['attempts']
  const { state, reason } = row as unknown as Pick<LedgerRow, 'state' | 'reason'>
  const startedAtMs = (row['started_at'] as Date | null)?.getTime() ?? null
  return { ...idOf(row), state, reason, attempts, startedAtMs }
}

const effectOf = (row: RowDataPacket): EffectRow => ({
  ...idOf(row),
  effect: String(row['effect']),
  attempt: Number(row['attempt']),
  doneAtMs: (row['done_at'] as Date).getTime(),
})
