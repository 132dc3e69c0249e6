import type { AuditEntry } from '@gala/contracts'
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm'
import { momentColumn } from './columns.js'

@Entity('audit')
export class AuditEntity {
  @PrimaryGeneratedColumn({ type: 'bigint', unsigned: true })
  id!: string

  @Column(momentColumn('at'))
  at!: Date

  @Column({ type: 'varchar', length: 120 })
  actor!: string

  @Column({ type: 'varchar', length: 16 })
  role!: AuditEntry['role']

  @Column({ type: 'varchar', length: 64 })
  action!: string

  @Column({ type: 'varchar', length: 120 })
  target!: string

  @Column({ type: 'varchar', length: 16 })
  outcome!: AuditEntry['outcome']

  @Column({ type: 'varchar', length: 64, nullable: true })
  code!: string | null

  @Column({ type: 'varchar', length: 500, nullable: true })
  reason!: string | null

  @Column({ name: 'before_json', type: 'simple-json', nullable: true })
  before!: unknown

  @Column({ name: 'after_json', type: 'simple-json', nullable: true })
  after!: unknown

  @Column({ type: 'varchar', length: 32 })
  dc!: string

  @Column({ name: 'trace_id', type: 'varchar', length: 32 })
  traceId!: string
}

/** The row as the contract shows it. */
export const toAuditEntry = (row: AuditEntity): AuditEntry => ({
  id: Number(row.id),
  at: row.at.toISOString(),
  actor: row.actor,
  role: row.role,
  action: row.action,
  target: row.target,
  outcome: row.outcome,
  code: row.code,
  reason: row.reason,
  before: row.before,
  after: row.after,
  dc: row.dc,
  traceId: row.traceId,
})
