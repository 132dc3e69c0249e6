import { connectRedis, keyspaceOf } from '@gala/bus'
import { whenConnected } from '@gala/bus/testing'
import { randomId } from '@gala/kernel'
import { afterAll, describe } from '@jest/globals'
import { storeConformance } from './conformance.js'
import { RedisStore } from './redis-store.js'

const urls = {
  'one Redis': process.env['GALA_TEST_REDIS_URL'] ?? '',
  'a Redis behind Sentinels': process.env['GALA_TEST_REDIS_SENTINEL_URL'] ?? '',
  'a Redis Cluster': process.env['GALA_TEST_REDIS_CLUSTER_URL'] ?? '',
}

describe.each(Object.entries(urls))('RedisStore on %s', (_name, url) => {
  const redis = connectRedis(url, () => {}, 1_000)
  afterAll(() => redis.disconnect())

  storeConformance(async () => {
    await whenConnected(redis)
    const keys = keyspaceOf(url, `t:${randomId()}:`)
    const lanes = Array.from({ length: keys.lanes }, (_, lane) => lane)
    return {
      store: new RedisStore(redis, keys),
      raise: async (tag, position) => void (await redis.set(keys.fence(tag), position)),
      heartbeat: async (position) => {
        for (const lane of lanes) {
          await redis.set(keys.floor(lane), position, 'NX')
          await redis.set(keys.announced(lane), position)
        }
      },
      // Redis keeps its own time: nothing but letting it pass will do.
      pass: async (ms) => void (await new Promise((resolve) => setTimeout(resolve, ms))),
      close: async () => {},
    }
  })
})
