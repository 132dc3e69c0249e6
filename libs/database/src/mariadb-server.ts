import type { Clock } from '@gala/kernel'
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise'
import { copySchema } from './mariadb-copy.js'
import type { DatabaseServer, Replication, ServerState, SourceAddress } from './server.js'

const connectTimeoutMs = 500
const statementTimeoutMs = 1_500
const lookEveryMs = 10
/** As long as a replica across the country takes to confirm, several times. */
const commitsWithinMs = 300
/** Long beyond every transaction's own limit: whether commits may go on without a replica is decided by the writer's keeper. */
const semiSyncTimeoutMs = 60_000
/** The source no longer has, or never had, what this server says it holds. Source: MariaDB error codes, 1236. */
const divergedErrno = 1236

/**
 * A MariaDB 10.11 server or newer. MySQL 8 says the same in other words: GTID_SUBSET and gtid_executed for positions,
 * super_read_only, SOURCE and REPLICA for replication, rpl_semi_sync_source_* for semi-synchronous commits.
 */
export class MariadbServer implements DatabaseServer {
  readonly #schema: string
  /** The schema has been migrated: from then on it can be asked for its newest change. */
  #migrated = false
  #connection: Promise<Connection> | undefined

  /** `url` names an account that may do all of this, and the schema. */
  constructor(
    private readonly url: string,
    private readonly clock: Clock,
  ) {
    this.#schema = new URL(url).pathname.slice(1)
    if (!/^\w+$/.test(this.#schema)) throw new Error('the address of the database server has to name a schema')
  }

  async state(): Promise<ServerState> {
    return (await this.#look()).state
  }

  /** All there is to know, in one round trip: there may be half a country between. `changeToken`: of whoever wrote what it has. */
  async #look(): Promise<{ state: ServerState; changeToken: number }> {
    this.#migrated ||= await this.#isMigrated()
    const sql = this.#migrated ? `${stateSql} ${changeSql(this.#schema)}` : stateSql
    const [rows, replicas] = (await this.#query(`${sql}; SHOW SLAVE STATUS`)) as unknown as RowDataPacket[][]
    const values = new Map(rows?.map((row) => [String(row['name']).toLowerCase(), String(row['value'] ?? '')]))
    const number = (name: string) => Number(values.get(name) ?? 0)
    const state: ServerState = {
      readOnly: values.get('read_only') === 'ON',
      token: number('token'),
      safe: values.get('safe') === '1',
      position: this.#migrated ? number('position') : undefined,
      applied: values.get('applied') ?? '',
      replication: replicationOf(replicas?.[0], values.get('slave_pos') ?? ''),
      semiSync: {
        on: values.get('rpl_semi_sync_master_status') === 'ON' && values.get('semi_sync_enabled') === 'ON',
        replicas: number('rpl_semi_sync_master_clients'),
        waiting: number('rpl_semi_sync_master_wait_sessions'),
        confirmed: number('rpl_semi_sync_master_yes_tx'),
      },
    }
    return { state, changeToken: number('change_token') }
  }

  async renew(token: number, forMs: number, safe: boolean) {
    await this.#unlogged(
      'UPDATE gala_local.writer SET token = ?, safe = ?, until_at = SYSDATE(3) + INTERVAL ? MICROSECOND WHERE id = 1',
      [token, safe, Math.round(forMs * 1_000)],
    )
  }

  async fence() {
    await this.#unlogged('UPDATE gala_local.writer SET until_at = SYSDATE(3) WHERE id = 1', [])
    // It waits for commits under way, and they for a replica that may be gone.
    await this.#cutting(this.#query('SET GLOBAL read_only = 1'))
  }

  async open(token: number, forMs: number, { gap, applyWithinMs }: { gap: number; applyWithinMs: number }) {
    const startedMs = this.clock.monotonicMs()
    if ((await this.state()).replication) {
      // Else it first asks its source, which may be gone, to drop it, and waits a second for an answer.
      await this.#query('SET GLOBAL rpl_semi_sync_slave_enabled = OFF')
      await this.#query('STOP SLAVE IO_THREAD')
      while (!(await this.state()).replication?.drained) {
        if (this.clock.monotonicMs() - startedMs > applyWithinMs)
          throw new Error('has received more than it could apply')
        await this.clock.sleep(lookEveryMs)
      }
      await this.#query('STOP SLAVE')
      await this.#query('RESET SLAVE ALL')
    }
    await this.#query('SET GLOBAL rpl_semi_sync_master_enabled = OFF')
    await this.#query('SET GLOBAL rpl_semi_sync_master_wait_point = AFTER_SYNC')
    await this.#query(`SET GLOBAL rpl_semi_sync_master_timeout = ${semiSyncTimeoutMs}`)
    // Whoever wrote before may have let it close itself, and that waits as closing by hand does, with every write behind it.
    await this.#cutting(this.renew(token, forMs - (this.clock.monotonicMs() - startedMs), false))
    await this.#query('SET GLOBAL read_only = 0')
    if (!this.#migrated) return
    await this.#query(`UPDATE ${this.#schema}.change_sequence SET value = value + ?, token = ? WHERE id = 1`, [
      gap,
      token,
    ])
  }

  async follow({ host, port, user, password }: SourceAddress, token: number) {
    const { state, changeToken } = await this.#look()
    const { replication, readOnly, safe } = state
    if (!readOnly) await this.fence()
    if (replication?.from === `${host}:${port}`) {
      if (!replication.running && !replication.diverged) await this.#query('START SLAVE')
      if (!safe && changeToken === token)
        await this.#unlogged('UPDATE gala_local.writer SET safe = TRUE WHERE id = 1', [])
      return state
    }
    await this.#query('STOP SLAVE')
    // What it wrote itself counts as received: it may have been the writer before.
    const demote = replication ? '' : ', MASTER_DEMOTE_TO_SLAVE = 1'
    await this.#query(
      `CHANGE MASTER TO MASTER_HOST = ?, MASTER_PORT = ?, MASTER_USER = ?, MASTER_PASSWORD = ?,
       MASTER_USE_GTID = slave_pos, MASTER_CONNECT_RETRY = 1, MASTER_HEARTBEAT_PERIOD = 0.5${demote}`,
      [host, port, user, password],
    )
    await cutWaiting((sql, values) => this.#query(sql, values), this.clock)
    await this.#query('SET GLOBAL rpl_semi_sync_master_enabled = OFF')
    await this.#query('SET GLOBAL rpl_semi_sync_slave_enabled = ON')
    await this.#query('START SLAVE')
    return state
  }

  async rebuild(url: string, rowsMax: number) {
    await this.fence()
    await this.#query('STOP SLAVE')
    const own = await createConnection({ uri: this.url, connectTimeout: connectTimeoutMs })
    try {
      const gtid = await copySchema(url, own, this.#schema, rowsMax)
      await own.query('RESET MASTER')
      await own.query('RESET SLAVE')
      await own.query('SET GLOBAL gtid_slave_pos = ?', [gtid])
    } finally {
      own.destroy()
    }
    await this.#query('SET GLOBAL rpl_semi_sync_slave_enabled = ON')
    await this.#query('START SLAVE')
  }

  async setSemiSync(on: boolean) {
    await this.#query(`SET GLOBAL rpl_semi_sync_master_enabled = ${on ? 'ON' : 'OFF'}`)
  }

  /** Waits for what waits until the server is closed, and sees to it that it closes. */
  async #cutting(closed: Promise<unknown>) {
    const late = this.clock.sleep(commitsWithinMs).then(() => 'late' as const)
    if ((await Promise.race([closed, late])) === 'late') await this.#cutAllThatWait(closed)
    await closed
  }

  /**
   * The server closes once no statement is under way, and holds back every new one meanwhile: also that of a transaction whose
   * row locks the statements under way wait for. They would wait for each other until the locks' own limit, many seconds.
   */
  async #cutAllThatWait(closed: Promise<unknown>) {
    let open = true
    const over = () => {
      open = false
    }
    closed.then(over, over)
    // The connection there is waits itself.
    const beside = await createConnection({ uri: this.url, connectTimeout: connectTimeoutMs })
    const ask = async (sql: string, values: readonly unknown[] = []) => {
      const [rows] = await beside.query<RowDataPacket[]>({ sql, values: [...values], timeout: statementTimeoutMs })
      return rows
    }
    try {
      while (open) {
        await cutWaiting(ask, this.clock)
        await cut(
          ask,
          "SELECT trx_mysql_thread_id AS id FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'",
        )
        await Promise.race([closed.catch(() => {}), this.clock.sleep(lookEveryMs)])
      }
    } finally {
      beside.destroy()
    }
  }

