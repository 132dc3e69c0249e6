import type { Event } from '@gala/contracts'
import { Column, Entity, PrimaryColumn } from 'typeorm'
import { momentColumn } from './columns.js'

@Entity('events')
export class EventEntity {
  @PrimaryColumn({ type: 'varchar', length: 64 })
  id!: string

  @Column({ type: 'varchar', length: 16 })
  kind!: Event['kind']

  @Column({ type: 'varchar', length: 120 })
  title!: string

  @Column({ name: 'title_en', type: 'varchar', length: 200 })
  titleEn!: string

  @Column({ type: 'varchar', length: 2000 })
  summary!: string

  @Column({ type: 'varchar', length: 120 })
  venue!: string

  @Column({ type: 'varchar', length: 16 })
  status!: Event['status']

  @Column({ type: 'varchar', length: 16 })
  room!: Event['room']

  @Column(momentColumn('start_at'))
  startAt!: Date

  @Column(momentColumn('end_at'))
  endAt!: Date

  @Column({ type: 'int', unsigned: true })
  version!: number

  @Column(momentColumn('updated_at'))
  updatedAt!: Date
}

/** The row as the contract shows it. */
export const toEvent = (row: EventEntity): Event => ({
  id: row.id,
  kind: row.kind,
  title: row.title,
  titleEn: row.titleEn,
  summary: row.summary,
  venue: row.venue,
  status: row.status,
  room: row.room,
  startAt: row.startAt.toISOString(),
  endAt: row.endAt.toISOString(),
  version: row.version,
  updatedAt: row.updatedAt.toISOString(),
})
