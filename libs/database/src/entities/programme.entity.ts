import type { Programme } from '@gala/contracts'
import { Column, Entity, PrimaryColumn } from 'typeorm'
import { momentColumn } from './columns.js'

/** The running order as a whole: what an edit is checked against. */
@Entity('running_orders')
export class RunningOrderEntity {
  @PrimaryColumn({ name: 'event_id', type: 'varchar', length: 64 })
  eventId!: string

  @Column({ type: 'int', unsigned: true })
  version!: number

  @Column(momentColumn('updated_at'))
  updatedAt!: Date
}

@Entity('programmes')
export class ProgrammeEntity {
  @PrimaryColumn({ name: 'event_id', type: 'varchar', length: 64 })
  eventId!: string

  @PrimaryColumn({ type: 'varchar', length: 64 })
  id!: string

  @Column({ type: 'int', unsigned: true })
  position!: number

  @Column({ type: 'varchar', length: 120 })
  title!: string

  @Column({ name: 'title_en', type: 'varchar', length: 200 })
  titleEn!: string

  @Column({ type: 'varchar', length: 16 })
  kind!: Programme['kind']

  @Column({ type: 'simple-json' })
  performers!: string[]

  @Column(momentColumn('start_at'))
  startAt!: Date

  @Column({ name: 'duration_s', type: 'int', unsigned: true })
  durationS!: number
}

/** The row as the contract shows it. */
export const toProgramme = (row: ProgrammeEntity): Programme => ({
  id: row.id,
  title: row.title,
  titleEn: row.titleEn,
  kind: row.kind,
  performers: row.performers,
  startAt: row.startAt.toISOString(),
  durationS: row.durationS,
})
