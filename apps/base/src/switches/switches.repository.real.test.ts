import {
  AuditEntity,
  controlEntities,
  Database,
  LevelOrderEntity,
  migrate,
  ProposalEntity,
  SwitchOrderEntity,
} from '@gala/database'
import { systemClock } from '@gala/kernel'
import { Breakers } from '@gala/resilience'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { type Act, AuditRepository } from '../audit/audit.repository.js'
import type { BaseContext } from '../base.config.js'
import { ControlRepository, documentOf } from '../control/control.repository.js'
import type { ControlPublisher } from '../control/control-publisher.service.js'
import type { FleetService } from '../fleet/fleet.service.js'
import type { RelayService } from '../relay/relay.service.js'
import { KeptReplies } from '../writes/kept-replies.repository.js'
import { OperatorWrites } from '../writes/operator-writes.js'
import { SwitchesRepository } from './switches.repository.js'
import { SwitchesService } from './switches.service.js'

const url = process.env['GALA_TEST_MYSQL_URL'] ?? ''
const by = (subject: string): Act['actor'] => ({ subject, role: 'operator', traceId: subject })

describe('orders to switches in the database', () => {
  let database: Database
  let service: SwitchesService
  let audit: AuditRepository
  const target = 'switch:stats'

  beforeAll(async () => {
    await migrate(url, 'mariadb')
    database = new Database({
      readers: [{ dc: 'dc-a', url }],
      breakers: new Breakers({ clock: systemClock }),
      writers: [{ dc: 'dc-a', url }],
      dialect: 'mariadb',
      entities: [AuditEntity, ...controlEntities],
      clock: systemClock,
      onError: () => {},
    })
    const context = { clock: systemClock, config: { GALA_DC: 'dc-a' } } as unknown as BaseContext
    audit = new AuditRepository(database, context)
    const relay = { nudge: () => {} } as unknown as RelayService
    service = new SwitchesService(
      new OperatorWrites(database, new KeptReplies(database, context), relay),
      context,
      { dcs: ['dc-a', 'dc-b'] } as unknown as FleetService,
      new SwitchesRepository(),
      { expect: () => {} } as unknown as ControlPublisher,
      audit,
    )
  })
  beforeEach(() =>
    database.onWriter(async (manager) => {
      for (const entity of [SwitchOrderEntity, LevelOrderEntity, ProposalEntity, AuditEntity])
        await manager.clear(entity)
    }),
  )
  afterAll(() => database.close())

  const stored = async () => (await new ControlRepository(database).read()).value
  const put = (state: 'omit' | 'static' | 'auto', expectedRev: number, who = 'ann', dc?: string) =>
    service.order('stats', { state, reason: '原因', expectedRev, ...(dc && { scope: { dc } }) }, by(who))

  it('comes out of the document as it was ordered', async () => {
    const { rev } = await put('omit', 0, 'ann', 'dc-b')
    const level = await service.level({ level: 2, reason: 'r', ttlMs: 60_000, expectedRev: 0 }, by('bob'))
    const { position, switches, levels } = documentOf(await stored(), systemClock.nowMs())
    expect(position).toBe(level.position)
    expect(switches).toEqual([
      {
        key: 'stats',
        state: 'omit',
        percent: 100,
        clientBelow: null,
        dc: 'dc-b',
        actor: 'ann',
        reason: '原因',
        position: rev,
        expiresAt: null,
      },
    ])
    expect(levels).toMatchObject([{ level: 2, dc: null, actor: 'bob', position: level.rev }])
    await put('auto', rev)
    expect(documentOf(await stored(), systemClock.nowMs()).switches).toEqual([])
    expect(documentOf(await stored(), systemClock.nowMs()).position).toBeGreaterThan(level.position)
  })

  it('is won by one of many who order at once, and each order that won is in the audit once', async () => {
    let rev = 0
    for (let round = 0; round < 5; round++) {
      const who = Array.from({ length: 6 }, (_, i) => `operator-${round}-${i}`)
      const results = await Promise.allSettled(who.map((name) => put('omit', rev, name)))
      const won = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
      const lost = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.code] : []))
      expect([won.length, lost]).toEqual([1, Array.from({ length: 5 }, () => 'STALE_VERSION')])
      rev = won[0]?.rev ?? Number.NaN
    }
    expect((await stored()).switches.map(({ position }) => Number(position))).toEqual([rev])
    expect((await audit.page(target, 1, 50)).total).toBe(5)
  })

  it('waits as a proposal for a second person, which only one of two can be', async () => {
    const given = { state: 'static' as const, reason: 'r', expectedRev: 0 }
    const { proposal } = await service.order('bootstrap', given, by('ann'))
    expect((await stored()).proposals).toMatchObject([
      { id: proposal?.id, act: 'switch', key: 'bootstrap', state: 'open' },
    ])
    const confirm = (name: string) => service.decide(proposal?.id ?? '', { verdict: 'confirm', reason: 'r' }, by(name))
    const both = await Promise.allSettled([confirm('bob'), confirm('cid')])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const { switches, proposals } = await stored()
    expect([switches.length, proposals]).toEqual([1, []])
  })

  it('replaces an open proposal by a newer one', async () => {
    const first = await service.level({ level: 4, reason: 'r', expectedRev: 0 }, by('ann'))
    const second = await service.level({ level: 4, reason: 'r', dc: 'dc-a', expectedRev: 0 }, by('bob'))
    expect((await stored()).proposals.map(({ id }) => id)).toEqual([second.proposal?.id])
    const late = service.decide(first.proposal?.id ?? '', { verdict: 'confirm', reason: 'r' }, by('cid'))
    await expect(late).rejects.toMatchObject({ code: 'PROPOSAL_NOT_FOUND' })
  })

  it('writes what was done without the database once, however often it is tried, with the time it was done', async () => {
    const at = new Date(systemClock.nowMs() - 60_000)
    const acts = [1, 2].map((n) => ({ actor: by(`rule-${n}`), action: 'rules.raise', target: 'rule:queue', at }))
    await audit.afterwards(acts.slice(0, 1))
    await audit.afterwards(acts)
    const { items } = await audit.page('rule:queue', 1, 10)
    expect(items.map((item) => [item.actor, item.at])).toEqual([
      ['rule-2', at.toISOString()],
      ['rule-1', at.toISOString()],
    ])
  })
})
