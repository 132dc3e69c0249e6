import { randomId, systemClock } from '@gala/kernel'
import { describe, expect, it } from '@jest/globals'
import { Redis } from 'ioredis'
import { fenceKey, floorKey } from './bus.js'
import { type BusUnderTest, busConformance } from './conformance.js'
import { RedisBus } from './redis-bus.js'

const redisUrl = process.env['GALA_TEST_REDIS_URL'] ?? ''

async function open(keyPrefix = `t:${randomId()}:`): Promise<BusUnderTest> {
  let refused = () => {}
  const bus = new RedisBus({ redisUrl, keyPrefix, clock: systemClock, onError: () => refused() })
  const redis = new Redis(redisUrl)
  // Both connections of the bus take some time to open; a marker that comes back has passed them.
  while (!(await comesBack(bus, redis, keyPrefix, (done) => (refused = done)))) await nextTurn()
  return {
    bus,
    lose: async (change) => {
      await redis.xadd(`${keyPrefix}ring`, `${change.position}-0`, 'c', JSON.stringify(change))
    },
    // A marker of our own on the same channel: once the bus has refused it, all before it has been handled.
    delivered: async () => {
      const marked = new Promise<void>((resolve) => {
        refused = resolve
      })
      await redis.publish(`${keyPrefix}changes`, 'marker')
      await marked
      while (bus.floor > bus.appliedPosition) await nextTurn()
    },
    close: async () => {
      await bus.close()
      redis.disconnect()
    },
  }
}

/** True when somebody listens on the channel and the publishing connection takes commands. */
async function comesBack(bus: RedisBus, redis: Redis, keyPrefix: string, onRefused: (done: () => void) => void) {
  onRefused(() => {})
  const ready = await bus.publish({ position: 1, tags: ['ready'], atMs: 0 }).then(
    () => true,
    () => false,
  )
  await redis.del(`${keyPrefix}ring`)
  return ready && (await redis.publish(`${keyPrefix}changes`, 'marker')) > 0
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('RedisBus', () => {
  busConformance(() => open())

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

  it('learns from the next heartbeat what passed while its connection was cut', async () => {
    const { bus, lose, delivered, close } = await open()
    await bus.heartbeat(10)
    await delivered()
    const redis = new Redis(redisUrl)
    const heard: number[] = []
    bus.subscribe(({ position }) => heard.push(position))
    await redis.call('CLIENT', 'KILL', 'TYPE', 'PUBSUB')
    await lose({ position: 11, tags: ['a'], atMs: 0 })
    while (heard.length === 0) {
      await bus.heartbeat(11)
      await nextTurn()
    }
    expect([heard[0], bus.appliedPosition, bus.floor]).toEqual([11, 11, 10])
    redis.disconnect()
    await close()
  })

  it('raises the floor of the shared tier when Redis is not the one it was', async () => {
    const prefix = `t:${randomId()}:`
    const { bus, close } = await open(prefix)
    const redis = new Redis(redisUrl)
    const floor = async () => Number(await redis.get(floorKey(prefix)))
    await bus.heartbeat(10)
    await bus.heartbeat(20)
    expect(await floor()).toBe(10)
    await redis.set(`${prefix}run`, 'another')
    await bus.heartbeat(21)
    expect(await floor()).toBe(21)
    await redis.del(floorKey(prefix))
    await bus.heartbeat(22)
    expect(await floor()).toBe(22)
    redis.disconnect()
    await close()
  })
})
