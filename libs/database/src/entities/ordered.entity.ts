import { Column } from 'typeorm'
import { momentColumn } from './columns.js'

/** What every order of an operator carries: who, why, when, and at which change position. */
export abstract class OrderedEntity {
  @Column({ type: 'varchar', length: 120 })
  actor!: string

  @Column({ type: 'varchar', length: 400 })
  reason!: string

  @Column(momentColumn('at'))
  at!: Date

  @Column({ type: 'bigint', unsigned: true })
  position!: string
}