  async close() {
    const connection = await this.#connection?.catch(() => undefined)
    connection?.destroy()
  }

  async #isMigrated(): Promise<boolean> {
    const there = await this.#query(
      "SELECT 1 FROM information_schema.columns WHERE table_schema = ? AND table_name = 'change_sequence' AND column_name = 'token'",
      [this.#schema],
    )
    return there.length > 0
  }

  /** Of this server alone: in the binary log it would be a transaction nobody else knows. */
  async #unlogged(sql: string, values: readonly unknown[]) {
    await this.#query(`SET STATEMENT sql_log_bin = 0 FOR ${sql}`, values)
  }

  async #query(sql: string, values: readonly unknown[] = []): Promise<RowDataPacket[]> {
    this.#connection ??= createConnection({
      ...{ uri: this.url, connectTimeout: connectTimeoutMs, timezone: 'Z' },
      // For the look above; whatever comes from elsewhere is a value, never part of a statement.
      multipleStatements: true,
    })
    const opening = this.#connection
    try {
      const connection = await opening
      const [rows] = await connection.query<RowDataPacket[]>({ sql, values: [...values], timeout: statementTimeoutMs })
      return rows
    } catch (error) {
      // Whatever it was, nobody waits on this connection again, nor believes what was found out on it.
      this.#migrated = false
      if (this.#connection === opening) this.#connection = undefined
      void opening.then(
        (connection) => connection.destroy(),
        () => {},
      )
      throw error
    }
  }
}

