import { randomId, systemClock } from '@gala/kernel'
import { afterEach, describe, expect, it } from '@jest/globals'
import type { Redis } from 'ioredis'
import { type BusUnderTest, busConformance } from './conformance.js'
import { RedisBus } from './redis-bus.js'
import { connectRedis, keyspaceOf } from './redis-client.js'
import { whenConnected } from './when-connected.js'

const urls = {
  'one Redis': process.env['GALA_TEST_REDIS_URL'] ?? '',
  'a Redis behind Sentinels': process.env['GALA_TEST_REDIS_SENTINEL_URL'] ?? '',
  'a Redis Cluster': process.env['GALA_TEST_REDIS_CLUSTER_URL'] ?? '',
}
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

interface Opened extends BusUnderTest {
  redis: Redis
  keys: ReturnType<typeof keyspaceOf>
}

async function open(redisUrl: string): Promise<Opened> {
  const keyPrefix = `t:${randomId()}:`
  const keys = keyspaceOf(redisUrl, keyPrefix)
  const bus = new RedisBus({ redisUrl, keyPrefix, clock: systemClock, onError: () => {} })
  const redis = connectRedis(redisUrl, () => {}, 1_000)
  const close = async () => {
    await bus.close()
    redis.disconnect()
  }
  closing.push(close)
  const works = () =>
    Promise.all([bus.forget(1), bus.echo()]).then(
      () => true,
      () => false,
    )
  // All connections take some time to open, in a cluster to every node.
  await whenConnected(redis)
  while (!(await works())) await nextTurn()
  return {
    bus,
    redis,
    keys,
    lose: async (change) => {
      await redis.xadd(keys.ring, `${change.position}-0`, 'c', JSON.stringify(change))
    },
    // Messages of one connection keep their order: once our own has come back, all before it has been handled.
    delivered: async () => {
      await bus.echo()
      while (bus.floor > bus.appliedPosition) await nextTurn()
    },
    close,
  }
}

/** Also of tests that failed, or they would keep the whole run from ending. */
const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

describe.each(Object.entries(urls))('RedisBus on %s', (_name, url) => {
  busConformance(() => open(url))

  it('raises the fence of every tag before the change is heard, and never lowers it', async () => {
    const { bus, redis, keys, delivered, close } = await open(url)
    const tags = Array.from({ length: 30 }, (_, i) => `tag-${i}`)
    const raised: Promise<(string | null)[]>[] = []
    bus.subscribe(() => raised.push(Promise.all(tags.map((tag) => redis.get(keys.fence(tag))))))
    await bus.publish([{ position: 7, tags, atMs: 0 }])
    await bus.publish([{ position: 6, tags: tags.slice(0, 5), atMs: 0 }])
    await delivered()
    expect(await Promise.all(raised)).toEqual([tags.map(() => '7'), tags.map(() => '7')])
    expect(await redis.ttl(keys.fence('tag-0'))).toBeGreaterThan(3600)
    await close()
  })

  it('learns from the next heartbeat what passed while its connection was cut', async () => {
    const { bus, redis, lose, delivered, close } = await open(url)
    await bus.heartbeat(10)
    await delivered()
    const heard: number[] = []
    bus.subscribe(({ position }) => heard.push(position))
    const servers = 'nodes' in redis ? (redis as unknown as { nodes(role: string): Redis[] }).nodes('master') : [redis]
    for (const server of servers) await server.call('CLIENT', 'KILL', 'TYPE', 'PUBSUB')
    await lose({ position: 11, tags: ['a'], atMs: 0 })
    while (heard.length === 0) {
      await bus.heartbeat(11)
      await nextTurn()
    }
    expect([heard[0], bus.appliedPosition, bus.floor]).toEqual([11, 11, 10])
    await close()
  })

  it('raises the floor of the shared tier when Redis is not the one it was', async () => {
    const { bus, redis, keys, close } = await open(url)
    const last = keys.lanes - 1
    const floor = async () => Number(await redis.get(keys.floor(last)))
    await bus.heartbeat(10)
    await bus.heartbeat(20)
    expect([await floor(), await redis.get(keys.announced(last))]).toEqual([10, '20'])
    await redis.set(keys.run(last), 'another')
    await bus.heartbeat(21)
    expect(await floor()).toBe(21)
    await redis.del(keys.floor(last))
    await bus.heartbeat(22)
    expect(await floor()).toBe(22)
    await bus.forget(30)
    await bus.forget(25)
    expect(await floor()).toBe(30)
    await close()
  })

  it('carries a value to every process, itself included', async () => {
    const { bus, delivered, close } = await open(url)
    const seen: string[] = []
    bus.onPush(({ key, raw }) => seen.push(`${key}=${raw}`))
    await bus.push({ key: 'k', raw: 'v' })
    await delivered()
    expect(seen).toEqual(['k=v'])
    await close()
  })
})
