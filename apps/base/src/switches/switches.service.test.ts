import type { Rung, SwitchKey } from '@gala/contracts'
import type { LevelOrderEntity, ProposalEntity, SwitchOrderEntity } from '@gala/database'
import { VirtualClock } from '@gala/kernel/testing'
import { beforeEach, describe, expect, it } from '@jest/globals'
import type { EntityManager } from 'typeorm'
import type { Act, AuditRepository } from '../audit/audit.repository.js'
import type { BaseContext } from '../base.config.js'
import type { ControlPublisher } from '../control/control-publisher.service.js'
import type { FleetService } from '../fleet/fleet.service.js'
import type { OperatorWrites } from '../writes/operator-writes.js'
import type { SwitchesRepository } from './switches.repository.js'
import { SwitchesService } from './switches.service.js'

const by = (subject: string): Act['actor'] => ({ subject, role: 'operator', traceId: 't' })
const [ann, bob] = [by('ann'), by('bob')]

/** The tables, and what is undone when a write is refused. */
class Tables
  implements Pick<SwitchesRepository, 'ordersOf' | 'levels' | 'order' | 'level' | 'proposal' | 'propose' | 'decide'>
{
  orders: SwitchOrderEntity[] = []
  levelRows: LevelOrderEntity[] = []
  proposals: ProposalEntity[] = []

  ordersOf = async (_: unknown, key: SwitchKey) => this.orders.filter((row) => row.key === key)
  levels = async () => this.levelRows
  order = async (_: unknown, row: SwitchOrderEntity) => {
    this.orders = [...this.orders.filter((of) => of.key !== row.key || (row.dc !== '' && of.dc !== row.dc)), row]
  }
  level = async (_: unknown, row: LevelOrderEntity) => {
    this.levelRows = row.dc === '' ? [row] : [...this.levelRows.filter(({ dc }) => dc !== row.dc), row]
  }
  proposal = async (_: unknown, id: string) => this.proposals.find((row) => row.id === id) ?? null
  propose = async (_: unknown, row: ProposalEntity) => void this.proposals.push(row)
  decide = async (_: unknown, id: string, state: ProposalEntity['state'], decidedBy: string) => {
    this.proposals = this.proposals.map((row) => (row.id === id ? { ...row, state, decidedBy } : row))
  }
}