type Query = (sql: string, values?: readonly unknown[]) => Promise<RowDataPacket[]>

/** Whoever waits for a replica's confirmation would be told that all is well once nobody waits any more. */
async function cutWaiting(query: Query, clock: Clock) {
  const waiting = "SELECT id FROM information_schema.processlist WHERE state LIKE 'Waiting for semi-sync ACK%'"
  while ((await cut(query, waiting)) > 0) await clock.sleep(lookEveryMs)
}

/** Cuts the connections a query names, and says how many there were. */
async function cut(query: Query, sql: string): Promise<number> {
  const named = await query(sql)
  for (const { id } of named) await query('KILL CONNECTION ?', [id]).catch(ignoreGone)
  return named.length
}

/** Source: MariaDB error codes, 1094: it has ended by itself. */
function ignoreGone(error: { errno?: number }) {
  if (error.errno !== 1094) throw error
}

const stateSql = `
  SELECT 'read_only' AS name, CAST(@@global.read_only AS CHAR) AS value
  UNION ALL SELECT 'applied', @@global.gtid_current_pos
  UNION ALL SELECT 'slave_pos', @@global.gtid_slave_pos
  UNION ALL SELECT 'semi_sync_enabled', CAST(@@global.rpl_semi_sync_master_enabled AS CHAR)
  UNION ALL SELECT 'token', CAST(token AS CHAR) FROM gala_local.writer WHERE id = 1
  UNION ALL SELECT 'safe', CAST(safe AS CHAR) FROM gala_local.writer WHERE id = 1
  UNION ALL SELECT variable_name, variable_value FROM information_schema.global_status
    WHERE variable_name IN ('RPL_SEMI_SYNC_MASTER_STATUS', 'RPL_SEMI_SYNC_MASTER_CLIENTS',
      'RPL_SEMI_SYNC_MASTER_WAIT_SESSIONS', 'RPL_SEMI_SYNC_MASTER_YES_TX')`

const changeSql = (schema: string) => `
  UNION ALL SELECT 'position', CAST(value AS CHAR) FROM ${schema}.change_sequence WHERE id = 1
  UNION ALL SELECT 'change_token', CAST(token AS CHAR) FROM ${schema}.change_sequence WHERE id = 1`

function replicationOf(row: RowDataPacket | undefined, applied: string): Replication | undefined {
  if (!row) return undefined
  const text = (name: string) => String(row[name] ?? '')
  const received = text('Gtid_IO_Pos')
  const behindS = row['Seconds_Behind_Master'] as number | string | null
  const error = text('Last_SQL_Error') || text('Last_IO_Error')
  return {
    from: `${text('Master_Host')}:${text('Master_Port')}`,
    running: text('Slave_SQL_Running') === 'Yes' && text('Slave_IO_Running') !== 'No',
    received,
    // The last transaction may have come in part: then it is never applied, and the thread that applies says it has all.
    drained: received === applied || text('Slave_SQL_Running_State').startsWith('Slave has read all relay log'),
    diverged: Number(row['Last_IO_Errno']) === divergedErrno,
    error: error || undefined,
    behindS: behindS === null ? undefined : Number(behindS),
  }
}
