import { connectRedis } from '@gala/bus'
import { whenConnected } from '@gala/bus/testing'
import { randomId } from '@gala/kernel'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Redis } from 'ioredis'
import { grantStoreConformance } from './conformance.js'
import { RedisGrantStore } from './redis-grant-store.js'

const forms = {
  'one Redis': 'GALA_TEST_REDIS_URL',
  'a Redis behind Sentinels': 'GALA_TEST_REDIS_SENTINEL_URL',
  'a Redis Cluster': 'GALA_TEST_REDIS_CLUSTER_URL',
}

describe.each(Object.entries(forms))('RedisGrantStore on %s', (_form, url) => {
  let redis: Redis
  beforeAll(async () => {
    redis = connectRedis(process.env[url] ?? '', () => {}, 1_000)
    await whenConnected(redis)
  })
  afterAll(() => redis.disconnect())

  grantStoreConformance(async () => ({
    store: new RedisGrantStore(redis, `t:${randomId()}:`),
    // Redis keeps its own time: nothing but letting it pass will do.
    pass: async (ms) => void (await new Promise((resolve) => setTimeout(resolve, ms))),
  }))

  it('issues nothing of what another run of the server wrote, and does not vouch for it', async () => {
    const prefix = `t:${randomId()}:`
    const store = new RedisGrantStore(redis, prefix)
    const before = await store.look('s')
    await store.install('s', before.life, { id: 'g', token: 1, amount: 10, endsAtMs: before.nowMs + 60_000 })
    await store.allow('s', before.life, 'g', 10, 0)
    const { number } = await store.lease('s', 'one', 5, 10_000)
    await store.record('s', 'one', number, ['a'])
    // As after a restart: what lies there was written by a server with another id.
    await redis.hset(`${prefix}escrow:{s}:store`, 'run', 'another')
    expect((await store.record('s', 'one', number, ['b', 'a'])).issues).toMatchObject([undefined, { serial: 1 }])
    expect((await store.lease('s', 'one', 5, 10_000)).left).toBe(0)
    const after = await store.look('s')
    expect(after.life).not.toBe(before.life)
    expect(after.grants).toMatchObject([{ id: 'g', issued: 1, exact: false }])
    await store.allow('s', after.life, 'g', 10, after.nowMs + 60_000)
    expect((await store.lease('s', 'one', 5, 10_000)).left).toBe(0)
    expect(await store.close('s', 'g')).toEqual({ known: true, issued: 1, exact: false })
  })
})
