import { type Event, type Instance, switchKeys } from '@gala/contracts'
import { VirtualClock } from '@gala/kernel/testing'
import { beforeEach, describe, expect, it } from '@jest/globals'
import type { BaseContext } from '../../base.config.js'
import type { ControlReader } from '../../control/control-reader.js'
import type { BoardService } from '../../datacentres/board.service.js'
import type { EventsService } from '../../events/events.service.js'
import type { FleetService } from '../../fleet/fleet.service.js'
import type { ProcessSampler } from '../../switches/process-sampler.service.js'
import type { SavingsService } from '../../switches/savings.service.js'
import type { AudiencePages } from './audience-pages.js'
import { ReadinessService } from './readiness.service.js'

const clock = new VirtualClock()
const at = (minutes: number) => new Date(clock.nowMs() + minutes * 60_000).toISOString()

/** A platform on which everything is as it should be. */
const healthy = () => ({
  event: { id: 'gala', status: 'scheduled', startAt: at(30), endAt: at(120) } as Event,
  items: [
    { name: 'dc-a.access-1', kind: 'access', dc: 'dc-a', state: 'up', appliedPosition: 500 },
    { name: 'dc-b.mysql', kind: 'mysql', dc: 'dc-b', state: 'up', appliedPosition: 480 },
    { name: 'dc-a.stream-gala', kind: 'stream', dc: 'dc-a', state: 'up', appliedPosition: null },
  ] as Instance[],
  process: {
    name: 'dc-a.access-1',
    report: { shedding: { headroom: 0.9 }, breakers: [{ name: 'application', state: 'closed' }] },
  },
  savings: (key: string) => [{ key, old: false }],
  writes: { data: 'writes', dc: 'dc-a', amount: 0 as number | null, rule: 'confirmed elsewhere' },
  writer: 'dc-a' as string | null,
  votesNeeded: 2,
  levels: [] as { dc: string; level: number; expiresAt: null }[],
  switches: [] as { key: string; dc: string; state: string; expiresAt: null }[],
  play: [
    { dc: 'dc-a', value: { reason: 'not-started', protocols: ['hls'], lines: [] as unknown[] }, why: null },
    { dc: 'dc-b', value: { reason: null, protocols: ['hls'], lines: [{}, {}] }, why: null },
  ] as { dc: string; value: unknown; why: string | null }[],
})

describe('ReadinessService', () => {
  let on: ReturnType<typeof healthy>
  const check = () => {
    const parts = on.items.map(({ dc, name, kind }) => ({ dc, part: { name, kind, url: '' } }))
    const board = { writer: { dc: on.writer }, votesNeeded: on.votesNeeded, atRisk: [on.writes] }
    return new ReadinessService(
      { clock } as unknown as BaseContext,
      { read: async () => on.event } as unknown as EventsService,
      { dcs: ['dc-a', 'dc-b'], parts, fleet: { items: on.items, position: 500 } } as unknown as FleetService,
      { latest: [on.process] } as unknown as ProcessSampler,
      { file: { measuredAt: at(-1) }, of: on.savings } as unknown as SavingsService,
      { board: async () => board } as unknown as BoardService,
      { orders: async () => ({ levels: on.levels, switches: on.switches }) } as unknown as ControlReader,
      { play: async () => on.play } as unknown as AudiencePages,
    ).check('gala')
  }
  /** What is not as it should be, by name. */
  const wrong = async () => {
    const { go, checks } = await check()
    return { go, wrong: checks.filter((of) => !of.go).map(({ name, seen }) => [name, seen]) }
  }

  beforeEach(() => {
    on = healthy()
  })

  it('says go when everything is as it should be, and what it has seen', async () => {
    const list = await check()
    expect(list.checks.filter(({ go }) => !go)).toEqual([])
    expect(list.go).toBe(true)
    expect(list.checks.find(({ name }) => name === 'play-lines')?.seen).toBe(
      'dc-a: answers, not started; dc-b: 2 lines',
    )
  })

  const stops: [string, (of: ReturnType<typeof healthy>) => unknown, string, RegExp][] = [
    ['a part is down', (of) => Object.assign(of.items[1] ?? {}, { state: 'down' }), 'parts', /1 of 2: dc-b.mysql down/],
    [
      'a replica is behind',
      (of) => Object.assign(of.items[1] ?? {}, { appliedPosition: 399 }),
      'changes-followed',
      /dc-b.mysql 101/,
    ],
    [
      'a process has no room',
      (of) => Object.assign(of.process.report.shedding, { headroom: 0.05 }),
      'headroom',
      /5 % at/,
    ],
    [
      'a process is silent',
      (of) => Object.assign(of.process, { report: null }),
      'headroom',
      /no report of dc-a.access-1/,
    ],
    [
      'a breaker is open',
      (of) => Object.assign(of.process.report.breakers[0] ?? {}, { state: 'open' }),
      'breakers-closed',
      /application open/,
    ],
    [
      'nobody answers in a data centre',
      (of) => of.play.splice(1, 1, { dc: 'dc-b', value: null, why: 'answers 503' }),
      'play-lines',
      /dc-b: answers 503/,
    ],
    ['writes exist once', (of) => Object.assign(of.writes, { amount: 3 }), 'writer-safe', /dc-a writes/],
    ['nobody writes', (of) => Object.assign(of, { writer: null }), 'writer-safe', /nobody holds/],
    [
      'a level is raised',
      (of) => of.levels.push({ dc: 'dc-b', level: 2, expiresAt: null }),
      'level-0',
      /dc-b is at level 2/,
    ],
    [
      'the end is past',
      (of) => Object.assign(of.event, { endAt: at(-1), startAt: at(-60) }),
      'times',
      /its end is past; began 60/,
    ],
    ['it is a draft', (of) => Object.assign(of.event, { status: 'draft' }), 'times', /it is draft/],
  ]
  it.each(stops)('says no-go when %s', async (_, breaks, name, seen) => {
    breaks(on)
    expect(await wrong()).toEqual({ go: false, wrong: [[name, expect.stringMatching(seen)]] })
  })

  it('only warns of what an event can do without', async () => {
    on.savings = (key) => (key === switchKeys[0] ? [] : [{ key, old: false }])
    on.switches.push({ key: 'stats', dc: '', state: 'static', expiresAt: null })
    on.items.pop()
    on.votesNeeded = 0
    const { go, wrong: names } = await wrong()
    expect([go, names.map(([name]) => name)]).toEqual([
      true,
      ['streams', 'writer-safe', 'switches-full', 'switches-drilled'],
    ])
  })
})
