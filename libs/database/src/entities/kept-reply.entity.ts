import { Column, Entity, PrimaryColumn } from 'typeorm'
import { momentColumn } from './columns.js'

/** What an operators' write with an idempotency key was answered, stored in the transaction that did it. */
@Entity('kept_replies')
export class KeptReplyEntity {
  /** Digest of key and actor. */
  @PrimaryColumn({ type: 'varchar', length: 64 })
  id!: string

  @Column({ name: 'idempotency_key', type: 'varchar', length: 64 })
  key!: string

  @Column({ type: 'varchar', length: 120 })
  actor!: string

  @Column({ type: 'varchar', length: 64 })
  route!: string

  /** Digest of method, address and body. */
  @Column({ type: 'varchar', length: 64 })
  fingerprint!: string

  @Column({ name: 'reply_json', type: 'simple-json' })
  reply!: unknown

  @Column(momentColumn('at'))
  at!: Date
}
