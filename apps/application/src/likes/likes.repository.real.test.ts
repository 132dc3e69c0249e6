import { likesInboxKey } from '@gala/contracts'
import { randomId, systemClock } from '@gala/kernel'
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals'
import { Redis } from 'ioredis'
import type { ApplicationContext } from '../application.config.js'
import type { CountersRepository } from '../stats/counters.repository.js'
import { LikesRepository } from './likes.repository.js'

const redis = new Redis(process.env['GALA_TEST_REDIS_URL'] ?? '')

describe('LikesRepository', () => {
  let prefix: string
  let likes: LikesRepository
  /** What had been counted before this Redis. */
  let before = 0
  const takeOver = async () => void (await redis.set(`${prefix}likes:{gala}`, before, 'NX'))
  const open = (instance: string) => {
    const config = { GALA_KEY_PREFIX: prefix, GALA_INSTANCE: instance } as ApplicationContext['config']
    const counters = { takeOver } as unknown as CountersRepository
    return new LikesRepository({ redis, redisOf: new Map() }, { clock: systemClock, config }, counters)
  }
  beforeEach(() => {
    prefix = `t:${randomId()}:`
    before = 0
    likes = open('one')
  })
  afterAll(() => redis.disconnect())

  const like = (seq: number, count = 10, clientId = 'client-1') => ({ eventId: 'gala', clientId, seq, count })
  const counted = async () => Number(await redis.get(`${prefix}likes:{gala}`))

  it('books a like once, however often and in whatever order it comes', async () => {
    const sequence = [5, 1, 5, 0, 1023, 1024, 1024, 1023, 2_000_000, 0]
    for (const seq of sequence) await likes.book('dc-a', redis, 'gala', [like(seq)])
    expect(await counted()).toBe(new Set(sequence).size * 10)
    expect(await likes.book('dc-a', redis, 'gala', [like(5), like(6)])).toEqual({ added: 10, repeated: 1 })
  })

  it('books each once when two bookers do the same batch at the same time', async () => {
    const batch = Array.from({ length: 300 }, (_, seq) => like(seq, 1))
    await Promise.all([likes.book('dc-a', redis, 'gala', batch), open('two').book('dc-a', redis, 'gala', batch)])
    expect(await counted()).toBe(300)
  })

  it('goes on from what was counted before Redis lost its memory', async () => {
    before = 1_000
    await Promise.all([
      likes.book('dc-a', redis, 'gala', [like(1, 5)]),
      open('two').book('dc-a', redis, 'gala', [like(2, 5)]),
    ])
    before = 7
    await likes.book('dc-a', redis, 'gala', [like(3, 5)])
    expect(await counted()).toBe(1_015)
  })

  it('does not mistake one client’s numbers for another’s', async () => {
    await likes.book('dc-a', redis, 'gala', [like(7, 1, 'client-1'), like(7, 1, 'client-2')])
    expect(await counted()).toBe(2)
  })

  it('hands an entry nobody confirmed to the next booker, and a confirmed one to nobody', async () => {
    await likes.openInbox()
    await likes.openInbox()
    await likes.take(like(1))
    await likes.take(like(2))
    const [first, second] = await likes.next(redis, 10, 10)
    expect([first, second]).toMatchObject([like(1), like(2)])
    await likes.confirm(first ? [first] : [])
    const other = open('two')
    expect(await other.next(redis, 10, 10)).toEqual([])
    expect(await other.left(10, 3_600_000)).toEqual([])
    expect(await other.left(10, 0)).toEqual([second])
    expect(await likes.inboxLength()).toBe(1)
  })

  it('refuses what the inbox has no room for instead of dropping what it has taken', async () => {
    expect(await likes.take(like(0))).toBe(true)
    const fill = `for i = 1, 99999 do redis.call('XADD', KEYS[1], '*', 'e', 'gala') end`
    await redis.eval(fill, 1, `${prefix}${likesInboxKey}`)
    expect(await likes.take(like(1))).toBe(false)
    expect(await likes.inboxLength()).toBe(100_000)
    await redis.del(`${prefix}${likesInboxKey}`)
  })
})
