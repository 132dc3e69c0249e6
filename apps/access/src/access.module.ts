import { connectRedis, RedisBus } from '@gala/bus'
import { Cache } from '@gala/cache'
import { defaultPool, publicRoutes, type Route, type RouteInput } from '@gala/contracts'
import { ConcurrencyLimit, RedisBudget, RetryBudget } from '@gala/resilience'
import { RedisRoomStore } from '@gala/rooms'
import {
  busHeard,
  type ControlFollower,
  followControl,
  gauged,
  HotPaths,
  openBreakers,
  openTraces,
  reportCache,
  reportLimits,
} from '@gala/runtime'
import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common'
import { type AccessContext, viewerKeysOf } from './access.config.js'
import { Application } from './application.js'
import { preview, type Question } from './copy.js'
import { edgeHealthOf } from './edge-health.js'
import { Front } from './front.js'
import { guests } from './guests.js'
import { Keys } from './keys.js'
import { leaveSnapshots } from './leave-snapshots.js'
import { Limits } from './limits.js'
import { OwnShare } from './own-share.js'
import { Pipeline } from './pipeline.js'
import { Rooms } from './rooms/rooms.js'
import { accessSignals } from './signals.js'
import { Snapshots } from './snapshots.js'
import { occupancyOf, openTargets, type TargetAddress } from './targets.js'
import { Upstream } from './upstream.js'
import { Viewers } from './viewers.js'

const CLOSERS = Symbol('CLOSERS')
/** What to answer before the audience asks. */
export const WARM_PATHS = Symbol('WARM_PATHS')
/** Whether the edge should be sent viewers. */
export const EDGE_HEALTH = Symbol('EDGE_HEALTH')
/** Leaves copies on disk at once, and says what is there. */
export const LEAVE_SNAPSHOTS = Symbol('LEAVE_SNAPSHOTS')

/** The edge asks for each address once a second: what it asks for in every second is hot here. */
const hot = { sampleEvery: 4, hotAt: 4 }

@Module({})
export class AccessModule implements OnApplicationShutdown {
  constructor(@Inject(CLOSERS) private readonly closers: (() => unknown)[]) {}

  /** Only here, after the last answer has left, are the connections behind it closed. */
  async onApplicationShutdown() {
    await Promise.all(this.closers.map((close) => close()))
  }

