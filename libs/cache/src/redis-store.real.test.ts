import { fenceKey, floorKey } from '@gala/bus'
import { randomId } from '@gala/kernel'
import { afterAll, describe } from '@jest/globals'
import { Redis } from 'ioredis'
import { storeConformance } from './conformance.js'
import { RedisStore } from './redis-store.js'

const redis = new Redis(process.env['GALA_TEST_REDIS_URL'] ?? '')

describe('RedisStore', () => {
  afterAll(() => redis.disconnect())

  storeConformance(async () => {
    const prefix = `t:${randomId()}:`
    return {
      store: new RedisStore(redis, prefix),
      raise: async (tag, position) => void (await redis.set(fenceKey(prefix, tag), position)),
      setFloor: async (position) => void (await redis.set(floorKey(prefix), position, 'NX')),
      // Redis keeps its own time: nothing but letting it pass will do.
      pass: async (ms) => void (await redis.blpop(`${prefix}nothing`, ms / 1000)),
      close: async () => {},
    }
  })
})
