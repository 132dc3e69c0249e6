import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise'

const connectTimeoutMs = 2_000
const batchRows = 500
/** For the largest table. A link that breaks in between must not hold up whoever waits for the end. */
const statementTimeoutMs = 30_000

/**
 * Makes the schema of `own` what it is on the server at `url` at one moment, past the binary log. Beside the old tables first,
 * then all of them are exchanged in one statement: whoever reads meanwhile finds the old or the new, and a source that dies in
 * between changes nothing.
 * @returns that moment, as the source counts its transactions.
 * @throws when there are more than `rowsMax` rows; nothing has been changed then.
 */
export async function copySchema(url: string, own: Connection, schema: string, rowsMax: number): Promise<string> {
  const beside = `${schema}_copy`
  const from = await createConnection({ uri: url, connectTimeout: connectTimeoutMs })
  try {
    await run(from, 'SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ')
    await run(from, 'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY')
    const gtid = await momentOf(from)
    const tables = await namesOf(from, schema)
    let rows = 0
    for (const table of tables) rows += await countOf(from, table)
    if (rows > rowsMax) throw new Error(`${rows} rows are too many to be copied like this: build it anew by hand`)
    await run(own, 'SET SESSION sql_log_bin = 0')
    await run(own, 'SET SESSION foreign_key_checks = 0')
    await run(own, `DROP DATABASE IF EXISTS ${beside}`)
    await run(own, `CREATE DATABASE ${beside}`)
    await run(own, `USE ${beside}`)
    for (const table of tables) await copyTable(from, own, table)
    const away = (await namesOf(own, schema)).map((table) => `${schema}.\`${table}\` TO ${beside}.\`old ${table}\``)
    const here = tables.map((table) => `${beside}.\`${table}\` TO ${schema}.\`${table}\``)
    await run(own, `RENAME TABLE ${[...away, ...here].join(', ')}`)
    await run(own, `DROP DATABASE ${beside}`)
    return gtid
  } finally {
    from.destroy()
  }
}

async function run(connection: Connection, sql: string, values: unknown[] = []): Promise<RowDataPacket[]> {
  const [rows] = await connection.query<RowDataPacket[]>({ sql, values, timeout: statementTimeoutMs })
  return rows
}

/** Of the snapshot that has just been begun. */
async function momentOf(from: Connection): Promise<string> {
  const status = await run(from, "SHOW STATUS LIKE 'binlog_snapshot_%'")
  const value = (name: string) =>
    status.find((row) => String(row['Variable_name']).toLowerCase() === name)?.['Value'] as string
  const rows = await run(from, 'SELECT BINLOG_GTID_POS(?, ?) AS gtid', [
    value('binlog_snapshot_file'),
    Number(value('binlog_snapshot_position')),
  ])
  const gtid = rows[0]?.['gtid'] as string | null | undefined
  if (!gtid) throw new Error('the source does not tell where it is')
  return gtid
}

async function namesOf(connection: Connection, schema: string): Promise<string[]> {
  const sql =
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = ? AND table_type = 'BASE TABLE'"
  const rows = await run(connection, sql, [schema])
  return rows.map((row) => String(row['name']))
}

async function countOf(from: Connection, table: string): Promise<number> {
  const rows = await run(from, `SELECT COUNT(*) AS n FROM \`${table}\``)
  return Number(rows[0]?.['n'])
}

async function copyTable(from: Connection, own: Connection, table: string) {
  const made = await run(from, `SHOW CREATE TABLE \`${table}\``)
  await run(own, String(made[0]?.['Create Table']))
  // As text, exactly as the source says it: nothing is read into a date or a number on the way.
  const [rows] = await from.query<RowDataPacket[][]>({
    sql: `SELECT * FROM \`${table}\``,
    rowsAsArray: true,
    timeout: statementTimeoutMs,
    typeCast: (field) => field.string(),
  })
  for (let i = 0; i < rows.length; i += batchRows) {
    await run(own, `INSERT INTO \`${table}\` VALUES ?`, [rows.slice(i, i + batchRows)])
  }
}
