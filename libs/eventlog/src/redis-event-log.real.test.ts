import { connectRedis } from '@gala/bus'
import { whenConnected } from '@gala/bus/testing'
import { randomId, systemClock } from '@gala/kernel'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Redis } from 'ioredis'
import { many, offsets, range, readAll, run } from './builders.js'
import { eventLogConformance } from './conformance.js'
import { crashConformance } from './conformance-crash.js'
import { LogUnreachable, Trimmed } from './event-log.js'
import { RedisEventLog } from './redis-event-log.js'

const forms = {
  'one Redis': 'GALA_TEST_REDIS_URL',
  'a Redis behind Sentinels': 'GALA_TEST_REDIS_SENTINEL_URL',
  'a Redis Cluster': 'GALA_TEST_REDIS_CLUSTER_URL',
}
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

describe.each(Object.entries(forms))('RedisEventLog on %s', (_form, variable) => {
  const redisUrl = process.env[variable] ?? ''
  let redis: Redis
  const opened: RedisEventLog[] = []
  beforeEach(async () => {
    redis = connectRedis(redisUrl, () => {}, 2_000)
    await whenConnected(redis)
  })
  afterEach(async () => {
    for (const log of opened.splice(0)) await log.close()
    redis.disconnect()
  })

  const connect = async (keyPrefix: string, parts = 2, bytesMax?: number) => {
    const more = bytesMax === undefined ? {} : { bytesMax }
    const log = new RedisEventLog({ redisUrl, keyPrefix, parts, clock: systemClock, onError: () => {}, ...more })
    opened.push(log)
    // All connections take some time to open, in a cluster to every node.
    const works = () =>
      Promise.all(many(parts, (part) => log.bounds('requests', part))).then(
        () => true,
        () => false,
      )
    while (!(await works())) await nextTurn()
    return log
  }
  const masters = () =>
    'nodes' in redis ? (redis as unknown as { nodes(role: string): Redis[] }).nodes('master') : [redis]
  const keysOf = async (prefix: string) =>
    (await Promise.all(masters().map((master) => master.keys(`${prefix}*`)))).flat()
  const open = async ({ parts, bytesMax }: { parts?: number; bytesMax?: number } = {}) => {
    const prefix = `t:${randomId()}:`
    return {
      log: await connect(prefix, parts, bytesMax),
      another: () => connect(prefix, parts, bytesMax),
      empty: async () => {
        for (const key of await keysOf(prefix)) await redis.del(key)
      },
      // Redis keeps its own time: nothing but letting it pass will do.
      pass: async (ms: number) => void (await new Promise((resolve) => setTimeout(resolve, ms))),
      prefix,
    }
  }

  eventLogConformance(open)

  it('begins another epoch on a server that may have forgotten its newest runs, and keeps what is there', async () => {
    const { log, prefix } = await open({ parts: 1 })
    for (let n = 0; n < 4; n++) await log.append('requests', run('s', n))
    const before = await log.bounds('requests', 0)
    await redis.hset(`${prefix}log:{requests.0}:part`, { run: 'another' })
    await expect(log.read('requests', 0, 2, 1_000, 0, before.epoch)).rejects.toThrow(Trimmed)
    const now = await log.bounds('requests', 0)
    expect([range(now), now.epoch === before.epoch]).toEqual([[0, 4], false])
    expect(await log.append('requests', run('s', 4))).toBe(4)
    expect(await log.bounds('requests', 0)).toEqual({ ...now, next: 5 })
    expect(offsets(await readAll(log))).toEqual([0, 1, 2, 3, 4])
  })

  it('keeps all of a part in one slot, nothing of what was released, and nothing for ever', async () => {
    const { log, prefix } = await open({ parts: 1 })
    for (let n = 0; n < 50; n++) await log.append('requests', run('s', n, 1_000))
    await log.release('requests', 0, 48)
    const keys = await keysOf(prefix)
    const own = many(3, (i) => `${prefix}log:{requests.0}:${['part', 'runs', 'sizes'][i]}`)
    expect(keys.sort()).toEqual(own)
    for (const key of keys) expect(await redis.ttl(key)).toBeGreaterThan(6 * 86_400)
    expect([await redis.xlen(own[1] ?? ''), await redis.xlen(own[2] ?? '')]).toEqual([2, 2])
    expect((await redis.xrange(own[2] ?? '', '-', '+')).map(([id]) => id)).toEqual(['49-0', '50-0'])
  })

  it('goes on over new connections when all of them are cut', async () => {
    const { log } = await open({ parts: 1 })
    await log.append('requests', run('s', 0))
    const waiting = log.read('requests', 0, 1, 1_000, 5_000)
    const outcome = waiting.then(
      (runs) => offsets(runs),
      (error) => error,
    )
    for (const master of masters())
      await master.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes').catch(() => {})
    const again = () => log.append('requests', run('s', 1)).catch(() => -1)
    let offset = await again()
    while (offset < 0) {
      await nextTurn()
      offset = await again()
    }
    const heard = await outcome
    if (heard instanceof Error) expect(heard).toBeInstanceOf(LogUnreachable)
    else expect(heard).toEqual([1])
    expect([offset, offsets(await log.read('requests', 0, 1, 1_000, 1_000))]).toEqual([1, [1]])
  })
})

describe('RedisEventLog on a Redis that may be killed', () => {
  const opened: RedisEventLog[] = []
  afterEach(async () => {
    for (const log of opened.splice(0)) await log.close()
  })
  const keyPrefix = `t:${randomId()}:`
  const connect = async () => {
    const redisUrl = process.env['GALA_TEST_LOG_REDIS_URL'] ?? ''
    const log = new RedisEventLog({ redisUrl, keyPrefix, parts: 1, clock: systemClock, onError: () => {} })
    opened.push(log)
    return log
  }

  crashConformance(connect, () => process.env['GALA_TEST_LOG_REDIS_PROCESS'] ?? '')
})
