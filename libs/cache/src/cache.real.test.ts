import { connectRedis, keyspaceOf, RedisBus } from '@gala/bus'
import { randomId, systemClock } from '@gala/kernel'
import { afterEach, describe, expect, it } from '@jest/globals'
import { Cache } from './cache.js'
import { RedisStore } from './redis-store.js'

const redisUrl = process.env['GALA_TEST_REDIS_URL'] ?? ''
const freshMs = 60_000

/** Processes of one data centre on one real Redis, each with connections of its own. */
describe('Cache on a real Redis and its bus', () => {
  const closing: (() => void)[] = []
  afterEach(() => {
    for (const close of closing.splice(0)) close()
  })

  async function processes(count: number) {
    const keyPrefix = `t:${randomId()}:`
    const made = Array.from({ length: count }, () => {
      const bus = new RedisBus({ redisUrl, keyPrefix, clock: systemClock, onError: () => {} })
      const redis = connectRedis(redisUrl, () => {})
      const cache = new Cache({
        clock: systemClock,
        bus,
        shared: new RedisStore(redis, keyspaceOf(redisUrl, keyPrefix)),
        localBytesMax: 10_000_000,
        onError: () => {},
      })
      closing.push(
        () => void bus.close(),
        () => redis.disconnect(),
      )
      return { bus, redis, cache }
    })
    const [relay] = made.map(({ bus }) => bus)
    const beat = () => relay?.heartbeat(1).catch(() => {})
    closing.push(systemClock.every(100, () => void beat()))
    while (!made.every(({ bus, redis }) => bus.live && redis.status === 'ready'))
      await new Promise((resolve) => setImmediate(resolve))
    return made
  }

  it('loads a cold key once for ten processes that ask at the same moment', async () => {
    const all = await processes(10)
    let loads = 0
    const load = async () => {
      loads++
      await systemClock.sleep(50)
      return { value: 'v', tags: ['a'], position: 1 }
    }
    const read = ({ cache }: (typeof all)[number]) =>
      cache.getOrLoad({ kind: 'thing', key: 'cold', tags: ['a'], freshMs, staleMs: 0, load })
    expect((await Promise.all(all.map(read))).map(({ value }) => value)).toEqual(all.map(() => 'v'))
    expect(loads).toBe(1)
  })

  it('shows a change to every process as soon as it is published, however its copy was made', async () => {
    const all = await processes(3)
    let row = { value: 'one', position: 1 }
    const read = async ({ cache }: (typeof all)[number]) =>
      (
        await cache.getOrLoad({
          kind: 'thing',
          key: 'k',
          tags: ['a'],
          freshMs,
          staleMs: 0,
          load: async () => ({ ...row, tags: ['a'] }),
        })
      ).value
    expect(await Promise.all(all.map(read))).toEqual(['one', 'one', 'one'])
    row = { value: 'two', position: 2 }
    const heard = all.map(({ bus }) => new Promise<void>((resolve) => bus.subscribe(() => resolve())))
    await all[0]?.bus.publish([{ position: 2, tags: ['a'], atMs: Date.now() }])
    await Promise.all(heard)
    expect(await Promise.all(all.map(read))).toEqual(['two', 'two', 'two'])
  })
})
