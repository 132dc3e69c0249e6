import { type Engine, quoted } from '../lake/engine.js'
import type { LakeFiles } from '../lake/lake-files.js'
import { emptyOf } from '../lake/lake-writer.js'
import { type Hour, hourStartMs, type LakeTable, lakeTableNames } from '../lake/tables.js'

/** Which rows are looked at. All of them when nothing is said. */
export interface Slice {
  fromMs?: number
  toMs?: number
  event?: string
}

const hourMs = 3_600_000
const aboutEvents: readonly LakeTable[] = ['requests', 'beacons', 'messages']

/** Makes the tables of all roll-ups, over the files there are at this moment in all these lakes. */
export async function makeViews(engine: Engine, lakes: readonly LakeFiles[], slice: Slice = {}): Promise<void> {
  for (const table of lakeTableNames) await engine.run(await viewOf(table, lakes, slice))
}

async function viewOf(table: LakeTable, lakes: readonly LakeFiles[], slice: Slice): Promise<string> {
  const within = (hour: Hour) =>
    hourStartMs(hour) + hourMs > (slice.fromMs ?? Number.NEGATIVE_INFINITY) &&
    hourStartMs(hour) < (slice.toMs ?? Number.POSITIVE_INFINITY)
  const files = (await Promise.all(lakes.map((lake) => lake.list(table, within)))).flat()
  // Every data centre keeps the whole of what operators did.
  const distinct = table === 'operator_audit' && lakes.length > 1
  return viewOver(table, files, conditionOf(table, slice), distinct)
}

/** Day and hour are texts, as Hive has them. Files that were written before a column was added read as null there. */
export function viewOver(table: LakeTable, files: readonly string[], condition: string, distinct = false): string {
  const none = `SELECT *, CAST(NULL AS VARCHAR) AS dt, CAST(NULL AS VARCHAR) AS hour FROM ${emptyOf(table)}`
  if (files.length === 0) return `CREATE OR REPLACE TEMP VIEW ${table} AS ${none}`
  const some =
    `SELECT * FROM read_parquet([${files.map(quoted).join(', ')}], union_by_name = true, ` +
    'hive_partitioning = true, hive_types_autocast = false)'
  return `CREATE OR REPLACE TEMP VIEW ${table} AS SELECT ${distinct ? 'DISTINCT ' : ''}* FROM (${none} UNION ALL BY NAME ${some})${condition}`
}

function conditionOf(table: LakeTable, { fromMs, toMs, event }: Slice): string {
  const conditions = [
    ...(fromMs === undefined ? [] : [`at_ms >= ${Math.floor(fromMs)}`]),
    ...(toMs === undefined ? [] : [`at_ms < ${Math.floor(toMs)}`]),
    ...(event === undefined || !aboutEvents.includes(table) ? [] : [`event_id = ${quoted(event)}`]),
  ]
  return conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
}
