import type { Job, JobPolicy, Schedule, SlotReason, SlotState, StepGiven } from '@gala/contracts'
import { Column, Entity, PrimaryColumn } from 'typeorm'
import { momentColumn } from './columns.js'

/** What is to be run, and when. A step of a timeline is a job with `step`. */
@Entity('jobs')
export class JobEntity {
  @PrimaryColumn({ type: 'varchar', length: 130 })
  id!: string

  @Column({ name: 'event_id', type: 'varchar', length: 64, nullable: true })
  eventId!: string | null

  @Column({ type: 'varchar', length: 64, nullable: true })
  step!: string | null

  @Column({ name: 'step_order', type: 'smallint', unsigned: true })
  stepOrder!: number

  @Column({ type: 'varchar', length: 120 })
  title!: string

  @Column({ name: 'schedule_json', type: 'simple-json' })
  schedule!: Schedule

  @Column({ type: 'varchar', length: 64 })
  handler!: string

  @Column({ name: 'params_json', type: 'simple-json' })
  params!: Record<string, unknown>

  @Column({ name: 'policy_json', type: 'simple-json' })
  policy!: JobPolicy

  @Column({ type: 'tinyint', unsigned: true })
  irreversible!: number

  @Column({ name: 'on_failure', type: 'varchar', length: 16 })
  onFailure!: StepGiven['onFailure']

  @Column({ name: 'approvals_json', type: 'simple-json' })
  approvals!: { actor: string; at: string }[]

  @Column({ name: 'paused_json', type: 'simple-json', nullable: true })
  paused!: Job['paused']

  @Column({ type: 'int', unsigned: true })
  failures!: number

  /** Every slot before it is in the ledger; of a job that comes again and is global. */
  @Column({ ...momentColumn('planned_until'), nullable: true })
  plannedUntil!: Date | null

  @Column({ type: 'tinyint', unsigned: true })
  removed!: number

  @Column({ type: 'int', unsigned: true })
  version!: number

  @Column(momentColumn('updated_at'))
  updatedAt!: Date

  @Column({ name: 'updated_by', type: 'varchar', length: 120 })
  updatedBy!: string
}

/** One time a job is due. */
@Entity('job_slots')
export class JobSlotEntity {
  @PrimaryColumn({ name: 'job_id', type: 'varchar', length: 130 })
  job!: string

  @PrimaryColumn({ type: 'datetime', precision: 3 })
  at!: Date

  /** Empty: of no data centre in particular. */
  @PrimaryColumn({ type: 'varchar', length: 64 })
  dc!: string

  @PrimaryColumn({ type: 'tinyint', unsigned: true })
  shard!: number

  @Column({ type: 'varchar', length: 16 })
  state!: SlotState

  @Column({ type: 'varchar', length: 16, nullable: true })
  reason!: SlotReason | null

  @Column({ type: 'varchar', length: 500, nullable: true })
  detail!: string | null

  @Column(momentColumn('run_at'))
  runAt!: Date

  @Column({ type: 'int', unsigned: true })
  attempt!: number

  @Column({ name: 'attempts_json', type: 'simple-json' })
  attempts!: StoredAttempt[]

  @Column({ type: 'varchar', length: 120, nullable: true })
  holder!: string | null

  @Column({ ...momentColumn('lease_until'), nullable: true })
  leaseUntil!: Date | null

  @Column({ ...momentColumn('started_at'), nullable: true })
  startedAt!: Date | null

  @Column({ ...momentColumn('ended_at'), nullable: true })
  endedAt!: Date | null

  @Column({ type: 'tinyint', unsigned: true })
  cancel!: number

  @Column({ name: 'progress_json', type: 'simple-json', nullable: true })
  progress!: { done: number; total: number; note: string } | null

  @Column({ name: 'result_json', type: 'simple-json', nullable: true })
  result!: unknown

  @Column({ name: 'manual_json', type: 'simple-json', nullable: true })
  manual!: { actor: string; reason: string } | null
}

/** Times in Unix milliseconds. */
export interface StoredAttempt {
  /** Fencing token within the slot. */
  n: number
  holder: string
  atMs: number
  endedAtMs: number | null
  outcome: 'ok' | 'failed' | 'lost' | 'cancelled' | null
  error: string | null
}

/** The script of an event; its steps are jobs. */
@Entity('timelines')
export class TimelineEntity {
  @PrimaryColumn({ name: 'event_id', type: 'varchar', length: 64 })
  eventId!: string

  @Column({ type: 'varchar', length: 64, nullable: true })
  template!: string | null

  @Column({ type: 'int', unsigned: true })
  version!: number

  @Column({ name: 'held_json', type: 'simple-json', nullable: true })
  held!: { by: string; reason: string; at: string } | null

  @Column(momentColumn('updated_at'))
  updatedAt!: Date
}
