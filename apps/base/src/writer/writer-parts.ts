import { connectRedis } from '@gala/bus'
import { type DatabaseServer, MariadbServer, type SourceAddress } from '@gala/database'
import { randomId } from '@gala/kernel'
import { ConfigError } from '@gala/runtime'
import type { BaseContext } from '../base.config.js'
import type { DcStore } from '../control/dc-stores.js'
import type { BaseSignals } from '../signals.js'
import { Voter, Votes } from './votes.js'
import { WriterKeeper } from './writer-keeper.js'

export const WRITER = Symbol('WRITER')

export interface WriterParts {
  keeper: WriterKeeper
  votes: Votes
  /** To look at, by data centre; the own one first. */
  servers: ReadonlyMap<string, Pick<DatabaseServer, 'state'>>
  close(): Promise<void>
}

/**
 * Undefined when nobody gave this process a keeper's account: then something else decides who writes.
 * @throws ConfigError for what cannot work.
 */
export function openWriter(
  { config, clock }: BaseContext,
  stores: readonly DcStore[],
  signals: BaseSignals,
): WriterParts | undefined {
  const { GALA_MYSQL_KEEPER_URL: keeperUrl, GALA_DC: dc, GALA_WRITER_LEASE_MS: leaseMs } = config
  if (keeperUrl === undefined) return undefined
  if (config.GALA_MYSQL_DIALECT !== 'mariadb') {
    throw new ConfigError(['GALA_MYSQL_KEEPER_URL: only MariaDB servers can be kept so far; leave it out with MySQL'])
  }
  const writers = config.GALA_MYSQL_WRITER_URLS
  const home = config.GALA_HOME_DC ?? writers[0]?.name ?? dc
  if (!writers.some(({ name }) => name === home)) throw new ConfigError([`GALA_HOME_DC: ${home} has no writer`])
  const prefix = config.GALA_KEY_PREFIX
  const witness = config.GALA_WITNESS_REDIS_URL && connectRedis(config.GALA_WITNESS_REDIS_URL, signals.redisFailed)
  const voters = stores.map((store) => new Voter(store.dc, store.redis, prefix, clock))
  if (witness) voters.push(new Voter('witness', witness, prefix, clock))
  const votes = new Votes(voters, { holder: `${config.GALA_INSTANCE}#${randomId()}`, dc, leaseMs })
  const server = new MariadbServer(keeperUrl, clock)
  const peers = new Map(
    config.GALA_MYSQL_READER_URLS.filter(({ name }) => name !== dc).map(({ name, value }) => [
      name,
      new MariadbServer(value, clock),
    ]),
  )
  const sources = new Map(config.GALA_MYSQL_REPLICATION_URLS.map(({ name, value }) => [name, sourceOf(value)]))
  const copies = new Map(config.GALA_MYSQL_READER_URLS.map(({ name, value }) => [name, value]))
  const keeper = new WriterKeeper({ copies, dc, home, leaseMs, clock, votes, server, peers, sources, tell: signals })
  return {
    keeper,
    votes,
    servers: new Map([[dc, server], ...peers]),
    close: async () => {
      if (witness) witness.disconnect()
      await Promise.all([server, ...peers.values()].map((each) => each.close()))
    },
  }
}

function sourceOf(url: string): SourceAddress {
  const { hostname, port, username, password } = new URL(url)
  return {
    host: hostname,
    port: Number(port || 3306),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
  }
}