describe('SwitchesService', () => {
  let clock: VirtualClock
  let tables: Tables
  let position: number
  let done: Act[]
  let expected: number[]
  let service: SwitchesService

  const put = (
    key: SwitchKey,
    state: Rung | 'auto',
    over: { dc?: string; percent?: number } = {},
    expectedRev?: number,
  ) => {
    const rev = Math.max(0, ...tables.orders.filter((row) => row.key === key).map((row) => Number(row.position)))
    return service.order(key, { state, scope: over, reason: 'why', expectedRev: expectedRev ?? rev }, ann)
  }
  const setLevel = (level: number, over: { dc?: string; ttlMs?: number } = {}) => {
    const rev = Math.max(0, ...tables.levelRows.map((row) => Number(row.position)))
    return service.level({ level, reason: 'why', expectedRev: rev, ...over }, ann)
  }
  const confirm = (id = '', actor = bob) => service.decide(id, { verdict: 'confirm', reason: 'agreed' }, actor)
  const codeOf = (call: Promise<unknown>) =>
    call.then(
      () => 'done',
      (error: { code: string; message: string }) => `${error.code} ${error.message}`,
    )

  beforeEach(() => {
    clock = new VirtualClock()
    tables = new Tables()
    position = 6
    done = []
    expected = []
    const write = async (
      _: unknown,
      work: (manager: EntityManager, newest: number) => Promise<{ value: unknown; tags: string[] }>,
    ) => {
      const before = { ...tables }
      const audited = done.length
      try {
        const { value, tags } = await work({} as EntityManager, position + 1)
        expect(tags).toEqual(['control'])
        return { value, position: ++position }
      } catch (error) {
        Object.assign(tables, before)
        done.length = audited
        throw error
      }
    }
    service = new SwitchesService(
      { write } as OperatorWrites,
      { clock, config: {} } as unknown as BaseContext,
      { dcs: ['dc-a', 'dc-b'] } as unknown as FleetService,
      tables as unknown as SwitchesRepository,
      { expect: (at: number) => void expected.push(at) } as unknown as ControlPublisher,
      { done: async (_: unknown, act: Act) => void done.push(act) } as unknown as AuditRepository,
    )
  })

  it('orders a rung, with its audit, and tells at which position processes obey', async () => {
    const call = service.order('stats', { state: 'omit', ttlMs: 5_000, reason: 'too much', expectedRev: 0 }, ann)
    expect(await call).toEqual({ rev: 7, position: 7, proposal: null })
    const expiresAt = new Date(clock.nowMs() + 5_000)
    expect(tables.orders).toMatchObject([
      { key: 'stats', dc: '', state: 'omit', percent: 100, expiresAt, position: '7' },
    ])
    const after = { state: 'omit', dc: null, percent: 100, clientBelow: null, expiresAt: expiresAt.toISOString() }
    expect(done).toMatchObject([
      { action: 'switches.order', target: 'switch:stats', reason: 'too much', before: [], after },
    ])
    expect(expected).toEqual([7])
  })

  it('refuses whoever has not seen the newest revision, and shows what stands', async () => {
    await put('stats', 'omit')
    await expect(put('stats', 'static', {}, 0)).rejects.toMatchObject({
      code: 'STALE_VERSION',
      current: { rev: 7, orders: [{ state: 'omit', actor: 'ann' }], last: { state: 'omit' } },
    })
    expect(await codeOf(put('likes', 'omit', {}, 7))).toMatch(/^STALE_VERSION switch:likes is at revision 0, not 7/)
  })

  it('keeps the revision going when a switch is released', async () => {
    await put('stats', 'omit')
    expect(await put('stats', 'auto')).toMatchObject({ rev: 8 })
    expect(await codeOf(put('stats', 'omit', {}, 0))).toMatch(/^STALE_VERSION/)
  })

  it('refuses rungs a switch does not have, places nobody knows, and shares of nobody', async () => {
    expect(await codeOf(put('likes', 'cached'))).toMatch(
      /^VALIDATION_FAILED body.state: likes has no rung cached; it has full, omit/,
    )
    expect(await codeOf(put('likes', 'omit', { dc: 'dc-z' }))).toMatch(/^VALIDATION_FAILED body.scope.dc: there is no/)
    expect(await codeOf(put('bootstrap-stats', 'omit', { percent: 10 }))).toMatch(/^VALIDATION_FAILED body.scope: /)
    expect([done, tables.orders]).toEqual([[], []])
  })

  it('orders for all data centres what replaces the orders for each, and releases it only for all', async () => {
    await put('likes', 'omit', { dc: 'dc-a' })
    await put('likes', 'omit', { dc: 'dc-b' })
    await put('likes', 'full')
    expect(tables.orders.map(({ dc, state }) => [dc, state])).toEqual([['', 'full']])
    expect(await codeOf(put('likes', 'auto', { dc: 'dc-a' }))).toMatch(
      /^VALIDATION_FAILED body.scope.dc: likes is ordered for all/,
    )
    expect(await codeOf(put('likes', 'auto'))).toBe('done')
  })

  describe('where two persons are needed', () => {
    it('only proposes, and does it when somebody else confirms', async () => {
      const { rev, proposal } = await put('bootstrap', 'static', { dc: 'dc-b' })
      expect([rev, tables.orders, proposal?.to, proposal?.actor]).toEqual([0, [], 'static', 'ann'])
      expect(done.map(({ action }) => action)).toEqual(['switches.propose'])
      expect(await codeOf(confirm(proposal?.id, ann))).toMatch(/^SECOND_PERSON_NEEDED/)
      expect(await confirm(proposal?.id)).toEqual({ rev: 8, position: 8, proposal: null })
      expect(tables.orders).toMatchObject([
        { key: 'bootstrap', dc: 'dc-b', state: 'static', actor: 'ann + bob', reason: 'why' },
      ])
      const after = { state: 'static', proposedBy: 'ann', confirmedBy: 'bob' }
      expect(done.at(-1)).toMatchObject({
        action: 'switches.confirm',
        target: 'switch:bootstrap',
        after,
        reason: 'agreed',
      })
      expect(await codeOf(confirm(proposal?.id))).toMatch(/^PROPOSAL_NOT_FOUND/)
    })

    it('asks one person only to bring back what matters most', async () => {
      expect((await put('play', 'full')).proposal).toBeNull()
      expect((await put('play', 'auto')).proposal).toBeNull()
    })

    it('does not do what was proposed of something that has changed since', async () => {
      const { proposal } = await put('play', 'static')
      await put('play', 'full')
      expect(await codeOf(confirm(proposal?.id))).toMatch(/^STALE_VERSION/)
      expect(tables.proposals[0]?.state).toBe('open')
    })

    it('forgets a proposal after five minutes, and when anybody takes it back', async () => {
      const first = await setLevel(4)
      await clock.advance(300_000)
      expect(await codeOf(confirm(first.proposal?.id))).toMatch(/^PROPOSAL_NOT_FOUND/)
      const { proposal } = await setLevel(4)
      const withdrawn = service.decide(proposal?.id ?? '', { verdict: 'withdraw', reason: 'no' }, ann)
      expect(await withdrawn).toEqual({ rev: 0, position: 0, proposal: null })
      expect(await codeOf(confirm(proposal?.id))).toMatch(/^PROPOSAL_NOT_FOUND/)
      expect(done.at(-1)).toMatchObject({ action: 'switches.withdraw', target: 'level' })
    })
  })

  describe('levels', () => {
    const levels = () => tables.levelRows.map(({ dc, level }) => `${dc || 'all'}:${level}`)

    it('go up in one act and down in steps', async () => {
      await setLevel(3)
      expect(await codeOf(setLevel(1))).toBe('LEVEL_OUT_OF_ORDER dc-a is at level 3: the next step is level 2')
      await setLevel(2)
      await setLevel(1)
      await setLevel(0)
      expect(levels()).toEqual(['all:0'])
    })

    it('for all data centres lower none of them by more than a step', async () => {
      await setLevel(1)
      await setLevel(3, { dc: 'dc-b' })
      expect(await codeOf(setLevel(1))).toBe('LEVEL_OUT_OF_ORDER dc-b is at level 3: the next step is level 2')
      await setLevel(2)
      expect(levels()).toEqual(['all:2'])
    })

    it('of one data centre cannot lie below that of all', async () => {
      await setLevel(2)
      expect(await codeOf(setLevel(1, { dc: 'dc-a' }))).toMatch(
        /^VALIDATION_FAILED body.dc: all data centres are at level 2/,
      )
      await setLevel(3, { dc: 'dc-a' })
      expect(await codeOf(setLevel(0, { dc: 'dc-a' }))).toBe('done')
    })

    it('that have ended hold nobody up', async () => {
      await setLevel(3, { ttlMs: 1_000 })
      await clock.advance(1_000)
      expect(await codeOf(setLevel(0))).toBe('done')
    })
  })
})
