import { type BreakerOrder, type Control, defaultPool, type PoolMove } from '@gala/contracts'
import {
  BreakerOrderEntity,
  type Database,
  EventEntity,
  LevelOrderEntity,
  PoolMoveEntity,
  type Positioned,
  ProposalEntity,
  SwitchOrderEntity,
  SwitchRuleEntity,
  WeightOrderEntity,
} from '@gala/database'
import { Inject, Injectable } from '@nestjs/common'
import { type EntityManager, LessThan, LessThanOrEqual, MoreThan, Not } from 'typeorm'
import { toWeightOrder, weightHolds } from '../datacentres/weight-rows.js'
import { levelHolds, switchHolds, toLevelOrder, toSwitchOrder } from '../switches/switch-rows.js'
import { DATABASE } from '../tokens.js'

/** Everything ordered, as one moment of the database: rows of several tables that belong together. */
export interface Orders {
  breakers: BreakerOrderEntity[]
  moves: PoolMoveEntity[]
  switches: SwitchOrderEntity[]
  levels: LevelOrderEntity[]
  weights: WeightOrderEntity[]
  /** Those below are for operators and rules; processes hear nothing of them. */
  proposals: ProposalEntity[]
  rules: SwitchRuleEntity[]
}

export const nothingOrdered: Orders = {
  breakers: [],
  moves: [],
  switches: [],
  levels: [],
  weights: [],
  proposals: [],
  rules: [],
}

/** What has ended is kept this long, so that it can be seen who has applied it. */
const keptMs = 3_600_000

@Injectable()
export class ControlRepository {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** As the nearest reader that has followed to `atLeast` holds them. */
  read(atLeast = 0): Promise<Positioned<Orders>> {
    // One snapshot: an order that lies between two reads would be skipped by a position that is newer than it.
    return this.database.read(
      (manager) =>
        manager.transaction('REPEATABLE READ', async (snapshot) => ({
          breakers: await snapshot.find(BreakerOrderEntity, { order: { name: 'ASC', dc: 'ASC' } }),
          moves: await snapshot.find(PoolMoveEntity, { order: { eventId: 'ASC' } }),
          switches: await snapshot.find(SwitchOrderEntity, { order: { key: 'ASC', dc: 'ASC' } }),
          levels: await snapshot.find(LevelOrderEntity, { order: { dc: 'ASC' } }),
          weights: await snapshot.find(WeightOrderEntity, { order: { dc: 'ASC' } }),
          proposals: await snapshot.findBy(ProposalEntity, { state: 'open' }),
          rules: await snapshot.find(SwitchRuleEntity),
        })),
      atLeast,
    )
  }

  /** Inside a write: what stands for a breaker, in every data centre. */
  ordersOf(manager: EntityManager, name: string): Promise<BreakerOrderEntity[]> {
    return manager.findBy(BreakerOrderEntity, { name })
  }

  countInForce(manager: EntityManager, now: Date): Promise<number> {
    return manager.countBy(BreakerOrderEntity, { mode: Not('auto'), expiresAt: MoreThan(now) })
  }

  /** Inside a write: replaces the order of this breaker and data centre; one for all data centres replaces those of each. */
  async order(manager: EntityManager, row: BreakerOrderEntity) {
    const { name, dc } = row
    await manager.delete(BreakerOrderEntity, dc === '' ? { name } : { name, dc })
    await manager.insert(BreakerOrderEntity, row)
  }

  isEvent(manager: EntityManager, id: string): Promise<boolean> {
    return manager.existsBy(EventEntity, { id })
  }

  moveOf(manager: EntityManager, eventId: string): Promise<PoolMoveEntity | null> {
    return manager.findOneBy(PoolMoveEntity, { eventId })
  }

  countMoved(manager: EntityManager): Promise<number> {
    return manager.countBy(PoolMoveEntity, { pool: Not(defaultPool) })
  }

  async move(manager: EntityManager, row: PoolMoveEntity) {
    await manager.delete(PoolMoveEntity, { eventId: row.eventId })
    await manager.insert(PoolMoveEntity, row)
  }

  /**
   * Deletes what ended long ago, but never the newest row: its position is that of the document. Rows of switches, levels,
   * weights and rules stay: there is one for each at most, and its position is the revision operators go by.
   */
  async trim(nowMs: number): Promise<void> {
    const end = new Date(nowMs - keptMs)
    const { value: orders } = await this.read()
    const older = LessThan(String(positionOf(orders)))
    await this.database.onWriter(async (manager) => {
      await manager.delete(BreakerOrderEntity, { expiresAt: LessThanOrEqual(end), position: older })
      await manager.delete(PoolMoveEntity, { pool: defaultPool, at: LessThanOrEqual(end), position: older })
      await manager.delete(ProposalEntity, { expiresAt: LessThanOrEqual(end) })
    })
  }
}

/** Position of the newest order or release; 0 when there has been none. */
export const positionOf = ({ breakers, moves, switches, levels, weights }: Orders): number =>
  Math.max(0, ...[...breakers, ...moves, ...switches, ...levels, ...weights].map(({ position }) => Number(position)))

/** The document processes obey: without what has been released, has ended or was moved back. */
export function documentOf(orders: Orders, nowMs: number): Control {
  return {
    position: positionOf(orders),
    breakers: orders.breakers.filter((row) => holds(row, nowMs)).flatMap((row) => toOrder(row) ?? []),
    moves: orders.moves.filter(({ pool }) => pool !== defaultPool).map(toMove),
    switches: orders.switches.filter((row) => switchHolds(row, nowMs)).flatMap((row) => toSwitchOrder(row) ?? []),
    levels: orders.levels.filter((row) => levelHolds(row, nowMs)).map(toLevelOrder),
    weights: orders.weights.filter((row) => weightHolds(row, nowMs)).map(toWeightOrder),
  }
}

/** Whether a row is an order that is still in force. */
export const holds = ({ mode, expiresAt }: BreakerOrderEntity, nowMs: number): boolean =>
  mode !== 'auto' && expiresAt.getTime() > nowMs

/** Without what ended long ago and is only kept for its position. */
export const shownOf = ({ breakers, moves }: Orders, nowMs: number): Pick<Orders, 'breakers' | 'moves'> => ({
  breakers: breakers.filter(({ expiresAt }) => nowMs - expiresAt.getTime() < keptMs),
  moves: moves.filter(({ pool, at }) => pool !== defaultPool || nowMs - at.getTime() < keptMs),
})

/** The row as the contract shows it; a release is no order. */
export function toOrder({
  name,
  dc,
  mode,
  actor,
  reason,
  expiresAt,
  position,
}: BreakerOrderEntity): BreakerOrder | null {
  if (mode === 'auto') return null
  return {
    name,
    dc: dc === '' ? null : dc,
    mode,
    actor,
    reason,
    position: Number(position),
    expiresAt: expiresAt.toISOString(),
  }
}

export const toMove = ({ eventId, pool, actor, reason, position }: PoolMoveEntity): PoolMove => ({
  event: eventId,
  pool,
  actor,
  reason,
  position: Number(position),
})
