import { existsSync } from 'node:fs'
import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import type { PartSpec } from '../part.js'
import { runOnce } from '../process.js'
import { program } from '../programs.js'
import type { Secrets } from '../secrets.js'

const schema = 'gala'

export interface MariadbOptions {
  /** The checkout. */
  root: string
  dc: string
  index: number
  port: number
  dir: string
  stateDir: string
  secrets: Secrets
}

export const mysqlUrl = (user: string, password: string, port: number, name = schema) =>
  `mysql://${user}:${password}@127.0.0.1:${port}/${name}`

const asRoot = process.getuid?.() === 0 ? ['--user=root'] : []

/**
 * A MariaDB of its own: private data, one port on loopback. It starts without taking writes and following nobody; base of its
 * data centre makes of it what it is to be.
 */
export function mariadb(options: MariadbOptions): PartSpec {
  const { dc, index, port, dir, secrets } = options
  const data = join(dir, 'data')
  return {
    name: `${dc}.mysql`,
    kind: 'mysql',
    dc,
    url: mysqlUrl('gala_app', secrets.mysql.app, port),
    prepare: () => prepare(options, data),
    command: () => ({
      file: program('mariadbd', 'mysqld'),
      args: [
        '--no-defaults',
        ...asRoot,
        `--datadir=${data}`,
        `--port=${port}`,
        '--bind-address=127.0.0.1',
        // Relative to the data folder: a socket's whole path may not be longer than 107 characters.
        '--socket=mysql.sock',
        '--pid-file=mysql.pid',
        `--init-file=${join(dir, 'accounts.sql')}`,
        `--server-id=${index + 1}`,
        '--log-bin=binlog',
        '--binlog-format=ROW',
        '--gtid-strict-mode=ON',
        '--log-slave-updates=ON',
        '--binlog-expire-logs-seconds=86400',
        '--max-binlog-size=64M',
        '--skip-name-resolve',
        '--character-set-server=utf8mb4',
        '--collation-server=utf8mb4_unicode_ci',
        '--default-time-zone=+00:00',
        '--max-connections=200',
        '--sql-mode=STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',
        '--innodb-buffer-pool-size=64M',
        '--innodb-log-file-size=32M',
        '--performance-schema=OFF',
        // Committed on disk before it is acknowledged: what is only prepared is taken back at the next start, see below.
        '--innodb-flush-log-at-trx-commit=3',
        '--sync-binlog=0',
        // A replica that hears nothing for two seconds (four heartbeats) connects anew. Waiting for the old connection would
        // cost more after a cut than the cut: TCP waits longer before each repetition, 15 s and more after 20 s.
        '--slave-net-timeout=2',
        // A transaction of a process that was cut off or stopped in the middle holds the row every write begins with; one that has
        // only locked rows so far holds them as well.
        '--idle-transaction-timeout=1',
        '--innodb-lock-wait-timeout=5',
        '--read-only=ON',
        '--event-scheduler=ON',
        '--rpl-semi-sync-slave-enabled=ON',
        '--rpl-semi-sync-slave-kill-conn-timeout=1',
        // What a writer that died had not been confirmed is taken back when it starts again.
        '--init-rpl-role=SLAVE',
      ],
    }),
    probe: () => probe(options),
    stopSignal: 'SIGTERM',
    restarts: false,
  }
}

async function prepare(options: MariadbOptions, data: string) {
  const { dir, stateDir } = options
  await mkdir(dir, { recursive: true })
  await writeFile(join(dir, 'accounts.sql'), await accounts(options), { mode: 0o600 })
  if (existsSync(join(data, 'mysql'))) return
  const empty = join(stateDir, 'cache', 'mariadb-empty')
  await emptyData(empty)
  await cp(empty, data, { recursive: true })
}

const making = new Map<string, Promise<unknown>>()

/** An empty data folder, made once and copied: making one takes longer than starting on it. */
function emptyData(dir: string): Promise<unknown> {
  const made = making.get(dir) ?? make(dir)
  making.set(dir, made)
  return made
}

async function make(dir: string) {
  if (existsSync(join(dir, '.complete'))) return
  await mkdir(dir, { recursive: true })
  const file = program('mariadb-install-db', 'mysql_install_db')
  const args = [
    '--no-defaults',
    ...asRoot,
    `--datadir=${dir}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
  ]
  await runOnce('mariadb-install-db', { file, args }, 60_000)
  await writeFile(join(dir, '.complete'), '')
}

/** What every server is given, and what a rig needs besides: somebody who may break anything, and schemas for tests. */
async function accounts({ root, secrets: { mysql } }: MariadbOptions): Promise<string> {
  const env = {
    PATH: process.env['PATH'] ?? '',
    MYSQL_ACCOUNTS_FROM: '127.0.0.1',
    MYSQL_BASE_PASSWORD: mysql.base,
    MYSQL_APP_PASSWORD: mysql.app,
    MYSQL_REPLICATION_PASSWORD: mysql.replication,
    MYSQL_KEEPER_PASSWORD: mysql.keeper,
  }
  const account = (name: string, password: string, ...grants: string[]) => [
    `CREATE USER IF NOT EXISTS '${name}'@'127.0.0.1';`,
    `ALTER USER '${name}'@'127.0.0.1' IDENTIFIED BY '${password}';`,
    ...grants.map((grant) => `GRANT ${grant} TO '${name}'@'127.0.0.1';`),
  ]
  return [
    await runOnce(
      'accounts.sh',
      { file: 'sh', args: [join(root, 'deploy/mysql/accounts.sh'), 'mariadb'], env },
      5_000,
    ).catch(() => {
      // What it has said so far holds passwords.
      throw new Error('deploy/mysql/accounts.sh does not make the accounts')
    }),
    `ALTER USER 'root'@'localhost' IDENTIFIED BY '${mysql.root}';`,
    ...account('gala_root', mysql.root, 'ALL ON *.*'),
    ...account('gala_test', mysql.test, 'ALL ON `gala\\_t\\_%`.*', 'SELECT ON gala_local.*'),
    '',
  ].join('\n')
}

/** Whether it takes writes now. */
export const takesWrites = (port: number, secrets: Secrets): Promise<boolean> =>
  asAdmin({ port, secrets }, async (query) => (await query('SELECT @@global.read_only AS off'))[0]?.['off'] === 0)

async function asAdmin<T>(
  { port, secrets }: Pick<MariadbOptions, 'port' | 'secrets'>,
  work: (query: Query) => Promise<T>,
): Promise<T> {
  const connection = await createConnection({
    uri: mysqlUrl('gala_root', secrets.mysql.root, port, ''),
    connectTimeout: 1_000,
  })
  try {
    return await work(async (sql) => {
      const [rows] = await connection.query<RowDataPacket[]>({ sql, timeout: 2_000 })
      return rows
    })
  } finally {
    connection.destroy()
  }
}

type Query = (sql: string) => Promise<RowDataPacket[]>

async function probe(options: MariadbOptions) {
  await asAdmin(options, async (query) => {
    await query('SELECT 1')
    const [status] = await query('SHOW SLAVE STATUS')
    if (!status) return
    // The SQL thread tells: after a stray write it stops while the IO thread still says Yes.
    if (status['Slave_SQL_Running'] !== 'Yes') throw new Error(`replication stopped: ${status['Last_SQL_Error']}`)
    if (status['Slave_IO_Running'] === 'No') throw new Error(`replication stopped: ${status['Last_IO_Error']}`)
  })
}
