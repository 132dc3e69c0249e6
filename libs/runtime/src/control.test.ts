import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MemoryBus } from '@gala/bus/testing'
import { automaticKey, type BreakerOrder, type Control, controlKey } from '@gala/contracts'
import { VirtualClock } from '@gala/kernel/testing'
import { SwitchBoard } from '@gala/resilience'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { pino } from 'pino'
import { Gauge, Registry } from 'prom-client'
import type { AppContext } from './context.js'
import { type ControlFollower, followControl } from './control.js'
import { Health } from './health.js'

describe('followControl', () => {
  let clock: VirtualClock
  let bus: MemoryBus
  let context: AppContext
  let errors: string[]
  /** What Redis answers: nothing, a document, or no answer. */
  let kept: () => Promise<string | null>
  let follower: ControlFollower
  const get = (key: string) => (key === 'gala:control' ? kept() : Promise.resolve(null))
  let obeyed: number[]

  const order = (position: number): BreakerOrder => ({
    name: 'application',
    dc: null,
    mode: 'forced-open',
    actor: 'ann',
    reason: 'a planned look',
    position,
    expiresAt: new Date(clock.nowMs() + 10_000).toISOString(),
  })
  const raw = (position: number, over: Partial<Control> = {}) =>
    JSON.stringify({ position, breakers: [order(position)], moves: [], ...over })
  const push = (text: string, key = controlKey) => bus.push({ key, raw: text })
  const unreadable = async () =>
    (await context.metrics.getSingleMetric('gala_control_unreadable_total')?.get())?.values[0]?.value

  beforeEach(async () => {
    clock = new VirtualClock()
    bus = new MemoryBus(clock)
    errors = []
    kept = async () => null
    const metrics = new Registry()
    const gauge = new Gauge({ name: 'g', help: 'h', labelNames: ['dependency'], registers: [metrics] })
    const log = pino({ level: 'error' }, { write: (line: string) => void errors.push(JSON.parse(line).msg) })
    const config = { GALA_KEY_PREFIX: 'gala:' }
    context = {
      clock,
      config,
      log,
      metrics,
      health: new Health(clock, gauge),
      reports: {},
      switches: new SwitchBoard(clock, 'dc-a'),
    } as unknown as AppContext
    follower = followControl(context, bus, { get })
    obeyed = []
    follower.onApply(({ position }) => obeyed.push(position))
    await clock.advance(0)
  })

  it('obeys nothing as long as nothing was ordered', () => {
    expect([follower.current, obeyed]).toEqual([
      { position: 0, breakers: [], moves: [], switches: [], levels: [], weights: [] },
      [0],
    ])
    expect(context.reports.control?.()).toEqual({ position: 0, appliedAt: null, refused: null })
  })

  it('applies a document as soon as it is sent, and says so', async () => {
    await push(raw(7))
    expect([follower.current.breakers, obeyed]).toEqual([[order(7)], [0, 7]])
    expect(context.reports.control?.()).toEqual({
      position: 7,
      appliedAt: new Date(clock.nowMs()).toISOString(),
      refused: null,
    })
  })

  it('hands whoever comes later what stands already', async () => {
    await push(raw(7))
    const late: number[] = []
    follower.onApply(({ position }) => late.push(position))
    await push(raw(8))
    expect(late).toEqual([7, 8])
  })

  it('takes no document that is not newer than the one it has', async () => {
    await push(raw(7))
    const appliedAt = follower.appliedAtMs
    await clock.advance(500)
    await push(raw(6))
    await push(raw(7, { breakers: [] }))
    expect([follower.position, follower.current.breakers.length, obeyed]).toEqual([7, 1, [0, 7]])
    expect(follower.appliedAtMs).toBe(appliedAt)
  })

  it('finds within a second what no message brought', async () => {
    kept = async () => raw(9)
    await clock.advance(999)
    expect(follower.position).toBe(0)
    await clock.advance(1)
    expect(follower.position).toBe(9)
  })

  it('obeys from its start what had been ordered before', async () => {
    kept = async () => raw(9)
    context = { ...context, metrics: new Registry() }
    const started = followControl(context, bus, { get })
    await clock.advance(0)
    expect(started.position).toBe(9)
  })

  it('keeps the last document while Redis is gone or has lost it', async () => {
    await push(raw(7))
    kept = () => Promise.reject(new Error('gone'))
    await clock.advance(5_000)
    kept = async () => null
    await clock.advance(5_000)
    expect([follower.position, obeyed]).toEqual([7, [0, 7]])
  })

  it('does not ask again while a question is out', async () => {
    let asked = 0
    kept = () => {
      asked++
      return new Promise(() => {})
    }
    await clock.advance(5_000)
    expect(asked).toBe(1)
  })

  it('counts what it cannot read, says so once, and goes on with the last document', async () => {
    await push(raw(7))
    for (const text of ['rubbish', '{"position":8}', raw(8, { breakers: [{ ...order(8), mode: 'ajar' as never }] })]) {
      await push(text)
    }
    expect([follower.position, await unreadable(), errors]).toEqual([
      7,
      3,
      ['the orders of operators cannot be read: the last ones stay in force'],
    ])
    await push(raw(9))
    await push('rubbish')
    expect([follower.position, errors.length]).toEqual([9, 2])
  })

  it('lets values of caches pass by', async () => {
    await push(raw(7), 'event:spring-gala')
    expect([follower.position, await unreadable()]).toEqual([0, 0])
  })

  const switchOrder = (position: number) => ({
    ...{ key: 'stats', state: 'omit', percent: 100, clientBelow: null, dc: null, actor: 'ann', reason: 'r' },
    ...{ position, expiresAt: null },
  })

  it('puts switches where they were ordered, and rules where nothing was', async () => {
    await push(raw(7, { switches: [switchOrder(7)] as never }))
    const act = { rule: 'mysql-open', signal: 's', since: new Date(0).toISOString() }
    const acts = [
      { key: 'stats', rung: 'cached', ...act },
      { key: 'programmes', rung: 'static', ...act },
    ]
    await push(JSON.stringify({ version: 5, acts }), automaticKey)
    await push(JSON.stringify({ version: 4, acts: [] }), automaticKey)
    expect([context.switches.rung('stats'), context.switches.rung('programmes')]).toEqual(['omit', 'static'])
  })

  it('obeys the rest of a document when a newer release knows switches it does not, and says so', async () => {
    await push(raw(7, { switches: [{ ...switchOrder(7), key: 'polls' }, switchOrder(7)] as never }))
    expect([follower.position, context.switches.rung('stats')]).toEqual([7, 'omit'])
    expect(context.reports.control?.().refused).toBe('1 of its orders are not known to this release')
  })

  it('says why it cannot apply a document', async () => {
    await push('{"position":-1}')
    expect(context.reports.control?.().refused).toMatch(/^position: /)
  })

  it('starts with what was last known when nobody can be asked', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'gala-control-'))
    const file = join(dir, 'deeper', 'control.json')
    const start = () => {
      const own = { ...context, metrics: new Registry(), switches: new SwitchBoard(clock, 'dc-a') }
      return { own, follower: followControl(own, bus, { get: () => Promise.reject(new Error('gone')) }, file) }
    }
    start()
    await push(raw(7, { switches: [switchOrder(7)] as never }))
    while (!existsSync(file)) await new Promise(setImmediate)
    const again = start()
    expect([again.follower.position, again.own.switches.rung('stats')]).toEqual([7, 'omit'])
    await writeFile(file, 'rubbish')
    expect([start().follower.position, errors]).toEqual([0, ['the last known orders cannot be read from disk']])
    await rm(dir, { recursive: true })
  })

  it('survives somebody who fails at an order, and hands it to the others', async () => {
    follower.onApply(({ position }) => {
      if (position > 0) throw new Error('a bug')
    })
    const after: number[] = []
    follower.onApply(({ position }) => after.push(position))
    await push(raw(7))
    expect([after, errors]).toEqual([[0, 7], ['orders could not be applied']])
  })
})
