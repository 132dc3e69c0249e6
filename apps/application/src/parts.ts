import { connectRedis, keyspaceOf, RedisBus } from '@gala/bus'
import { Cache, ConsistencyChecker, RedisStore } from '@gala/cache'
import { Database, EventEntity, ProgrammeEntity, RunningOrderEntity } from '@gala/database'
import { busHeard, followControl, HotPaths, reportCache } from '@gala/runtime'
import type { Redis } from 'ioredis'
import type { ApplicationContext } from './application.config.js'
import type { ApplicationSignals } from './signals.js'

/** What every feature stands on. */
export interface Parts {
  database: Database
  cache: Cache
  /** Redis of the own data centre. */
  redis: Redis
  /** Redis of every data centre by id, the own one included. */
  redisOf: ReadonlyMap<string, Redis>
  /** Why answers are less than they could be right now: parts that do not answer. */
  missing: () => string[]
  /** What to answer before the audience asks. */
  warmPaths: () => Promise<readonly string[]>
  close: () => Promise<void>
}

export const PARTS = Symbol('PARTS')

export function openParts(context: ApplicationContext, signals: ApplicationSignals): Parts {
  const { config, clock, health } = context
  const { GALA_REDIS_URL: redisUrl, GALA_KEY_PREFIX: keyPrefix } = config
  const bus = new RedisBus({ redisUrl, keyPrefix, clock, onError: signals.redisFailed })
  const redis = connectRedis(redisUrl, signals.redisFailed)
  const peers = config.GALA_PEER_REDIS_URLS.map(
    ({ name, value }) => [name, connectRedis(value, signals.peerFailed)] as const,
  )
  const database = new Database({
    readerUrls: config.GALA_MYSQL_READER_URLS,
    dialect: config.GALA_MYSQL_DIALECT,
    entities: [EventEntity, RunningOrderEntity, ProgrammeEntity],
    clock,
    onError: signals.databaseFailed,
  })
  const cache = new Cache({
    clock,
    bus,
    localBytesMax: config.GALA_CACHE_BYTES_MAX,
    shared: new RedisStore(redis, keyspaceOf(redisUrl, keyPrefix)),
    onSample: (lookup, ageMs) => {
      signals.ageServed(lookup.kind, ageMs)
      checker.offer(lookup)
    },
    onError: signals.loadFailed,
  })
  const everyMs = config.GALA_CACHE_CHECK_EVERY_MS
  const checker = new ConsistencyChecker(cache, { clock, everyMs, onChecked: signals.checked })
  reportCache(context, { bus, cache, checker })
  followControl(context, bus, redis)
  const redisUp = health.dependency('redis', () => redis.ping(), { everyMs: 500, timeoutMs: 400 })
  const databaseUp = health.dependency('database', () => database.ping(), { everyMs: 500, timeoutMs: 400 })
  const dependencies = [redisUp, databaseUp]
  const heard = busHeard(context, bus, redisUp)
  health.startsAfter(heard)
  health.appliedPosition = () => bus.appliedPosition
  return {
    database,
    cache,
    redis,
    redisOf: new Map([[config.GALA_DC, redis], ...peers]),
    missing: () => dependencies.filter(({ up }) => !up).map(({ name }) => `${name}-unreachable`),
    warmPaths: () => new HotPaths(redis, keyPrefix, clock).after(heard, config.GALA_WARM_PATHS),
    close: async () => {
      redis.disconnect()
      for (const [, peer] of peers) peer.disconnect()
      await Promise.all([bus.close(), database.close()])
    },
  }
}
