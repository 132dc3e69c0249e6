import type { SwitchKey } from '@gala/contracts'
import { LevelOrderEntity, ProposalEntity, SwitchOrderEntity, SwitchRuleEntity } from '@gala/database'
import { Injectable } from '@nestjs/common'
import { type EntityManager, IsNull, Not } from 'typeorm'

/**
 * Rows of the switch plane, inside a write. A write holds the one row that hands out positions until it commits, so what is
 * read here cannot change before: of two orders at once the second one finds the revision of the first.
 */
@Injectable()
export class SwitchesRepository {
  ordersOf(manager: EntityManager, key: SwitchKey): Promise<SwitchOrderEntity[]> {
    return manager.findBy(SwitchOrderEntity, { key })
  }

  levels(manager: EntityManager): Promise<LevelOrderEntity[]> {
    return manager.find(LevelOrderEntity)
  }

  /** Replaces what stands for this data centre; what is said for all of them replaces that of each. */
  async order(manager: EntityManager, row: SwitchOrderEntity) {
    const { key, dc } = row
    await manager.delete(SwitchOrderEntity, dc === '' ? { key } : { key, dc })
    await manager.insert(SwitchOrderEntity, row)
  }

  async level(manager: EntityManager, row: LevelOrderEntity) {
    await manager.delete(LevelOrderEntity, { dc: row.dc === '' ? Not(IsNull()) : row.dc })
    await manager.insert(LevelOrderEntity, row)
  }

  proposal(manager: EntityManager, id: string): Promise<ProposalEntity | null> {
    return manager.findOneBy(ProposalEntity, { id })
  }

  /** At most one is open for a switch, and one for the level: a new one takes the place of the one before. */
  async propose(manager: EntityManager, row: ProposalEntity) {
    const before = { key: row.key, state: 'open' as const }
    await manager.update(ProposalEntity, before, { state: 'withdrawn', decidedBy: row.actor })
    await manager.insert(ProposalEntity, row as never)
  }

  async decide(manager: EntityManager, id: string, state: ProposalEntity['state'], decidedBy: string) {
    await manager.update(ProposalEntity, { id }, { state, decidedBy })
  }

  ruleOf(manager: EntityManager, id: string): Promise<SwitchRuleEntity | null> {
    return manager.findOneBy(SwitchRuleEntity, { id })
  }

  async setRule(manager: EntityManager, row: SwitchRuleEntity) {
    await manager.delete(SwitchRuleEntity, { id: row.id })
    await manager.insert(SwitchRuleEntity, row)
  }
}
