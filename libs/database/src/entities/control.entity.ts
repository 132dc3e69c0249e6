import type { BreakerMode } from '@gala/contracts'
import { Column, Entity, PrimaryColumn } from 'typeorm'
import { momentColumn } from './columns.js'
import { OrderedEntity } from './ordered.entity.js'

/**
 * The newest order to a breaker. A release is one with the mode `auto`: it stays for a while, so that it can be seen who has
 * applied it.
 */
@Entity('breaker_orders')
export class BreakerOrderEntity extends OrderedEntity {
  @PrimaryColumn({ type: 'varchar', length: 64 })
  name!: string

  /** Empty: of every data centre. */
  @PrimaryColumn({ type: 'varchar', length: 64 })
  dc!: string

  @Column({ type: 'varchar', length: 16 })
  mode!: BreakerMode

  @Column(momentColumn('expires_at'))
  expiresAt!: Date
}

/** The pool that answers for an event. One that was moved back stays for a while with the default pool. */
@Entity('pool_moves')
export class PoolMoveEntity extends OrderedEntity {
  @PrimaryColumn({ name: 'event_id', type: 'varchar', length: 64 })
  eventId!: string

  @Column({ type: 'varchar', length: 64 })
  pool!: string
}
