import {
  AppError,
  type opsApi,
  type Proposal,
  type RouteInput,
  type SwitchDone,
  type SwitchKey,
  switches,
  tags,
} from '@gala/contracts'
import type { LevelOrderEntity, ProposalEntity, SwitchOrderEntity } from '@gala/database'
import { randomId } from '@gala/kernel'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { EntityManager } from 'typeorm'
import { type Act, AuditRepository } from '../audit/audit.repository.js'
import type { BaseContext } from '../base.config.js'
import { ControlPublisher } from '../control/control-publisher.service.js'
import { FleetService } from '../fleet/fleet.service.js'
import { OperatorWrites } from '../writes/operator-writes.js'
import { mustBeInOrder, nextLevel } from './level-order.js'
import { mustMakeSense, needsTwoPersons, type Wanted } from './order-rules.js'
import { levelStanding, shownLevel, shownSwitch, switchStanding } from './standing.js'
import { type Asked, askedOf, levelHolds, revOf, switchHolds, toProposal } from './switch-rows.js'
import { SwitchesRepository } from './switches.repository.js'

type Routes = typeof opsApi.switches
type SwitchGiven = RouteInput<Routes['order']>['body']
type LevelGiven = RouteInput<Routes['level']>['body']
type Decision = RouteInput<Routes['confirm']>['body']

/** Long enough to walk over to somebody, too short to be confirmed by mistake in another situation. */
const proposalLastsMs = 300_000

type Rows = { switches: SwitchOrderEntity[]; levels: LevelOrderEntity[] }
type Outcome = Pick<SwitchDone, 'rev' | 'proposal'>

/** Orders of operators to switches and levels. Each is one transaction: the row, its audit, and its announcement. */
@Injectable()
export class SwitchesService {
  constructor(
    private readonly writes: OperatorWrites,
    @Inject(APP_CONTEXT) private readonly context: BaseContext,
    private readonly fleet: FleetService,
    private readonly repository: SwitchesRepository,
    private readonly publisher: ControlPublisher,
    private readonly audit: AuditRepository,
  ) {}

  /** @throws AppError STALE_VERSION, VALIDATION_FAILED. */
  order(key: SwitchKey, { state, scope = {}, ttlMs, reason, expectedRev }: SwitchGiven, actor: Act['actor']) {
    const { dc = '', percent = 100, clientBelow = null } = scope
    const asked = { to: state, percent, clientBelow, ttlMs: ttlMs ?? null, rev: expectedRev }
    return this.#want({ key, dc, asked, reason }, actor)
  }

  /** @throws AppError STALE_VERSION, LEVEL_OUT_OF_ORDER, VALIDATION_FAILED. */
  level({ level: to, dc = '', ttlMs, reason, expectedRev }: LevelGiven, actor: Act['actor']) {
    const asked = { to: String(to), percent: 100, clientBelow: null, ttlMs: ttlMs ?? null, rev: expectedRev }
    return this.#want({ key: '', dc, asked, reason }, actor)
  }

