import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { program } from '@gala/platform'
import { ran } from './programs.js'

/** Settings every server of either kind has to have, in its own words: without one of them acknowledged writes can be lost. */
const promised: Record<string, Record<string, string>> = {
  'mariadb.cnf': {
    read_only: 'ON',
    event_scheduler: 'ON',
    log_slave_updates: 'ON',
    gtid_strict_mode: 'ON',
    sync_binlog: '1',
    innodb_flush_log_at_trx_commit: '3',
    // Base decides when commits wait: the server must neither begin nor give up by itself.
    rpl_semi_sync_master_enabled: 'OFF',
    rpl_semi_sync_master_timeout: '60000',
    rpl_semi_sync_slave_enabled: 'ON',
    init_rpl_role: 'SLAVE',
    idle_transaction_timeout: '1',
    rpl_semi_sync_master_wait_point: 'AFTER_SYNC',
  },
  'mysql.cnf': {
    read_only: 'ON',
    super_read_only: 'ON',
    event_scheduler: 'ON',
    log_replica_updates: 'ON',
    gtid_mode: 'ON',
    enforce_gtid_consistency: 'ON',
    sync_binlog: '1',
    innodb_flush_log_at_trx_commit: '1',
    rpl_semi_sync_source_enabled: 'ON',
    rpl_semi_sync_replica_enabled: 'ON',
    rpl_semi_sync_source_wait_point: 'AFTER_SYNC',
  },
}

/** Further settings of MySQL 8 that may stand in its file: there is no MySQL here to ask whether it knows a name. */
const mysqlKnows = [
  ...[
    'log_bin',
    'binlog_format',
    'binlog_expire_logs_seconds',
    'max_binlog_size',
    'plugin_load_add',
    'rpl_semi_sync_source_timeout',
  ],
  ...['replica_net_timeout', 'replica_parallel_workers', 'replica_preserve_commit_order', 'skip_name_resolve'],
  ...[
    'character_set_server',
    'collation_server',
    'default_time_zone',
    'sql_mode',
    'max_connections',
    'max_allowed_packet',
  ],
  ...['wait_timeout', 'innodb_redo_log_capacity', 'innodb_lock_wait_timeout'],
]

/** `name = value` lines of a settings file of MySQL or MariaDB. */
export function settingsOf(dir: string, file: string): Map<string, string> {
  const text = readFileSync(join(dir, 'mysql', file), 'utf8')
  return new Map([...text.matchAll(/^(\w+)\s*=\s*(.*)$/gm)].map(([, name = '', value = '']) => [name, value]))
}

export function mysqlComplaints(dir: string): string[] {
  return Object.entries(promised).flatMap(([file, wanted]) => {
    const settings = settingsOf(dir, file)
    const missing = Object.entries(wanted).filter(([name, value]) => settings.get(name) !== value)
    const strange = [...settings.keys()].filter((name) => !(name in wanted) && !mysqlKnows.includes(name))
    return [
      ...missing.map(([name, value]) => `${file}: ${name} has to be ${value}`),
      ...(file === 'mysql.cnf' ? strange.map((name) => `${file}: ${name}: not a setting known here`) : []),
    ]
  })
}

/** What MariaDB itself says of its file. Nothing is started: it reads its settings and prints them. */
export function mariadbSays(dir: string): string[] {
  const { stderr } = ran(program('mariadbd', 'mysqld'), [
    `--defaults-file=${join(dir, 'mysql/mariadb.cnf')}`,
    '--help',
    '--verbose',
  ])
  return stderr.split('\n').filter((line) => line.includes('[ERROR]') || /mariadbd: (unknown|Error)/.test(line))
}

/** No setting of Redis, so that it stops reading there: whatever it does not like before, it says instead. */
const end = 'gala-ends-here'

/** What Redis itself says of one of its files. Nothing is started: the last line it reads is one it refuses. */
export function redisSays(dir: string, file: string): string[] {
  const here = mkdtempSync(join(tmpdir(), 'gala-redis-'))
  try {
    // Sentinels write into their file.
    for (const name of ['redis.conf', 'cluster.conf', 'sentinel.conf', 'witness.conf'])
      copyFileSync(join(dir, 'redis', name), join(here, name))
    const sentinel = file === 'sentinel.conf' ? ['--sentinel'] : []
    const { stdout, stderr } = ran(program('redis-server'), [`./${file}`, ...sentinel, `--${end}`, 'yes'], {}, here)
    const said = `${stdout}${stderr}`
    return said.includes(`>>> '${end}`) ? [] : [`${file}: ${said.trim().split('\n').slice(-3).join(' ')}`]
  } finally {
    rmSync(here, { recursive: true, force: true })
  }
}

/** Rules for what must not be lost, and for memory that has an end. */
export function redisComplaints(dir: string): string[] {
  const settings = (file: string) =>
    new Map(
      readFileSync(join(dir, 'redis', file), 'utf8')
        .split('\n')
        .filter((line) => line.trim() !== '' && !line.startsWith('#'))
        .map((line) => [line.split(' ')[0] ?? '', line.split(' ').slice(1).join(' ')] as const),
    )
  const faults = ['redis.conf', 'witness.conf'].flatMap((file) => {
    const of = settings(file)
    return [
      ...(of.get('maxmemory-policy') === 'noeviction' ? [] : [`${file}: evicts what must not be lost`]),
      ...(/^[1-9]\d*(mb|gb)$/.test(of.get('maxmemory') ?? '') ? [] : [`${file}: memory without an end`]),
      ...(of.has('requirepass') || of.has('masterauth') ? [`${file}: a secret stands in the file`] : []),
    ]
  })
  if (settings('redis.conf').get('appendonly') !== 'yes') faults.push('redis.conf: keeps nothing on disk')
  if (settings('cluster.conf').get('include') !== 'redis.conf') faults.push('cluster.conf: does not include redis.conf')
  return faults
}
