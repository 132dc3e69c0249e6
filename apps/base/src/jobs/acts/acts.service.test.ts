import { AppError } from '@gala/contracts'
import { VirtualClock } from '@gala/kernel/testing'
import { beforeEach, describe, expect, it } from '@jest/globals'
import type { EntityManager } from 'typeorm'
import type { BaseContext } from '../../base.config.js'
import type { ControlPublisher } from '../../control/control-publisher.service.js'
import type { FleetService } from '../../fleet/fleet.service.js'
import type { RuleModesService } from '../../rules/rule-modes.service.js'
import type { SwitchesService } from '../../switches/switches.service.js'
import type { Run } from '../handler.js'
import { ActsService } from './acts.service.js'
import type { Effect, EffectsRepository, EffectWrite } from './effects.repository.js'
import type { EventActs } from './event-acts.js'
import type { EventReportService } from './event-report.service.js'
import type { ReadinessService } from './readiness.service.js'

const run: Run = { job: 'drill', event: 'gala', atMs: 0, dc: '', shard: 0, shards: 1, attempt: 1 }

describe('acts of jobs', () => {
  let expected: number[]
  let logged: number
  let done: Map<string, { reply: unknown; tags: readonly string[] }>
  let acts: ActsService
  let set: (rule: string) => unknown

  beforeEach(() => {
    expected = []
    logged = 0
    done = new Map()
    set = () => ({ value: { rev: 9 }, tags: ['control'] })
    const once = async (_: Run, effect: string, work: (write: EffectWrite) => Promise<Effect<unknown>>) => {
      const kept = done.get(effect)
      if (kept) return { reply: kept.reply, position: undefined }
      const write = { manager: {} as EntityManager, position: 9, at: new Date(0), reason: 'slot', actor: {} }
      const { reply, tags } = await work(write as EffectWrite)
      done.set(effect, { reply, tags })
      return { reply, position: 9 }
    }
    const parts = [
      { dc: 'dc-a', part: { name: 'a1', kind: 'access', url: 'http://127.0.0.1:1/' } },
      { dc: 'dc-b', part: { name: 'r1', kind: 'redis', url: 'redis://:secret@127.0.0.1:2' } },
    ]
    acts = new ActsService(
      { clock: new VirtualClock(0), log: { error: () => logged++ } } as unknown as BaseContext,
      { once } as unknown as EffectsRepository,
      { status: async (_: Run, to: string) => ({ reply: { status: to } }) } as unknown as EventActs,
      {
        stepLevelWithin: async () => ({ set: { dc: null, level: 1 }, reached: true, proposal: null }),
      } as unknown as SwitchesService,
      { setWithin: async (_: unknown, __: unknown, rule: string) => set(rule) } as unknown as RuleModesService,
      { expect: (position: number) => void expected.push(position) } as unknown as ControlPublisher,
      { parts } as unknown as FleetService,
      { check: async (event: string) => ({ event }) } as unknown as ReadinessService,
      {} as EventReportService,
    )
  })

  it('answer what they came to', async () => {
    expect(await acts.perform(run, 'event.status', { to: 'live' })).toEqual({ status: 'live' })
    expect(await acts.perform(run, 'readiness.check', {})).toEqual({ event: 'gala' })
    expect(await acts.perform(run, 'mark', {})).toEqual({ markedAt: '1970-01-01T00:00:00.000Z', attempt: 1 })
  })

  it('name access processes, and nothing a handler has no business with', async () => {
    expect(await acts.perform(run, 'fleet.access', {})).toEqual([{ name: 'a1', dc: 'dc-a', url: 'http://127.0.0.1:1' }])
  })

  it('tell which change processes have to obey, once', async () => {
    const step = { set: { dc: null, level: 1 }, reached: true, proposal: null }
    expect(await acts.perform(run, 'level.set', { to: 1, step: 0 })).toEqual(step)
    expect(await acts.perform(run, 'level.set', { to: 1, step: 0 })).toEqual(step)
    await acts.perform(run, 'rule.mode', { rule: 'overload', mode: 'on' })
    expect([expected, [...done.keys()]]).toEqual([
      [9, 9],
      ['level.set.0', 'rule.mode.overload'],
    ])
    expect([...done.values()].map(({ tags }) => tags)).toEqual([['control'], ['control']])
  })

  it('are refused with a code and whether they may be tried again', async () => {
    const perform = (act: string, input: unknown, of: Partial<Run> = {}) => acts.perform({ ...run, ...of }, act, input)
    await expect(perform('nothing', {})).rejects.toMatchObject({ code: 'UNKNOWN_ACT', retryable: false })
    await expect(perform('event.status', { to: 'draft' })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' })
    await expect(perform('readiness.check', {}, { event: null })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' })
    set = () => {
      throw new AppError('DATABASE_READ_ONLY', 'nobody takes writes')
    }
    const mode = { rule: 'overload', mode: 'off' }
    await expect(perform('rule.mode', mode)).rejects.toMatchObject({ code: 'DATABASE_READ_ONLY', retryable: true })
    expect(logged).toBe(0)
    set = () => {
      throw new TypeError('a password is in here')
    }
    await expect(perform('rule.mode', mode)).rejects.toMatchObject({
      code: 'INTERNAL',
      message: 'rule.mode failed on our side',
      retryable: true,
    })
    expect(logged).toBe(1)
  })
})
