import { BreakerOrderEntity, PoolMoveEntity } from './control.entity.js'
import { LevelOrderEntity, ProposalEntity, SwitchOrderEntity, SwitchRuleEntity } from './switch.entity.js'
import { WeightOrderEntity } from './weight.entity.js'

/** Everything operators order: tables that are read and written together. */
export const controlEntities = [
  BreakerOrderEntity,
  PoolMoveEntity,
  SwitchOrderEntity,
  LevelOrderEntity,
  ProposalEntity,
  SwitchRuleEntity,
  WeightOrderEntity,
]
