import { connectRedis, RedisBus } from '@gala/bus'
import { Cache } from '@gala/cache'
import { reportCache } from '@gala/runtime'
import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common'
import type { AccessContext } from './access.config.js'
import { Pipeline } from './pipeline.js'
import { accessSignals } from './signals.js'
import { Snapshots } from './snapshots.js'
import { Upstream } from './upstream.js'

const CLOSERS = Symbol('CLOSERS')

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
    const upstream = new Upstream(
      config.GALA_APPLICATION_URLS,
      config.GALA_APPLICATION_FALLBACK_URLS,
      clock,
      signals.upstreamFailed,
    )
    const cache = new Cache({
      clock,
      bus,
      localBytesMax: config.GALA_CACHE_BYTES_MAX,
      onSample: ({ kind }, ageMs) => signals.ageServed(kind, ageMs),
      onError: signals.loadFailed,
    })
    reportCache(context, { bus, cache })
    const snapshots = new Snapshots(config.GALA_SNAPSHOT_DIR, clock, signals.snapshotFailed)
    health.appliedPosition = () => bus.appliedPosition
    health.dependency('redis', () => redis.ping(), { everyMs: 500, timeoutMs: 400 })
    const pipeline = new Pipeline({ upstream, cache, snapshots, clock, onInternal: signals.failedUnexpectedly })
    const closers = [() => bus.close(), () => redis.disconnect(), () => upstream.close()]
    return {
      module: AccessModule,
      providers: [
        { provide: Pipeline, useValue: pipeline },
        { provide: CLOSERS, useValue: closers },
      ],
    }
  }
}
