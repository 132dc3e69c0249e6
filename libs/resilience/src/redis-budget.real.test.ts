import { randomId } from '@gala/kernel'
import { afterAll, beforeAll, describe } from '@jest/globals'
import { Cluster, Redis } from 'ioredis'
import { budgetConformance } from './conformance.js'
import { RedisBudget } from './redis-budget.js'

/** Hosts and ports of a URL; what connects by the platform's addresses stands to the right of this package. */
const nodesOf = (url: string) =>
  (url.split('://')[1] ?? '')
    .split('/', 1)[0]
    ?.split(',')
    .map((node) => {
      const [host = '', port] = node.split(':')
      return { host, port: Number(port) }
    }) ?? []

const forms = {
  'one Redis': () => new Redis(process.env['GALA_TEST_REDIS_URL'] ?? ''),
  'a Redis Cluster': () => new Cluster(nodesOf(process.env['GALA_TEST_REDIS_CLUSTER_URL'] ?? '')) as unknown as Redis,
}

describe.each(Object.entries(forms))('RedisBudget on %s', (_name, open) => {
  let redis: Redis
  beforeAll(() => {
    redis = open()
  })
  afterAll(() => redis.disconnect())

  budgetConformance(async () => ({
    budget: new RedisBudget(redis, `t:${randomId()}:`),
    // Redis keeps its own time: nothing but letting it pass will do.
    pass: async (ms) => void (await new Promise((resolve) => setTimeout(resolve, ms))),
    close: async () => {},
  }))
})
