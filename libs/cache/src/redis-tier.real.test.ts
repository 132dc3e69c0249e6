import { fenceKey } from '@gala/bus'
import { MemoryBus } from '@gala/bus/testing'
import { randomId } from '@gala/kernel'
import { VirtualClock } from '@gala/kernel/testing'
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals'
import { Redis } from 'ioredis'
import { Fences } from './fences.js'
import { RedisTier } from './redis-tier.js'

const redis = new Redis(process.env['GALA_TEST_REDIS_URL'] ?? '')
const clock = new VirtualClock()
const freshMs = 60_000
const loaded = (position: number) => ({
  value: { text: `at ${position}` },
  tags: ['a', 'b'],
  position,
  asOfMs: clock.nowMs(),
})

describe('RedisTier', () => {
  let prefix: string
  let errors: unknown[]
  let tier: RedisTier
  const open = (over = redis) =>
    new RedisTier(over, prefix, new Fences(new MemoryBus(clock)), clock, (e) => errors.push(e))
  beforeEach(() => {
    prefix = `t:${randomId()}:`
    errors = []
    tier = open()
  })
  afterAll(() => redis.disconnect())

  it('gives another process what one has put there', async () => {
    await tier.set('k', loaded(5), 60_000)
    expect(await open().get('k', ['a', 'b'], freshMs)).toEqual(loaded(5))
    expect(await redis.pttl(`${prefix}v:k`)).toBeGreaterThan(50_000)
    expect(await open().get('other', [], freshMs)).toBeUndefined()
  })

  it('gives nothing that is older than a change of what it was made from, even when it was put there afterwards', async () => {
    await redis.set(fenceKey(prefix, 'b'), 6)
    await tier.set('k', loaded(5), 60_000)
    expect(await open().get('k', ['a', 'b'], freshMs)).toBeUndefined()
    await tier.set('k', loaded(6), 60_000)
    expect(await open().get('k', ['a', 'b'], freshMs)).toEqual(loaded(6))
  })

  it('gives nothing older than the caller takes as fresh', async () => {
    await tier.set('k', loaded(5), 60_000)
    await clock.advance(freshMs)
    expect(await tier.get('k', ['a', 'b'], freshMs)).toBeUndefined()
  })

  it('takes what it cannot read for no copy', async () => {
    for (const rubbish of ['', '{', 'null', '{"v":1}', '[]', '\u0000']) {
      await redis.set(`${prefix}v:k`, rubbish)
      expect([rubbish, await tier.get('k', ['a'], freshMs)]).toEqual([rubbish, undefined])
    }
    expect(errors).toEqual([])
  })

  it('answers nothing while Redis is away, and asks it only twice a second', async () => {
    const nobody = new Redis('redis://127.0.0.1:9', {
      enableOfflineQueue: false,
      retryStrategy: null,
      lazyConnect: true,
    })
    nobody.on('error', () => {})
    const away = open(nobody)
    for (let i = 0; i < 5; i++) expect(await away.get('k', ['a'], freshMs)).toBeUndefined()
    expect(errors).toHaveLength(1)
    await clock.advance(500)
    await away.set('k', loaded(5), 1_000)
    expect(errors).toHaveLength(2)
    nobody.disconnect()
  })
})
