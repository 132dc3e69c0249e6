import { type ChildProcess, spawn } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { program, until } from '@gala/platform'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { deployDir } from './copies.js'
import { ran } from './programs.js'

const portBase = Number(process.env['GALA_TEST_PORT_BASE'] ?? 17_000) + 400
const here = mkdtempSync(join(tmpdir(), 'gala-stores-'))
const running: ChildProcess[] = []

function start(file: string, args: readonly string[]): ChildProcess {
  const child = spawn(file, args, { cwd: here, stdio: 'ignore' })
  running.push(child)
  return child
}

const isGone = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null

async function stopAll() {
  const ended = running.map(
    (child) => new Promise((resolve) => (isGone(child) ? resolve(0) : child.once('exit', resolve))),
  )
  for (const child of running) child.kill('SIGTERM')
  await Promise.all(ended)
  rmSync(here, { recursive: true, force: true })
}

const redis = (port: number, ...command: string[]) =>
  ran(program('redis-cli'), ['-p', String(port), '--no-auth-warning', '-a', 'secret', ...command]).stdout.trim()

afterAll(stopAll)

describe('Redis with the settings of deploy/redis', () => {
  const files = ['redis.conf', 'cluster.conf', 'witness.conf'] as const
  const portOf = (file: (typeof files)[number]) => portBase + files.indexOf(file)

  beforeAll(async () => {
    cpSync(join(deployDir, 'redis'), here, { recursive: true })
    for (const file of files) {
      const dir = join(here, file.replace('.conf', ''))
      mkdirSync(dir)
      const own = ['--port', String(portOf(file)), '--bind', '127.0.0.1', '--requirepass', 'secret', '--dir', dir]
      start(program('redis-server'), [`./${file}`, ...own])
      await until(async () => redis(portOf(file), 'PING') === 'PONG', `Redis does not start with ${file}`, 10_000)
    }
  })

  it.each(files)('starts with %s and refuses writes instead of forgetting when it is full', (file) => {
    expect(redis(portOf(file), 'CONFIG', 'GET', 'maxmemory-policy')).toContain('noeviction')
    expect(Number(redis(portOf(file), 'CONFIG', 'GET', 'maxmemory').split('\n')[1])).toBeGreaterThan(0)
    expect(redis(portOf(file), 'FLUSHALL')).toMatch(/unknown command/)
  })

  it('is a node of a cluster with cluster.conf', () => {
    expect(redis(portOf('cluster.conf'), 'CLUSTER', 'INFO')).toContain('cluster_known_nodes:1')
  })

  it('is watched with sentinel.conf', async () => {
    const file = join(here, 'own-sentinel.conf')
    copyFileSync(join(deployDir, 'redis/sentinel.conf'), file)
    const port = portBase + 5
    start(program('redis-server'), [file, '--sentinel', '--port', String(port), '--dir', here])
    const ask = () => ran(program('redis-cli'), ['-p', String(port), 'SENTINEL', 'MASTER', 'gala']).stdout
    await until(async () => ask().includes('down-after-milliseconds\n2000'), 'Sentinel does not start', 10_000)
  })
})

