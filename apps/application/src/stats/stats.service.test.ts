import { VirtualClock } from '@gala/kernel/testing'
import { beforeEach, describe, expect, it } from '@jest/globals'
import type { Redis } from 'ioredis'
import type { ApplicationContext } from '../application.config.js'
import type { EventsService } from '../events/events.service.js'
import type { Parts } from '../parts.js'
import type { ApplicationSignals } from '../signals.js'
import type { CountersRepository } from './counters.repository.js'
import { StatsService } from './stats.service.js'

describe('what a data centre tells the others of its counts', () => {
  let clock: VirtualClock
  let countedMs: Record<string, number>
  let told: string[]
  /** The other data centre does not answer. */
  let deaf: boolean
  let stats: StatsService
  const secondsOf = async (seconds: number) => {
    told = []
    for (let i = 0; i < seconds; i++) {
      await clock.advance(1_000)
      await stats.exchange()
    }
    return told
  }
  beforeEach(() => {
    clock = new VirtualClock(Date.now())
    countedMs = {}
    deaf = false
    const parts = { redisOf: new Map([['dc-b', {} as Redis]]) } as unknown as Parts
    const context = { clock, config: { GALA_DC: 'dc-a' } } as unknown as ApplicationContext
    const counters = {
      activeEvents: async () => Object.entries(countedMs).map(([eventId, ms]) => ({ eventId, countedMs: ms })),
      own: async () => ({ likes: 0, plays: 0, online: 0, asOfMs: clock.nowMs() }),
      tell: async (_: Redis, eventId: string) => {
        told.push(eventId)
        if (deaf) throw new Error('nobody hears')
      },
    } as unknown as CountersRepository
    const signals = { peerFailed: () => {}, redisFailed: () => {} } as unknown as ApplicationSignals
    stats = new StatsService(parts, context, signals, counters, {} as EventsService)
  })

  it('is said each second while something is counted, and of what is quiet before anybody takes it for old', async () => {
    countedMs = { lively: clock.nowMs(), quiet: clock.nowMs() }
    await secondsOf(3)
    for (let i = 0; i < 6; i++) {
      countedMs['lively'] = clock.nowMs()
      told = []
      await clock.advance(1_000)
      await stats.exchange()
      expect(told).toContain('lively')
    }
    expect((await secondsOf(9)).filter((id) => id === 'quiet')).toHaveLength(3)
  })

  it('is said again at once to whoever has not heard it, however quiet it is', async () => {
    countedMs = { quiet: clock.nowMs() }
    deaf = true
    expect(await secondsOf(5)).toHaveLength(5)
    deaf = false
    expect(await secondsOf(4)).toHaveLength(2)
  })

  it('is said once more of what was counted while it was said', async () => {
    countedMs = { gala: clock.nowMs() }
    await secondsOf(1)
    countedMs['gala'] = clock.nowMs()
    expect(await secondsOf(1)).toEqual(['gala'])
    expect(await secondsOf(1)).toEqual(['gala'])
    expect(await secondsOf(1)).toEqual([])
  })
})