  /**
   * Does what another operator has proposed, or takes it back.
   * @throws AppError PROPOSAL_NOT_FOUND, SECOND_PERSON_NEEDED, STALE_VERSION, and what the act itself may throw.
   */
  decide(id: string, { verdict, reason }: Decision, actor: Act['actor']) {
    return this.#write(actor, async (manager, newest) => {
      const row = await this.repository.proposal(manager, id)
      if (row?.state !== 'open' || row.expiresAt.getTime() <= this.context.clock.nowMs()) {
        throw new AppError('PROPOSAL_NOT_FOUND', `there is no open proposal ${id}`)
      }
      const wanted: Wanted = { key: row.key, dc: row.dc, asked: askedOf(row), reason: row.reason }
      const state = verdict === 'confirm' ? 'confirmed' : 'withdrawn'
      await this.repository.decide(manager, id, state, actor.subject)
      if (verdict === 'withdraw') {
        const after = { proposal: id, proposedBy: row.actor, withdrawnBy: actor.subject, to: wanted.asked.to }
        await this.audit.done(manager, { actor, action: 'switches.withdraw', target: targetOf(wanted), reason, after })
        const { switches, levels } = await this.#rowsOf(manager, wanted)
        return { rev: revOf([...switches, ...levels]), proposal: null }
      }
      if (row.actor === actor.subject) {
        throw new AppError('SECOND_PERSON_NEEDED', `${actor.subject} has proposed it: somebody else has to confirm`)
      }
      const rows = await this.#checked(manager, wanted)
      const names = { proposal: id, proposedBy: row.actor, confirmedBy: actor.subject }
      return await this.#perform(manager, newest, wanted, rows, { actor, action: 'switches.confirm', reason }, names)
    })
  }

  /**
   * One step towards a level in all data centres, inside a write that somebody else has begun. Whoever has begun it tells the
   * publisher the position.
   * @throws AppError VALIDATION_FAILED.
   */
  async stepLevelWithin(
    manager: EntityManager,
    newest: number,
    { to, ttlMs, reason }: { to: number; ttlMs: number | undefined; reason: string },
    actor: Act['actor'],
  ): Promise<{ set: { dc: string | null; level: number } | null; reached: boolean; proposal: Proposal | null }> {
    const nowMs = this.context.clock.nowMs()
    const rows = await this.repository.levels(manager)
    const next = nextLevel(rows, to, this.fleet.dcs, nowMs)
    if (!next) return { set: null, reached: true, proposal: null }
    const { dc, level } = next
    const asked = { to: String(level), percent: 100, clientBelow: null, ttlMs: ttlMs ?? null, rev: revOf(rows) }
    const { proposal } = await this.#do(manager, newest, { key: '', dc, asked, reason }, actor)
    if (proposal) return { set: null, reached: false, proposal }
    const reached = nextLevel(await this.repository.levels(manager), to, this.fleet.dcs, nowMs) === undefined
    return { set: { dc: dc === '' ? null : dc, level }, reached, proposal: null }
  }

  #want(wanted: Wanted, actor: Act['actor']): Promise<SwitchDone> {
    return this.#write(actor, (manager, newest) => this.#do(manager, newest, wanted, actor))
  }

  async #do(manager: EntityManager, newest: number, wanted: Wanted, actor: Act['actor']): Promise<Outcome> {
    const rows = await this.#checked(manager, wanted)
    if (needsTwoPersons(wanted)) return await this.#propose(manager, wanted, actor)
    const action = wanted.key === '' ? 'switches.level' : 'switches.order'
    return await this.#perform(manager, newest, wanted, rows, { actor, action, reason: wanted.reason })
  }

  async #write(
    actor: Act['actor'],
    work: (manager: EntityManager, newest: number) => Promise<Outcome>,
  ): Promise<SwitchDone> {
    const { value, position } = await this.writes.write(actor, async (manager, newest) => {
      const outcome = await work(manager, newest)
      // Of what only waits, or was taken back, nothing travels: whoever has applied the order before obeys already.
      return { value: { ...outcome, position: outcome.rev }, tags: [tags.control] }
    })
    this.publisher.expect(position)
    return value
  }

  /** What stands, when it is as whoever wants something has seen it, and what they want makes sense. */
  async #checked(manager: EntityManager, wanted: Wanted): Promise<Rows> {
    const { key, asked } = wanted
    const nowMs = this.context.clock.nowMs()
    const { switches, levels } = await this.#rowsOf(manager, wanted)
    const rev = revOf([...switches, ...levels])
    if (rev !== asked.rev) {
      const current = key === '' ? levelStanding(levels, nowMs) : switchStanding(switches, nowMs)
      const detail = `${targetOf(wanted)} is at revision ${rev}, not ${asked.rev}`
      throw new AppError('STALE_VERSION', detail, { current })
    }
    mustMakeSense(wanted, switches, this.fleet.dcs, nowMs)
    if (key === '') mustBeInOrder(levels, this.#levelRow(wanted, '', 0), this.fleet.dcs, nowMs)
    return { switches, levels }
  }

  /** Of the one switch that is meant, or of the levels. */
  async #rowsOf(manager: EntityManager, { key }: Wanted): Promise<Rows> {
    if (key === '') return { switches: [], levels: await this.repository.levels(manager) }
    return { switches: await this.repository.ordersOf(manager, key), levels: [] }
  }

  async #perform(
    manager: EntityManager,
    newest: number,
    wanted: Wanted,
    rows: Rows,
    act: Omit<Act, 'target'>,
    names?: { proposal: string; proposedBy: string; confirmedBy: string },
  ): Promise<Outcome> {
    const nowMs = this.context.clock.nowMs()
    const by = names ? both(names.proposedBy, names.confirmedBy) : act.actor.subject
    const said = { target: targetOf(wanted) }
    if (wanted.key === '') {
      const row = this.#levelRow(wanted, by, newest)
      await this.repository.level(manager, row)
      const before = rows.levels.filter((of) => levelHolds(of, nowMs)).map(shownLevel)
      await this.audit.done(manager, { ...act, ...said, before, after: { ...shownLevel(row), ...names } })
    } else {
      const row = this.#switchRow(wanted, wanted.key, by, newest)
      await this.repository.order(manager, row)
      const before = rows.switches.filter((of) => switchHolds(of, nowMs)).map(shownSwitch)
      await this.audit.done(manager, { ...act, ...said, before, after: { ...shownSwitch(row), ...names } })
    }
    return { rev: newest, proposal: null }
  }

  async #propose(manager: EntityManager, wanted: Wanted, actor: Act['actor']): Promise<Outcome> {
    const { key, dc, asked, reason } = wanted
    const at = new Date(this.context.clock.nowMs())
    const row: ProposalEntity = {
      id: randomId(),
      act: key === '' ? 'level' : 'switch',
      key,
      dc,
      body: asked,
      actor: actor.subject,
      reason,
      at,
      expiresAt: new Date(at.getTime() + proposalLastsMs),
      state: 'open',
      decidedBy: null,
    }
    await this.repository.propose(manager, row)
    const after = { proposal: row.id, to: asked.to, dc: dc === '' ? null : dc, proposedBy: actor.subject }
    await this.audit.done(manager, { actor, action: 'switches.propose', target: targetOf(wanted), reason, after })
    return { rev: asked.rev, proposal: toProposal(row) }
  }

  #switchRow({ dc, asked, reason }: Wanted, key: SwitchKey, actor: string, newest: number): SwitchOrderEntity {
    const { to, percent, clientBelow } = asked
    const state = switches[key].ladder.find((rung) => rung === to) ?? 'auto'
    return { key, dc, state, percent, clientBelow, actor, reason, ...this.#times(asked), position: String(newest) }
  }

  #levelRow({ dc, asked, reason }: Wanted, actor: string, newest: number): LevelOrderEntity {
    return { dc, level: Number(asked.to), actor, reason, ...this.#times(asked), position: String(newest) }
  }

  #times({ ttlMs }: Asked) {
    const at = new Date(this.context.clock.nowMs())
    return { at, expiresAt: ttlMs === null ? null : new Date(at.getTime() + ttlMs) }
  }
}

const targetOf = ({ key }: Wanted) => (key === '' ? 'level' : `switch:${key}`)

/** Both names, as long as an order may carry. */
const both = (one: string, two: string) => `${one} + ${two}`.slice(0, 120).toWellFormed()
