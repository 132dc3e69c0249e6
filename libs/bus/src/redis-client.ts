import { Cluster, Redis } from 'ioredis'
import { Keyspace } from './keyspace.js'
import { traceCommands } from './trace-commands.js'

/**
 * Where a Redis is, as one URL:
 * - `redis://host:6379`: one server;
 * - `redis+sentinel://host:26379,host:26379/name`: the master that Sentinels know under this name;
 * - `redis+cluster://host:6379,host:6379`: a cluster, reached through any of these nodes.
 *
 * `user:password@` may stand before the hosts, for the Redis servers; `rediss` instead of `redis` asks for TLS.
 */
export interface RedisAddress {
  kind: 'single' | 'sentinel' | 'cluster'
  nodes: { host: string; port: number }[]
  /** Of the master, as the Sentinels call it. */
  name: string
  username: string | undefined
  password: string | undefined
  tls: boolean
}

const form =
  /^redis(?<tls>s?)(?:\+(?<kind>sentinel|cluster))?:\/\/(?:(?<username>[^:@/]*)(?::(?<password>[^@/]*))?@)?(?<hosts>[^/?#@]+)(?:\/(?<name>[\w.-]*))?$/

/** Undefined when it is none of the forms of `RedisAddress`. */
export function parseRedisUrl(url: string): RedisAddress | undefined {
  const parts = form.exec(url)?.groups
  if (!parts?.['hosts']) return undefined
  const kind = (parts['kind'] ?? 'single') as RedisAddress['kind']
  const nodes = parts['hosts'].split(',').map((host) => nodeOf(host, kind === 'sentinel' ? 26379 : 6379))
  const name = parts['name'] ?? ''
  if (!nodes.every((node) => node !== undefined) || (kind === 'sentinel') !== (name !== '')) return undefined
  if (kind === 'single' && nodes.length > 1) return undefined
  const decoded = (text: string | undefined) => (text ? decodeURIComponent(text) : undefined)
  return {
    kind,
    nodes,
    name,
    username: decoded(parts['username']),
    password: decoded(parts['password']),
    tls: parts['tls'] === 's',
  }
}

function nodeOf(host: string, defaultPort: number) {
  const parts = /^(?<host>\[[0-9a-fA-F:]+\]|[\w.-]+)(?::(?<port>\d{1,5}))?$/.exec(host)?.groups
  const port = Number(parts?.['port'] ?? defaultPort)
  if (!parts?.['host'] || port < 1 || port > 65_535) return undefined
  return { host: parts['host'].replace(/^\[|\]$/g, ''), port }
}

/** @throws when the URL is none of the forms; configuration has been checked before it gets here. */
function addressOf(url: string): RedisAddress {
  const address = parseRedisUrl(url)
  if (!address) throw new Error('not an address of a Redis, of Sentinels or of a cluster')
  return address
}

export const keyspaceOf = (url: string, prefix: string) => new Keyspace(prefix, addressOf(url).kind === 'cluster')

/** A command that got no answer for this long shows that the connection is dead, whatever TCP says of it. */
const socketTimeoutMs = 2_000
const retry = (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 5), 1000)

/** What every connection has in common: it fails fast instead of queueing. */
function connectionOptions({ username, password, tls }: RedisAddress, commandTimeoutMs: number) {
  return {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: {} }),
    connectTimeout: 1000,
    commandTimeout: commandTimeoutMs,
    socketTimeout: Math.max(socketTimeoutMs, 2 * commandTimeoutMs),
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
  }
}

/**
 * A connection that fails fast instead of queueing: a command while disconnected is refused at once, one that is not
 * answered in `commandTimeoutMs` fails, and reconnecting goes on for ever, at most a second apart. Of a cluster it is
 * connections to all masters behind one object; commands on several keys need keys of one slot there.
 */
export function connectRedis(url: string, onError: (error: unknown) => void, commandTimeoutMs = 250): Redis {
  const address = addressOf(url)
  const options = connectionOptions(address, commandTimeoutMs)
  const redis = address.kind === 'cluster' ? openCluster(address, options) : openServer(address, options)
  redis.on('error', onError)
  traceCommands(redis, address.nodes[0])
  return redis
}

/**
 * A connection for whoever waits in Redis for something to come: a command may take as long as it likes, and one that is sent while
 * there is no connection waits for the next. BullMQ's workers ask for that.
 */
export function connectWaitingRedis(url: string, onError: (error: unknown) => void): Redis {
  const address = addressOf(url)
  const { commandTimeout: _, socketTimeout: __, ...options } = connectionOptions(address, 0)
  const waiting = { ...options, maxRetriesPerRequest: null }
  const redis =
    address.kind === 'cluster'
      ? (new Cluster(address.nodes, { redisOptions: waiting, clusterRetryStrategy: retry }) as unknown as Redis)
      : new Redis({ ...waiting, retryStrategy: retry, ...serverOf(address) })
  redis.on('error', onError)
  return redis
}

/**
 * A connection to be told over, which ends when it breaks: whoever listens opens another one. A message may come over any node of a
 * cluster, so they are tried by turns.
 */
export function openSubscriber(url: string, turn: number): Redis {
  const address = addressOf(url)
  const options = connectionOptions(address, 1_000)
  if (address.kind !== 'cluster') return openServer(address, options, false)
  const nodes = address.nodes.slice(turn % address.nodes.length)
  return openServer({ ...address, kind: 'single', nodes }, options, false)
}

type ConnectionOptions = ReturnType<typeof connectionOptions>

/** `reconnect` false: the connection ends when it breaks. */
function openServer(address: RedisAddress, options: ConnectionOptions, reconnect = true): Redis {
  return new Redis({
    ...options,
    enableOfflineQueue: false,
    retryStrategy: reconnect ? retry : () => null,
    ...serverOf(address),
  })
}

const serverOf = ({ kind, nodes, name }: RedisAddress) =>
  kind === 'sentinel'
    ? {
        sentinels: nodes,
        name,
        sentinelCommandTimeout: 1_000,
        sentinelRetryStrategy: retry,
        // Sentinels tell of a new master; without it the client would find out by failing.
        failoverDetector: true,
      }
    : nodes[0]

/** Typed as a single connection: the commands are the same, and what a cluster cannot do it refuses at run time. */
function openCluster(address: RedisAddress, options: ConnectionOptions): Redis {
  const cluster = new Cluster(address.nodes, {
    redisOptions: options,
    enableOfflineQueue: false,
    clusterRetryStrategy: retry,
    slotsRefreshTimeout: 1_000,
    // A master that died is found out by asking the others, not only by failing at it.
    slotsRefreshInterval: 500,
    // A command that meets a fail-over is refused like any other that meets a fault; who sent it knows what to do.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    retryDelayOnTryAgain: 0,
    maxRedirections: 4,
  })
  // Nodes connect at their first command otherwise, and refuse all others until then.
  cluster.on('+node', (node: Redis) => void (node.status === 'wait' && node.connect().catch(() => {})))
  return cluster as unknown as Redis
}
