import type { Database } from '@gala/database'
import { randomId } from '@gala/kernel'
import { VirtualClock } from '@gala/kernel/testing'
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals'
import { Redis } from 'ioredis'
import type { ApplicationContext } from '../application.config.js'
import { CountersRepository } from './counters.repository.js'

const redis = new Redis(process.env['GALA_TEST_REDIS_URL'] ?? '')

describe('CountersRepository', () => {
  let clock: VirtualClock
  let prefix: string
  /** What base has written down. */
  let written: { likes: string; plays: string }[]
  const open = (dc = 'dc-a') => {
    const config = { GALA_KEY_PREFIX: prefix, GALA_DC: dc } as ApplicationContext['config']
    const read = async () => ({ value: written, position: 0 })
    const database = { read } as unknown as Database
    return new CountersRepository({ redis, redisOf: new Map([['dc-b', redis]]), database }, { clock, config })
  }
  beforeEach(() => {
    written = []
    prefix = `t:${randomId()}:`
    clock = new VirtualClock(Date.now())
  })
  afterAll(() => redis.disconnect())

  it('counts a browser online once, and no longer once it has been silent for a minute', async () => {
    const counters = open()
    for (let i = 0; i < 3; i++) await counters.beat('gala', 'client-1', 'session-1', true)
    await counters.beat('gala', 'client-2', 'session-2', false)
    expect(await counters.own('gala')).toMatchObject({ online: 2, plays: 1 })
    await clock.advance(60_000)
    expect(await counters.own('gala')).toMatchObject({ online: 0, plays: 1 })
  })

  it('is told by another data centre, and never set back by a late message', async () => {
    const share = (likes: number) => ({ likes, plays: likes, online: likes, asOfMs: likes })
    for (const likes of [3, 9, 5]) await open('dc-b').tell(redis, 'gala', share(likes))
    expect((await open().everywhere('gala')).others).toEqual(
      new Map([['dc-b', { likes: 9, plays: 9, online: 5, asOfMs: 5 }]]),
    )
  })

  it('begins where the data centre had come to, as it was written down or as another one has heard', async () => {
    written = [{ likes: '40', plays: '7' }]
    expect(await open().own('gala')).toMatchObject({ likes: 40, plays: 7 })
    await open('dc-a').tell(redis, 'heard', { likes: 55, plays: 3, online: 9, asOfMs: 1 })
    expect(await open().own('heard')).toMatchObject({ likes: 55, plays: 7, online: 0 })
    written = [{ likes: '99', plays: '99' }]
    expect(await open().own('gala')).toMatchObject({ likes: 40, plays: 7 })
  })

  it('counts nothing as long as nobody can tell where to begin', async () => {
    const config = { GALA_KEY_PREFIX: prefix, GALA_DC: 'dc-a' } as ApplicationContext['config']
    const database = { read: () => Promise.reject(new Error('gone')) } as unknown as Database
    const counters = new CountersRepository({ redis, redisOf: new Map(), database }, { clock, config })
    await expect(counters.own('gala')).rejects.toThrow('gone')
    expect(await redis.exists(`${prefix}likes:{gala}`)).toBe(0)
  })

  it('takes a share it cannot read for one it has not heard', async () => {
    await redis.hset(`${prefix}shares:{gala}`, 'dc-b', '{"likes":', 'dc-c', '{"likes":"many"}')
    expect((await open().everywhere('gala')).others).toEqual(new Map())
  })

  it('forgets an event nothing has happened at for an hour', async () => {
    const counters = open()
    const names = async () => (await counters.activeEvents()).map(({ eventId }) => eventId)
    await counters.beat('quiet', 'client-1', 'session-1', true)
    await clock.advance(1_800_000)
    await counters.beat('lively', 'client-1', 'session-2', true)
    expect(await names()).toEqual(['lively', 'quiet'])
    await clock.advance(1_800_001)
    expect(await names()).toEqual(['lively'])
  })
})
