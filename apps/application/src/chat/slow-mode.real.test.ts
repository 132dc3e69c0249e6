import { randomId } from '@gala/kernel'
import { VirtualClock } from '@gala/kernel/testing'
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals'
import { Redis } from 'ioredis'
import type { ApplicationContext } from '../application.config.js'
import { SlowMode } from './slow-mode.js'

const redis = new Redis(process.env['GALA_TEST_REDIS_URL'] ?? '')

describe('slow mode', () => {
  let clock: VirtualClock
  let prefix: string
  let slow: SlowMode
  const open = () => {
    const config = { GALA_KEY_PREFIX: prefix } as ApplicationContext['config']
    return new SlowMode({ redis }, { clock, config })
  }
  beforeEach(() => {
    clock = new VirtualClock()
    prefix = `t:${randomId()}:`
    slow = open()
  })
  afterAll(() => redis.disconnect())

  it('lets a viewer say something once in so many seconds, whichever process they ask', async () => {
    const [first, second] = [slow, open()]
    expect(await first.take('gala', 'anna', 30, 'c/1')).toBe(0)
    await clock.advance(10_000)
    expect(await second.take('gala', 'anna', 30, 'c/2')).toBe(20_000)
    await clock.advance(20_000)
    expect(await second.take('gala', 'anna', 30, 'c/2')).toBe(0)
  })

  it('gives the turn to one of those who ask at the same time', async () => {
    const waits = await Promise.all(Array.from({ length: 20 }, (_, seq) => slow.take('gala', 'anna', 5, `c/${seq}`)))
    expect(waits.filter((ms) => ms === 0)).toHaveLength(1)
  })

  it('keeps the turn of a message that comes again, and gives it no second one', async () => {
    await slow.take('gala', 'anna', 30, 'c/1')
    await clock.advance(10_000)
    expect(await slow.take('gala', 'anna', 30, 'c/1')).toBe(0)
    expect(await slow.take('gala', 'anna', 30, 'c/2')).toBe(20_000)
  })

  it('is of one viewer in one room', async () => {
    await slow.take('gala', 'anna', 30, 'c/1')
    expect(await slow.take('gala', 'bob', 30, 'c/1')).toBe(0)
    expect(await slow.take('other', 'anna', 30, 'c/2')).toBe(0)
  })

  it('goes by what is set now, and never asks for more than that', async () => {
    await slow.take('gala', 'anna', 3_600, 'c/1')
    await clock.advance(4_000)
    expect(await slow.take('gala', 'anna', 10, 'c/2')).toBe(6_000)
    // The clock of who wrote it was an hour ahead.
    await redis.hset(`${prefix}slow:{gala}:anna`, 'at', clock.nowMs() + 3_600_000)
    expect(await slow.take('gala', 'anna', 10, 'c/3')).toBe(10_000)
  })

  it('leaves nothing behind', async () => {
    await slow.take('gala', 'anna', 30, 'c/1')
    expect(await redis.pttl(`${prefix}slow:{gala}:anna`)).toBeGreaterThan(29_000)
  })
})
