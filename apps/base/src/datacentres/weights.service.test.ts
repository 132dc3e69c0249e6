import type { WeightOrderEntity } from '@gala/database'
import { VirtualClock } from '@gala/kernel/testing'
import { beforeEach, describe, expect, it } from '@jest/globals'
import type { EntityManager } from 'typeorm'
import type { Act, AuditRepository } from '../audit/audit.repository.js'
import type { BaseContext } from '../base.config.js'
import { documentOf, nothingOrdered } from '../control/control.repository.js'
import type { ControlPublisher } from '../control/control-publisher.service.js'
import type { FleetService } from '../fleet/fleet.service.js'
import type { OperatorWrites } from '../writes/operator-writes.js'
import { WeightsService } from './weights.service.js'

const actor: Act['actor'] = { subject: 'ann', role: 'operator', traceId: 't' }

describe('WeightsService', () => {
  let clock: VirtualClock
  let rows: WeightOrderEntity[]
  let done: Act[]
  let position: number
  let service: WeightsService

  const revOf = (dc: string) => Number(rows.find((row) => row.dc === dc)?.position ?? 0)
  const weigh = (dc: string, percent: number, over: { ttlMs?: number; expectedRev?: number } = {}) =>
    service.weigh(dc, { percent, ttlMs: null, reason: 'why', expectedRev: revOf(dc), ...over }, actor)
  const inForce = () => documentOf({ ...nothingOrdered, weights: rows }, clock.nowMs()).weights
  const codeOf = (call: Promise<unknown>) =>
    call.then(
      () => 'done',
      (error: { code: string }) => error.code,
    )

  beforeEach(() => {
    clock = new VirtualClock()
    rows = []
    done = []
    position = 6
    const write = async (
      _: unknown,
      work: (manager: EntityManager, newest: number) => Promise<{ value: unknown; tags: string[] }>,
    ) => {
      const { value, tags } = await work({} as EntityManager, position + 1)
      expect(tags).toEqual(['control'])
      return { value, position: ++position }
    }
    service = new WeightsService(
      { write } as unknown as OperatorWrites,
      { clock } as unknown as BaseContext,
      { dcs: ['dc-a', 'dc-b'] } as unknown as FleetService,
      {
        all: async () => rows,
        order: async (_, row) => {
          rows = [...rows.filter(({ dc }) => dc !== row.dc), row]
        },
      },
      { expect: () => {} } as unknown as ControlPublisher,
      { done: async (_: unknown, act: Act) => void done.push(act) } as unknown as AuditRepository,
    )
  })

  it('puts an order into the document, with its audit, and takes it out again when it is released', async () => {
    expect(await weigh('dc-a', 0)).toEqual({ rev: 7, position: 7 })
    expect(inForce()).toMatchObject([{ dc: 'dc-a', percent: 0, actor: 'ann', position: 7, expiresAt: null }])
    await weigh('dc-a', 100)
    expect([inForce(), revOf('dc-a')]).toEqual([[], 8])
    expect(done).toMatchObject([
      { action: 'datacentres.weigh', target: 'dc:dc-a', before: { percent: 100 }, after: { percent: 0 } },
      { before: { percent: 0 }, after: { percent: 100 } },
    ])
  })

  it('refuses whoever has not seen the newest order, and says what stands', async () => {
    await weigh('dc-a', 40)
    const stale = weigh('dc-a', 0, { expectedRev: 0 })
    await expect(stale).rejects.toMatchObject({ code: 'STALE_VERSION', current: { percent: 40, rev: 7 } })
  })

  it('refuses to drain the last data centre that is not drained, until another one is back', async () => {
    await weigh('dc-a', 0, { ttlMs: 60_000 })
    expect(await codeOf(weigh('dc-b', 0))).toBe('VALIDATION_FAILED')
    expect(await codeOf(weigh('dc-b', 1))).toBe('done')
    await clock.advance(60_000)
    expect(await codeOf(weigh('dc-b', 0))).toBe('done')
    expect(await codeOf(weigh('dc-a', 0))).toBe('VALIDATION_FAILED')
  })

  it('ends an order by itself, and knows no data centre but those of the topology', async () => {
    await weigh('dc-a', 10, { ttlMs: 5_000 })
    await clock.advance(4_999)
    expect(inForce()).toHaveLength(1)
    await clock.advance(1)
    expect(inForce()).toEqual([])
    expect(await codeOf(weigh('dc-z', 10))).toBe('VALIDATION_FAILED')
  })
})
