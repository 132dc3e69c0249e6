import { connectRedis, keyspaceOf, RedisBus } from '@gala/bus'
import { Cache, RedisStore } from '@gala/cache'
import { systemClock } from '@gala/kernel'
import KeyvRedis from '@keyv/redis'
import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis'
import { createCache } from 'cache-manager'
import { Cacheable, CacheableMemory } from 'cacheable'
import { Keyv } from 'keyv'
import { LRUCache } from 'lru-cache'

export interface Row {
  id: string
  title: string
  version: number
}

/** A cache as a service would set it up, on a Redis of its own. */
export interface Contender {
  read(key: string, load: () => Promise<Row>): Promise<Row>
  /** The same without a promise, where the cache has such a call. */
  hit?(key: string): Row | undefined
  invalidate(key: string): Promise<unknown>
  /** Resolves when the cache is as it is in health: the peers' rounds keep the event loop from hearing anything. */
  ready?(): Promise<void>
  close(): Promise<unknown>
}

export interface RedisAddress {
  host: string
  port: number
}

/** Longer than a run: nothing is to expire while it is measured. */
const ttlMs = 600_000
const localEntriesMax = 10_000

/** No second level at all: the least a lookup in memory can cost. */
export async function lruCache(): Promise<Contender> {
  const cache = new LRUCache<string, Row>({ max: localEntriesMax })
  const hit = (key: string) => cache.get(key)
  return {
    hit,
    read: async (key, load) => {
      const held = hit(key)
      if (held) return held
      const row = await load()
      cache.set(key, row)
      return row
    },
    invalidate: async (key) => cache.delete(key),
    close: async () => {},
  }
}

/** Every number of the bus, one more for each change; in the platform the database gives it. */
let position = 1

export async function gala({ host, port }: RedisAddress): Promise<Contender> {
  const redisUrl = `redis://${host}:${port}`
  const bus = new RedisBus({ redisUrl, keyPrefix: 'g:', clock: systemClock, onError: () => {} })
  const redis = connectRedis(redisUrl, () => {})
  const shared = new RedisStore(redis, keyspaceOf(redisUrl, 'g:'))
  const cache = new Cache({ clock: systemClock, bus, shared, localBytesMax: 100_000_000, onError: () => {} })
  const stop = systemClock.every(200, () => void bus.heartbeat(position).catch(() => {}))
  const ready = async () => {
    // A heartbeat from after the pause, not one that vouches for the last few milliseconds of its second.
    const sinceMs = systemClock.monotonicMs()
    while (bus.vouchedAtMs < sinceMs) await systemClock.sleep(20)
  }
  await ready()
  return {
    ready,
    hit: (key) => cache.hit<Row>(key, ttlMs)?.value,
    read: async (key, load) => {
      const tags = [key]
      const at = position
      const lookup = {
        kind: 'row',
        key,
        tags,
        freshMs: ttlMs,
        staleMs: 0,
        load: async () => ({ value: await load(), tags, position: at }),
      }
      return (await cache.getOrLoad(lookup)).value
    },
    invalidate: (key) => bus.publish([{ position: ++position, tags: [key], atMs: Date.now() }]),
    close: async () => {
      stop()
      redis.disconnect()
      await bus.close()
    },
  }
}

export async function bentocache(connection: RedisAddress): Promise<Contender> {
  const store = bentostore({ ttl: ttlMs })
    .useL1Layer(memoryDriver({ maxItems: localEntriesMax, serialize: false }))
    .useL2Layer(redisDriver({ connection }))
    .useBus(redisBusDriver({ connection }))
  const cache = new BentoCache({ default: 'main', stores: { main: store } })
  return {
    read: (key, load) => cache.getOrSet({ key, factory: load }),
    invalidate: (key) => cache.delete({ key }),
    close: () => cache.disconnectAll(),
  }
}

const keyvRedis = ({ host, port }: RedisAddress) =>
  new Keyv({ store: new KeyvRedis(`redis://${host}:${port}`), ttl: ttlMs })

export async function cacheable(address: RedisAddress): Promise<Contender> {
  const secondary = keyvRedis(address)
  const primary = new Keyv({ store: new CacheableMemory({ lruSize: localEntriesMax, useClone: false }) as never })
  const cache = new Cacheable({ primary, secondary, ttl: ttlMs })
  return {
    read: async (key, load) => (await cache.getOrSet<Row>(key, load)) ?? load(),
    invalidate: (key) => cache.delete(key),
    close: () => cache.disconnect(),
  }
}

export async function cacheManager(address: RedisAddress): Promise<Contender> {
  const memory = new Keyv({ store: new CacheableMemory({ lruSize: localEntriesMax, useClone: false }) as never })
  const cache = createCache({ stores: [memory, keyvRedis(address)] as never, ttl: ttlMs })
  return {
    read: (key, load) => cache.wrap(key, load),
    invalidate: (key) => cache.del(key),
    close: () => cache.disconnect(),
  }
}
