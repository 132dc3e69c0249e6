import type { BreakerReport } from '@gala/contracts'
import type { BreakerOrderEntity } from '@gala/database'
import { VirtualClock } from '@gala/kernel/testing'
import { beforeEach, describe, expect, it } from '@jest/globals'
import type { EntityManager } from 'typeorm'
import type { Act, AuditRepository } from '../audit/audit.repository.js'
import type { BaseContext } from '../base.config.js'
import type { FleetService } from '../fleet/fleet.service.js'
import type { OperatorWrites } from '../writes/operator-writes.js'
import { BreakersService } from './breakers.service.js'
import { type ControlRepository, nothingOrdered } from './control.repository.js'
import type { ControlReader } from './control-reader.js'
import { PoolsService } from './pools.service.js'
import type { ResilienceReports } from './resilience-reports.js'

const actor: Act['actor'] = { subject: 'ann', role: 'operator', traceId: 't' }

describe('orders of operators', () => {
  let clock: VirtualClock
  /** Names of the breakers of the only access process; undefined: it cannot be asked. */
  let breakers: string[] | undefined
  let standing: BreakerOrderEntity[]
  let inForce: number
  let moved: number
  let done: Act[]
  let touched: readonly string[]
  let pools: PoolsService
  let service: BreakersService

  const force = (name: string, over: { dc?: string } = {}) =>
    service.order(name, { mode: 'forced-open', ttlMs: 60_000, reason: 'why', ...over }, actor)
  const release = (name: string, over: { dc?: string } = {}) =>
    service.order(name, { mode: 'auto', reason: 'why', ...over }, actor)
  const codeOf = (call: Promise<unknown>) =>
    call.then(
      () => 'done',
      (error: { code: string; message: string }) => `${error.code} ${error.message}`,
    )

  beforeEach(() => {
    clock = new VirtualClock()
    breakers = ['application', 'application.hot', 'redis']
    standing = []
    inForce = 1
    moved = 1
    done = []
    touched = []
    const context = { clock, config: {} } as unknown as BaseContext
    const writes = {
      write: async (
        _: unknown,
        work: (manager: EntityManager, position: number) => Promise<{ value: unknown; tags: string[] }>,
      ) => {
        const { value, tags } = await work({} as EntityManager, 7)
        touched = tags
        return { value, position: 7 }
      },
    } as OperatorWrites
    const fleet = { dcs: ['dc-a', 'dc-b'] } as unknown as FleetService
    const control = {
      ordersOf: async () => standing,
      order: async (_: unknown, row: BreakerOrderEntity) => void standing.push(row),
      countInForce: async () => inForce,
      isEvent: async (_: unknown, id: string) => id === 'gala',
      moveOf: async () => null,
      move: async () => {},
      countMoved: async () => moved,
    } as unknown as ControlRepository
    const reader = { orders: async () => ({ ...nothingOrdered, breakers: standing }) } as unknown as ControlReader
    const reported = () => breakers?.map((name) => ({ name, dc: 'dc-a' }) as BreakerReport)
    const reports = {
      all: async () => [{ name: 'dc-a.access-1', kind: 'access', dc: 'dc-a', report: { breakers: reported() ?? [] } }],
    } as unknown as ResilienceReports
    const audit = { done: async (_: unknown, act: Act) => void done.push(act) } as unknown as AuditRepository
    service = new BreakersService(writes, context, fleet, control, reader, reports, audit)
    pools = new PoolsService(writes, context, fleet, control, reader, reports, audit)
  })

  it('say what they are, until when, and are written with their audit', async () => {
    expect(await force('application', { dc: 'dc-b' })).toEqual({
      position: 7,
      order: {
        name: 'application',
        dc: 'dc-b',
        mode: 'forced-open',
        actor: 'ann',
        reason: 'why',
        position: 7,
        expiresAt: new Date(clock.nowMs() + 60_000).toISOString(),
      },
    })
    expect(touched).toEqual(['control'])
    expect(done).toMatchObject([{ action: 'breakers.order', target: 'breaker:application', reason: 'why' }])
  })

  it('are refused for a breaker that no process has, with the names there are', async () => {
    expect(await codeOf(force('mongo'))).toBe(
      'BREAKER_NOT_FOUND no process has a breaker mongo; there are dc, application, application.hot, redis',
    )
    expect(await codeOf(force('dc', { dc: 'dc-b' }))).toBe('done')
  })

  it('are taken for any name while no process can be asked', async () => {
    breakers = undefined
    expect(await codeOf(force('mongo'))).toBe('done')
  })

  it('are refused beyond as many as the document holds', async () => {
    inForce = 201
    expect(await codeOf(force('redis'))).toMatch(/^VALIDATION_FAILED body.mode: 200 orders stand already/)
    expect(done).toEqual([])
  })

  it('for all data centres are not released in one, unless that one has an order of its own', async () => {
    await force('redis')
    expect(await codeOf(release('redis', { dc: 'dc-a' }))).toMatch(
      /^VALIDATION_FAILED body.dc: redis is ordered for all/,
    )
    await force('redis', { dc: 'dc-a' })
    expect(await codeOf(release('redis', { dc: 'dc-a' }))).toBe('done')
    expect(await release('redis')).toEqual({ position: 7, order: null })
  })

  it('no longer stand in the way of a release when they have ended', async () => {
    await force('redis')
    await clock.advance(60_000)
    expect(await codeOf(release('redis', { dc: 'dc-a' }))).toBe('done')
  })

  it('move an event to a pool access knows, and always home again', async () => {
    const move = (id: string, pool: string) => codeOf(pools.move(id, { pool, reason: 'hot' }, actor))
    expect(await move('gala', 'hot')).toBe('done')
    expect(await move('gala', 'cold')).toBe('POOL_NOT_FOUND access knows no pool cold; there are application, hot')
    expect(await move('nobody', 'hot')).toBe('EVENT_NOT_FOUND there is no event nobody')
    moved = 1_001
    expect(await move('gala', 'hot')).toMatch(/^VALIDATION_FAILED body.pool: 1000 events are moved already/)
    breakers = undefined
    moved = 1
    expect(await move('gala', 'cold')).toBe('done')
    expect(await move('gala', 'application')).toBe('done')
    expect(done.map(({ action, after }) => [action, after])).toEqual([
      ['pools.move', { pool: 'hot' }],
      ['pools.move', { pool: 'cold' }],
      ['pools.move', { pool: 'application' }],
    ])
  })
})
