import type { RuleMode, Rung, SwitchKey } from '@gala/contracts'
import { Column, Entity, PrimaryColumn } from 'typeorm'
import { momentColumn } from './columns.js'
import { OrderedEntity } from './ordered.entity.js'

const openEnd = { ...momentColumn('expires_at'), nullable: true }

/**
 * The newest order to a switch. A release is one with the state `auto`: it stays, because its position is the revision of
 * the switch.
 */
@Entity('switch_orders')
export class SwitchOrderEntity extends OrderedEntity {
  @PrimaryColumn({ name: 'switch_key', type: 'varchar', length: 64 })
  key!: SwitchKey

  /** Empty: of every data centre. */
  @PrimaryColumn({ type: 'varchar', length: 64 })
  dc!: string

  @Column({ type: 'varchar', length: 16 })
  state!: Rung | 'auto'

  @Column({ type: 'tinyint', unsigned: true })
  percent!: number

  @Column({ name: 'client_below', type: 'varchar', length: 32, nullable: true })
  clientBelow!: string | null

  /** Null: until it is taken back. */
  @Column(openEnd)
  expiresAt!: Date | null
}

/** The newest level ordered for a data centre, or for all; 0 is a release, which stays for its revision. */
@Entity('level_orders')
export class LevelOrderEntity extends OrderedEntity {
  /** Empty: every data centre. */
  @PrimaryColumn({ type: 'varchar', length: 64 })
  dc!: string

  @Column({ type: 'tinyint', unsigned: true })
  level!: number

  @Column(openEnd)
  expiresAt!: Date | null
}

/** An act that waits for a second operator. */
@Entity('proposals')
export class ProposalEntity {
  @PrimaryColumn({ type: 'varchar', length: 64 })
  id!: string

  @Column({ type: 'varchar', length: 16 })
  act!: 'switch' | 'level'

  /** Empty: a level. */
  @Column({ name: 'switch_key', type: 'varchar', length: 64 })
  key!: SwitchKey | ''

  /** Empty: every data centre. */
  @Column({ type: 'varchar', length: 64 })
  dc!: string

  /** What was asked, whole, with the revision it was asked at. */
  @Column({ type: 'simple-json' })
  body!: unknown

  @Column({ type: 'varchar', length: 120 })
  actor!: string

  @Column({ type: 'varchar', length: 400 })
  reason!: string

  @Column(momentColumn('at'))
  at!: Date

  @Column(momentColumn('expires_at'))
  expiresAt!: Date

  @Column({ type: 'varchar', length: 16 })
  state!: 'open' | 'confirmed' | 'withdrawn'

  @Column({ name: 'decided_by', type: 'varchar', length: 120, nullable: true })
  decidedBy!: string | null
}

/** Whether a rule may act. One without a row does as it was written. */
@Entity('switch_rules')
export class SwitchRuleEntity extends OrderedEntity {
  @PrimaryColumn({ type: 'varchar', length: 64 })
  id!: string

  @Column({ type: 'varchar', length: 16 })
  mode!: RuleMode
}
