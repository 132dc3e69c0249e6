import { connectRedis } from '@gala/bus'
import { systemClock } from '@gala/kernel'
import { type Decision, Limiter, RedisBudget } from '@gala/resilience'
import { ThrottlerStorageRedisService } from '@nest-lab/throttler-storage-redis'
import type { ExecutionContext } from '@nestjs/common'
import { Reflector } from '@nestjs/core'
import { ThrottlerGuard, type ThrottlerStorage, ThrottlerStorageService } from '@nestjs/throttler'
import { Redis } from 'ioredis'
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'

/** One limit in one process, as a service would set it up. */
export interface LimitContender {
  /** Whether a request is admitted; `waits` lets it stand in line, where there is such a thing. */
  decide(waits: boolean): Decision | Promise<Decision>
  /** Commands sent to Redis, a script being one. */
  trips(): number
  close(): Promise<unknown>
}

export interface LimitJob {
  port: number
  instance: string
  rate: number
  burst: number
  waitMaxMs: number
  waitersMax: number
}

const key = 'spring-gala'
const refused = (retryAfterMs: number): Decision => ({ admitted: false, retryAfterMs, remaining: 0 })
const admitted = (remaining: number): Decision => ({ admitted: true, remaining })

/** Counts what a connection is made to send. */
function counted(redis: Redis): () => number {
  let sent = 0
  const send = redis.sendCommand.bind(redis)
  redis.sendCommand = (...args) => {
    sent++
    return send(...args)
  }
  return () => sent
}

const ready = async (redis: Redis) => {
  while (redis.status !== 'ready') await systemClock.sleep(10)
}

async function gala({ port, instance, rate, burst, waitMaxMs, waitersMax }: LimitJob): Promise<LimitContender> {
  const redis = connectRedis(`redis://127.0.0.1:${port}`, () => {})
  const trips = counted(redis)
  await ready(redis)
  const limiter = new Limiter(
    { name: 'bench', rate, burst, away: 'portion', waitMaxMs, waitersMax },
    { clock: systemClock, budget: new RedisBudget(redis, 'gala:'), instance, instancesExpected: 8 },
  )
  return {
    decide: (waits) => (waits ? limiter.admit(key) : limiter.take(key)),
    trips,
    close: () => limiter.close().finally(() => redis.disconnect()),
  }
}

/** Windows of a second: the only form it has over Redis. `blocks`: remembers in the process until when a key is used up. */
const flexible =
  (blocks: boolean) =>
  async ({ port, rate }: LimitJob): Promise<LimitContender> => {
    const redis = new Redis(port, '127.0.0.1', { enableOfflineQueue: false })
    const trips = counted(redis)
    await ready(redis)
    const limiter = new RateLimiterRedis({
      storeClient: redis,
      keyPrefix: `flexible-${blocks}`,
      points: rate,
      duration: 1,
      ...(blocks && { inMemoryBlockOnConsumed: rate + 1 }),
    })
    return {
      decide: () =>
        limiter.consume(key).then(
          ({ remainingPoints }) => admitted(remainingPoints),
          (why: unknown) => {
            if (why instanceof RateLimiterRes) return refused(why.msBeforeNext)
            throw why
          },
        ),
      trips,
      close: async () => redis.disconnect(),
    }
  }

/** The guard itself, without a server around it. Its default storage is each process's own memory. */
const throttler =
  (storageOf: (port: number) => { storage: ThrottlerStorage; redis?: Redis }) =>
  async ({ port, rate }: LimitJob): Promise<LimitContender> => {
    const { storage, redis } = storageOf(port)
    const trips = redis ? counted(redis) : () => 0
    if (redis) await ready(redis)
    const options = { throttlers: [{ limit: rate, ttl: 1_000 }], setHeaders: false, getTracker: () => key }
    const guard = new ThrottlerGuard(options, storage, new Reflector())
    await guard.onModuleInit()
    const http = { getRequest: () => ({ headers: {} }), getResponse: () => ({}) }
    const context = {
      getHandler: () => throttler,
      getClass: () => Redis,
      switchToHttp: () => http,
    } as unknown as ExecutionContext
    return {
      decide: () =>
        guard.canActivate(context).then(
          () => admitted(0),
          (why: { status?: number }) => {
            if (why.status === 429) return refused(1_000)
            throw why
          },
        ),
      trips,
      close: async () => redis?.disconnect(),
    }
  }

export const limitContenders = {
  gala,
  'rate-limiter-flexible': flexible(false),
  'rate-limiter-flexible, blocking in memory': flexible(true),
  '@nestjs/throttler over Redis': throttler((port) => {
    const redis = new Redis(port, '127.0.0.1')
    return { storage: new ThrottlerStorageRedisService(redis), redis }
  }),
  '@nestjs/throttler as it comes': throttler(() => ({ storage: new ThrottlerStorageService() })),
}
export type LimitContenderName = keyof typeof limitContenders