describe('MariaDB with the settings of deploy/mysql', () => {
  const port = portBase + 10
  const as = (user: string, password: string, database?: string) =>
    createConnection({ host: '127.0.0.1', port, user, password, ...(database !== undefined && { database }) })

  const data = join(here, 'mysql')
  const asRoot = process.getuid?.() === 0 ? ['--user=root'] : []
  const startServer = () =>
    start(program('mariadbd', 'mysqld'), [
      `--defaults-file=${join(deployDir, 'mysql/mariadb.cnf')}`,
      ...[
        ...asRoot,
        `--datadir=${data}`,
        '--socket=mysql.sock',
        `--port=${port}`,
        '--bind-address=127.0.0.1',
        '--server-id=1',
      ],
      ...['--innodb-buffer-pool-size=32M', '--innodb-log-file-size=16M'],
    ])
  let server: ChildProcess

  beforeAll(async () => {
    const made = ran(program('mariadb-install-db', 'mysql_install_db'), [
      ...[
        '--no-defaults',
        ...asRoot,
        `--datadir=${data}`,
        '--auth-root-authentication-method=normal',
        '--skip-test-db',
      ],
    ])
    expect(made.status).toBe(0)
    server = startServer()
    const socket = join(data, 'mysql.sock')
    const sql = ran('sh', [join(deployDir, 'mysql/accounts.sh'), 'mariadb'], {
      MYSQL_BASE_PASSWORD: 'base',
      MYSQL_APP_PASSWORD: 'app',
      MYSQL_REPLICATION_PASSWORD: 'replication',
      MYSQL_KEEPER_PASSWORD: 'keeper',
    })
    expect(sql.stderr).toBe('')
    const client = () =>
      ran(program('mariadb', 'mysql'), ['--no-defaults', '-uroot', `--socket=${socket}`, '-e', sql.stdout]).status
    await until(async () => client() === 0, 'MariaDB does not start, or refuses the accounts', 20_000)
  })

  it('takes no writes of base until somebody says so, and for no longer', async () => {
    const [base, keeper] = [await as('gala_base', 'base', 'gala'), await as('gala_keeper', 'keeper')]
    const create = () => base.query('CREATE TABLE t (id INT PRIMARY KEY)')
    await expect(create()).rejects.toThrow(/read-only/)
    await keeper.query(
      'SET STATEMENT sql_log_bin = 0 FOR UPDATE gala_local.writer SET until_at = SYSDATE(3) + INTERVAL 1 SECOND',
    )
    await keeper.query('SET GLOBAL read_only = OFF')
    await create()
    const closed = async () =>
      (await keeper.query<RowDataPacket[]>('SELECT @@read_only AS closed'))[0][0]?.['closed'] === 1
    await until(closed, 'the time to write is over, and the server takes writes still', 5_000)
    await Promise.all([base.end(), keeper.end()])
  })

  it('has all it acknowledged after a kill, though nobody else has it and it takes back what was not committed', async () => {
    for (let round = 0; round < 3; round++) {
      const [base, keeper] = [await as('gala_base', 'base', 'gala'), await as('gala_keeper', 'keeper')]
      await keeper.query(
        'SET STATEMENT sql_log_bin = 0 FOR UPDATE gala_local.writer SET until_at = SYSDATE(3) + INTERVAL 60 SECOND',
      )
      await keeper.query('SET GLOBAL read_only = OFF')
      await base.query('CREATE TABLE IF NOT EXISTS acknowledged (id INT PRIMARY KEY AUTO_INCREMENT)')
      for (let i = 0; i < 5; i++) await base.query('INSERT INTO acknowledged VALUES ()')
      for (const connection of [base, keeper]) connection.on('error', () => {})
      const gone = new Promise((done) => server.once('exit', done))
      server.kill('SIGKILL')
      await gone
      server = startServer()
      let rows: RowDataPacket[] = []
      const read = async () => {
        const app = await as('gala_app', 'app', 'gala')
        ;[rows] = await app.query<RowDataPacket[]>('SELECT COUNT(*) AS n FROM acknowledged')
        await app.end()
        return true
      }
      await until(() => read().catch(() => false), 'MariaDB does not come back', 20_000)
      expect(rows[0]).toEqual({ n: 5 * (round + 1) })
    }
  })

  it('lets application read and nothing else', async () => {
    const app = await as('gala_app', 'app', 'gala')
    const [grants] = await app.query<RowDataPacket[]>('SHOW GRANTS')
    const onSchemas = grants.map((row) => String(Object.values(row)[0])).filter((grant) => !grant.includes('USAGE'))
    expect(onSchemas.map((grant) => grant.replace(/ TO .*/, ''))).toEqual(['GRANT SELECT ON `gala`.*'])
    await app.end()
  })

  it('waits for another server when base says so, runs events, and has an empty log after the accounts were made', async () => {
    const keeper = await as('gala_keeper', 'keeper')
    const [rows] = await keeper.query<RowDataPacket[]>(
      'SELECT @@rpl_semi_sync_master_enabled AS waits, @@event_scheduler AS events, @@gtid_strict_mode AS strict',
    )
    expect(rows[0]).toEqual({ waits: 0, events: 'ON', strict: 1 })
    const base = await as('gala_base', 'base')
    const [users] = await base.query<RowDataPacket[]>('SHOW BINLOG EVENTS')
    expect(users.filter(({ Info }) => String(Info).includes('CREATE USER'))).toEqual([])
    await Promise.all([keeper.end(), base.end()])
  })
})