  static forRoot(context: AccessContext): DynamicModule {
    const { config, clock, health } = context
    const signals = accessSignals(context)
    const bus = new RedisBus({
      redisUrl: config.GALA_REDIS_URL,
      keyPrefix: config.GALA_KEY_PREFIX,
      clock,
      onError: signals.redisFailed,
    })
    const redis = connectRedis(config.GALA_REDIS_URL, signals.redisFailed)
    openTraces(context, { bus })
    const breakers = openBreakers(context, bus)
    const budget = new RetryBudget(clock)
    signals.secondAttempts(budget)
    const newLimit = () => (context.shedding?.on ? new ConcurrencyLimit({ clock }) : undefined)
    const targets = openTargets(addressesOf(config), config.GALA_DC, breakers, newLimit)
    const occupancy = occupancyOf(targets.get(defaultPool)?.own ?? [])
    if (occupancy) context.shedding?.boundedBy(occupancy)
    const share = new OwnShare(clock, config.GALA_DC)
    gauged(
      context.metrics,
      'gala_own_share_percent',
      'Requests the own application is asked first for',
      () => share.percent,
    )
    const upstream = new Upstream({
      targets,
      ownFirst: (traceparent) => share.takes(traceparent),
      clock,
      budget,
      onFailure: signals.upstreamFailed,
      onHedge: signals.hedged,
      ownDelayMs: () => context.shedding?.delayMs ?? 0,
    })
    const cache = new Cache({
      clock,
      bus,
      localBytesMax: config.GALA_CACHE_BYTES_MAX,
      hot,
      onAge: signals.ageServed,
      onError: signals.loadFailed,
    })
    reportCache(context, { bus, cache, preview })
    const control = followControl(context, bus, redis, config.GALA_CONTROL_FILE)
    control.onApply(({ breakers: orders }) => breakers.obey(orders))
    control.onApply(({ weights }) => share.obey(weights))
    const snapshots = new Snapshots(config.GALA_SNAPSHOT_DIR, clock, signals.snapshotFailed)
    health.appliedPosition = () => bus.appliedPosition
    const redisUp = health.dependency('redis', () => redis.ping(), { everyMs: 500, timeoutMs: 400 })
    const heard = busHeard(context, bus, redisUp)
    health.startsAfter(heard)
    const limits = new Limits(publicRoutes, {
      clock,
      budget: new RedisBudget(redis, config.GALA_KEY_PREFIX),
      instance: config.GALA_INSTANCE,
    })
    reportLimits(context, () => limits.reports)
    const keys = new Keys()
    const { GALA_DC: dc, GALA_INSTANCE: instance } = config
    const viewers = new Viewers(viewerKeysOf(config), clock)
    const application = new Application({
      upstream,
      cache,
      snapshots,
      clock,
      poolOf: (route, input) => poolOf(control, route, input),
      traces: context.traces,
    })
    if (context.shedding) {
      const renew = (question: Question) => application.renew(question)
      context.shedding.copies = new Front({ cache, keys, snapshots, clock, dc, instance, renew })
    }
    const store = new RedisRoomStore({
      redisUrl: config.GALA_REDIS_URL,
      keyPrefix: config.GALA_KEY_PREFIX,
      dc: config.GALA_DC,
      clock,
      onError: signals.redisFailed,
    })
    const rooms = new Rooms(context, { store, application, limits, redis, share })
    const pipeline = new Pipeline({
      application,
      keys,
      limits,
      viewers,
      snapshots,
      local: { ...rooms.handlers, 'guests.create': guests(viewers, config.GALA_GUESTS === 'on') },
      clock,
      dc,
      instance,
      onInternal: signals.failedUnexpectedly,
    })
    const hotPaths = new HotPaths(redis, config.GALA_KEY_PREFIX, clock)
    health.onDrain(hotPaths.keep(() => cache.hot.map(({ key }) => key), signals.redisFailed))
    const edgeHealth = () => {
      const ownAsked = upstream.mayAsk(config.GALA_DC)
      const missing = Object.entries(health.dependencies).flatMap(([name, is]) => (is === 'down' ? [name] : []))
      return edgeHealthOf({
        dc,
        instance,
        processReady: health.ready,
        ownPercent: share.percent,
        recent: context.traffic.recent,
        down: ownAsked ? missing : [...missing, defaultPool],
      })
    }
    const closers = [
      () => rooms.close(),
      () => store.close(),
      () => bus.close(),
      () => limits.close().finally(() => redis.disconnect()),
      () => upstream.close(),
      () => breakers.close(),
    ]
    return {
      module: AccessModule,
      providers: [
        { provide: Pipeline, useValue: pipeline },
        { provide: Rooms, useValue: rooms },
        { provide: WARM_PATHS, useValue: () => hotPaths.after(heard, config.GALA_WARM_PATHS) },
        { provide: EDGE_HEALTH, useValue: edgeHealth },
        { provide: LEAVE_SNAPSHOTS, useValue: leaveSnapshots({ cache, keys, snapshots, clock }) },
        { provide: CLOSERS, useValue: closers },
      ],
    }
  }
}

/** Whatever operators have moved is answered in its pool. */
function poolOf(control: ControlFollower, { isolateBy }: Route, input: RouteInput<Route>): string | undefined {
  const subject = isolateBy === undefined ? undefined : (input.params as Record<string, unknown>)[isolateBy]
  return typeof subject === 'string' ? control.poolOf(subject) : undefined
}

function addressesOf(config: AccessContext['config']): TargetAddress[] {
  const own = config.GALA_APPLICATION_URLS.map((url) => ({ pool: defaultPool, dc: config.GALA_DC, url }))
  const others = config.GALA_APPLICATION_FALLBACK_URLS.map(({ name: dc, value: url }) => ({
    pool: defaultPool,
    dc,
    url,
  }))
  const pools = config.GALA_POOL_URLS.map(({ name, value: url }) => {
    const [pool = '', dc = ''] = name.split('@')
    return { pool, dc, url }
  })
  return [...own, ...others, ...pools]
}
