import { randomId, systemClock } from '@gala/kernel'
import { describe, expect, it } from '@jest/globals'
import { Redis } from 'ioredis'
import { fenceKey } from './bus.js'
import { RedisBus } from './redis-bus.js'
import { type BusUnderTest, busConformance } from './testing.js'

const redisUrl = process.env['GALA_TEST_REDIS_URL'] ?? ''

async function open(keyPrefix = `t:${randomId()}:`): Promise<BusUnderTest> {
  let refused = () => {}
  const bus = new RedisBus({ redisUrl, keyPrefix, clock: systemClock, onError: () => refused() })
  const sender = new Redis(redisUrl)
  await new Promise<void>((resolve) => {
    const end = bus.subscribe({ change: () => {}, suspect: () => resolve(end()) })
  })
  // The publishing connection is a second one; it takes commands when its first one is taken.
  for (;;) if (await bus.heartbeat(0).then(() => true, settleOnce)) break
  return {
    bus,
    // A marker of our own on the same channel: once the bus has refused it, all before it has been handled.
    delivered: async () => {
      const marked = new Promise<void>((resolve) => {
        refused = resolve
      })
      await sender.publish(`${keyPrefix}changes`, 'marker')
      await marked
    },
    close: async () => {
      await bus.close()
      sender.disconnect()
    },
  }
}

const settleOnce = () => new Promise<false>((resolve) => setImmediate(() => resolve(false)))

describe('RedisBus', () => {
  busConformance(open)

  it('raises the fence of every tag before the change is heard, and never lowers it', async () => {
    const prefix = `t:${randomId()}:`
    const { bus, delivered, close } = await open(prefix)
    const redis = new Redis(redisUrl)
    await bus.publish({ position: 7, tags: ['a', 'b'], atMs: 0 })
    await bus.publish({ position: 6, tags: ['a'], atMs: 0 })
    await delivered()
    expect(await redis.mget(fenceKey(prefix, 'a'), fenceKey(prefix, 'b'))).toEqual(['7', '7'])
    expect(await redis.ttl(fenceKey(prefix, 'a'))).toBeGreaterThan(3600)
    redis.disconnect()
    await close()
  })

  it('turns suspect after its connection was cut, because messages may have passed meanwhile', async () => {
    const { bus, close } = await open()
    const suspect = new Promise<void>((resolve) => bus.subscribe({ change: () => {}, suspect: resolve }))
    const redis = new Redis(redisUrl)
    await redis.call('CLIENT', 'KILL', 'TYPE', 'PUBSUB')
    await suspect
    redis.disconnect()
    await close()
  })
})
