import { MemoryBus } from '@gala/bus/testing'
import { VirtualClock } from '@gala/kernel/testing'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { pino } from 'pino'
import { Gauge, Registry } from 'prom-client'
import { busHeard } from './bus-gate.js'
import type { AppContext } from './context.js'
import { Health } from './health.js'

describe('busHeard', () => {
  let clock: VirtualClock
  let bus: MemoryBus
  let context: AppContext
  let redis: { name: string; up: boolean }
  const lost = async () => Promise.reject(new Error('nothing comes back'))
  /** Whether a process that starts now is ready after `ms`. */
  const readyAfter = async (ms: number) => {
    context.health.markStarted()
    context.health.startsAfter(busHeard(context, bus, redis))
    await clock.advance(ms)
    return context.health.ready
  }

  beforeEach(() => {
    clock = new VirtualClock()
    bus = new MemoryBus(clock)
    const gauge = new Gauge({ name: 'g', help: 'h', labelNames: ['dependency'], registers: [new Registry()] })
    redis = { name: 'redis', up: true }
    const health = new Health(clock, gauge)
    context = { clock, health, log: pino({ level: 'silent' }) } as unknown as AppContext
  })

  it('lets a process be ready as soon as its own message has come back and a relay vouches', async () => {
    const ready = readyAfter(400)
    clock.after(300, () => void bus.heartbeat(1))
    expect(await ready).toBe(true)
  })

  it('does not wait for ever for a relay', async () => {
    const ready = readyAfter(9_900)
    expect(await ready).toBe(false)
    await clock.advance(200)
    expect(context.health.ready).toBe(true)
  })

  it('keeps a process away from the audience for as long as it hears another bus than it talks on', async () => {
    bus.echo = lost
    await bus.heartbeat(1)
    expect(await readyAfter(60_000)).toBe(false)
  })

  it('lets a process serve what it can when Redis does not answer at all', async () => {
    bus.echo = lost
    redis.up = false
    expect(await readyAfter(2_900)).toBe(false)
    await clock.advance(200)
    expect(context.health.ready).toBe(true)
  })
})
