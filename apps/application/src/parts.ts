import { connectRedis, keyspaceOf, parseRedisUrl, RedisBus } from '@gala/bus'
import { Cache, ConsistencyChecker, RedisStore } from '@gala/cache'
import {
  Database,
  EventEntity,
  GiftEntity,
  ProgrammeEntity,
  RoomMuteEntity,
  RoomSettingsEntity,
  RunningOrderEntity,
  WordListEntity,
} from '@gala/database'
import { fairMs, type Result, storePolicy, type Verdict } from '@gala/resilience'
import { busHeard, followControl, HotPaths, openBreakers, openTraces, reportCache } from '@gala/runtime'
import type { Redis } from 'ioredis'
import type { ApplicationContext } from './application.config.js'
import { obeyedPosition } from './features/obeyed-position.js'
import type { ApplicationSignals } from './signals.js'

/** What every feature stands on. */
export interface Parts {
  database: Database
  cache: Cache
  /** Redis of the own data centre. */
  redis: Redis
  /**
   * Asks the own Redis through its breaker. @throws NotCalled while it is left alone.
   */
  guarded: <T>(call: () => Promise<T>) => Promise<T>
  /** Redis of every data centre by id, the own one included. */
  redisOf: ReadonlyMap<string, Redis>
  /** Why answers are less than they could be right now: parts that do not answer. */
  missing: () => string[]
  /** Change position that what is obeyed here, orders of operators, is at least as new as. */
  obeyedPosition: () => number
  /** What to answer before the audience asks. */
  warmPaths: () => Promise<readonly string[]>
  close: () => Promise<void>
}

export const PARTS = Symbol('PARTS')

/** Commands under way at once, at most; each fails by itself after 250 ms, and may be tried twice. */
const storeActuator = { capacity: 2_000, timeoutMs: 1_000 }
const targetMax = 200
const entities = [
  ...[EventEntity, RunningOrderEntity, ProgrammeEntity],
  ...[RoomSettingsEntity, RoomMuteEntity, WordListEntity, GiftEntity],
]
/** As ioredis says it. */
const timedOut = 'Command timed out'
/** What a server says that is there but cannot serve. */
const unable = /^(LOADING|READONLY|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|OOM|MISCONF|NOREPLICAS)\b/

export function openParts(context: ApplicationContext, signals: ApplicationSignals): Parts {
  const { config, clock, health } = context
  const { GALA_REDIS_URL: redisUrl, GALA_KEY_PREFIX: keyPrefix } = config
  const bus = new RedisBus({ redisUrl, keyPrefix, clock, onError: signals.redisFailed })
  openTraces(context, { bus, decidedByAsker: true })
  const redis = connectRedis(redisUrl, signals.redisFailed)
  const peers = config.GALA_PEER_REDIS_URLS.map(
    ({ name, value }) => [name, connectRedis(value, signals.peerFailed)] as const,
  )
  const breakers = openBreakers(context, bus)
  const ownDelayMs = () => context.shedding?.delayMs ?? 0
  const { nodes } = parseRedisUrl(redisUrl) ?? { nodes: [] }
  const target = nodes
    .map(({ host, port }) => `${host}:${port}`)
    .join(',')
    .slice(0, targetMax)
  const store = breakers.add({ name: 'redis', dc: config.GALA_DC, target }, storePolicy, storeActuator)
  const database = new Database({
    readers: config.GALA_MYSQL_READER_URLS.map(({ name: dc, value: url }) => ({ dc, url })),
    breakers,
    dialect: config.GALA_MYSQL_DIALECT,
    entities,
    clock,
    onError: signals.databaseFailed,
  })
  const cache = new Cache({
    clock,
    bus,
    localBytesMax: config.GALA_CACHE_BYTES_MAX,
    shared: new RedisStore(redis, keyspaceOf(redisUrl, keyPrefix)),
    storeGovernor: store.governor,
    ownDelayMs,
    onAge: signals.ageServed,
    onSample: (lookup) => checker.offer(lookup),
    onError: signals.loadFailed,
  })
  const everyMs = config.GALA_CACHE_CHECK_EVERY_MS
  const checker = new ConsistencyChecker(cache, { clock, everyMs, onChecked: signals.checked })
  reportCache(context, { bus, cache, checker })
  const control = followControl(context, bus, redis, config.GALA_CONTROL_FILE)
  control.onApply(({ breakers: orders }) => breakers.obey(orders))
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
    guarded: (call) => store.run(call, (result) => judgeRedis(result, ownDelayMs())),
    redisOf: new Map([[config.GALA_DC, redis], ...peers]),
    missing: () => dependencies.filter(({ up }) => !up).map(({ name }) => `${name}-unreachable`),
    obeyedPosition: obeyedPosition(bus, control, clock),
    warmPaths: () => new HotPaths(redis, keyPrefix, clock).after(heard, config.GALA_WARM_PATHS),
    close: async () => {
      redis.disconnect()
      for (const [, peer] of peers) peer.disconnect()
      await Promise.all([bus.close(), database.close()])
      breakers.close()
    },
  }
}

/**
 * A reply that refuses a command is the fault of whoever wrote it, unless the server says that it is unable to serve. That no answer
 * has been seen in time is the fault of a process that is late itself.
 */
function judgeRedis(result: Result<unknown>, ownDelayMs: number): Verdict {
  if ('value' in result) return 'success'
  const { name, message } = result.error as Error
  if (message === timedOut && ownDelayMs > fairMs) return 'ignored'
  return name === 'ReplyError' && !unable.test(message) ? 'ignored' : 'failure'
}
