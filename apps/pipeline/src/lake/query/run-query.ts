import { type DuckDBConnection, type DuckDBPreparedStatement, StatementType } from '@duckdb/node-api'
import type { LakeQueryReply } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import { Engine, quoted } from '../engine.js'
import type { QueryBounds, QueryOutcome, QueryTask } from './protocol.js'

type Cells = LakeQueryReply['rows'][number]

/** Answers one query in an engine of its own, in which nothing but the lake's files can be opened and no setting be changed. */
export async function runQuery({ sql, views, files, bounds }: QueryTask, clock: Clock): Promise<QueryOutcome> {
  const engine = await Engine.open(bounds)
  const { connection } = engine
  let timedOut = false
  const cancel = clock.after(bounds.timeoutMs, () => {
    timedOut = true
    connection.interrupt()
  })
  try {
    await engine.run(`SET allowed_paths = [${files.map(quoted).join(', ')}]`)
    await engine.run('SET enable_external_access = false')
    for (const view of views) await engine.run(view)
    await engine.run('SET lock_configuration = true')
    const statement = await selectIn(connection, sql)
    if (typeof statement === 'string') return { kind: 'refused', detail: statement }
    return await answer(statement, bounds, () => timedOut)
  } catch (error) {
    const { message } = error as Error
    if (timedOut) return { kind: 'cut', detail: `it took longer than ${bounds.timeoutMs} ms` }
    if (/out of memory/i.test(message)) return { kind: 'cut', detail: `it needs more than ${bounds.memoryMb} MB` }
    return { kind: 'refused', detail: message.slice(0, 1_000) }
  } finally {
    cancel()
    engine.close()
  }
}

/** The engine's own reading of what kind of statement it is, or why it is not the one kind. */
async function selectIn(connection: DuckDBConnection, sql: string): Promise<DuckDBPreparedStatement | string> {
  const statements = await connection.extractStatements(sql).catch((error: Error) => {
    // Of a text with nothing in it there is an error without a message.
    if (error.message === 'Error in native callback') return undefined
    throw error
  })
  if (!statements) return 'it is no statement, and has to be one SELECT'
  if (statements.count !== 1) return `it is ${statements.count} statements, and has to be one SELECT`
  const statement = await statements.prepare(0)
  if (statement.statementType !== StatementType.SELECT) {
    return `it is ${StatementType[statement.statementType]}, and has to be a SELECT`
  }
  if (statement.parameterCount > 0) return 'it has parameters, and nobody to give them'
  return statement
}

/** The engine gives these as texts, because they may be larger than a number of JSON is exact for. */
const whole = new Set(['BIGINT', 'UBIGINT', 'HUGEINT'])
const numberOr = (cell: Cells[number]) => (Number.isSafeInteger(Number(cell)) && cell !== null ? Number(cell) : cell)

/** Rows are taken as they are made, so that an answer that is too long is never made as a whole. */
async function answer(
  statement: DuckDBPreparedStatement,
  { rowsMax, bytesMax }: QueryBounds,
  timedOut: () => boolean,
): Promise<QueryOutcome> {
  const result = await statement.stream()
  const columns = result.columnNames().map((name, i) => ({ name, type: String(result.columnType(i)) }))
  const rows: Cells[] = []
  let bytes = 0
  let cut: LakeQueryReply['cut'] = null
  reading: for await (const chunk of result.yieldRowsJson()) {
    if (timedOut()) throw new Error('its time is over')
    for (const texts of chunk as Cells[]) {
      const row = texts.map((cell, i) => (whole.has(columns[i]?.type ?? '') ? numberOr(cell) : cell))
      bytes += Buffer.byteLength(JSON.stringify(row))
      cut = rows.length === rowsMax ? 'rows' : bytes > bytesMax ? 'bytes' : null
      if (cut) break reading
      rows.push(row)
    }
  }
  return { kind: 'answered', reply: { columns, rows, cut } }
}
