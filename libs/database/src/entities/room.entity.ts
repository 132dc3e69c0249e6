import type { Mute, RoomSettings, WordAct, WordList } from '@gala/contracts'
import { Column, Entity, PrimaryColumn } from 'typeorm'
import { momentColumn } from './columns.js'

@Entity('room_settings')
export class RoomSettingsEntity {
  @PrimaryColumn({ type: 'varchar', length: 64 })
  room!: string

  @Column({ name: 'on_hit', type: 'varchar', length: 16 })
  onHit!: WordAct

  @Column({ name: 'slow_s', type: 'smallint', unsigned: true })
  slowS!: number

  /** Whether viewers may write; 1 or 0. */
  @Column({ type: 'tinyint', unsigned: true })
  chat!: number

  @Column({ type: 'int', unsigned: true })
  version!: number

  @Column(momentColumn('updated_at'))
  updatedAt!: Date

  @Column({ name: 'updated_by', type: 'varchar', length: 120 })
  updatedBy!: string
}

/** Who may not write in a room until when. */
@Entity('room_mutes')
export class RoomMuteEntity {
  @PrimaryColumn({ type: 'varchar', length: 64 })
  room!: string

  @PrimaryColumn({ type: 'varchar', length: 120 })
  viewer!: string

  @Column(momentColumn('until_at'))
  until!: Date

  @Column({ type: 'varchar', length: 500 })
  reason!: string

  @Column({ type: 'varchar', length: 120 })
  actor!: string
}

@Entity('word_lists')
export class WordListEntity {
  @PrimaryColumn({ type: 'varchar', length: 64 })
  id!: string

  @Column({ type: 'varchar', length: 120 })
  title!: string

  @Column({ type: 'varchar', length: 16 })
  act!: WordList['act']

  /** One a line. */
  @Column({ type: 'mediumtext' })
  words!: string

  @Column({ type: 'int', unsigned: true })
  version!: number

  @Column(momentColumn('updated_at'))
  updatedAt!: Date

  @Column({ name: 'updated_by', type: 'varchar', length: 120 })
  updatedBy!: string
}

@Entity('gifts')
export class GiftEntity {
  @PrimaryColumn({ type: 'varchar', length: 64 })
  kind!: string

  @Column({ type: 'varchar', length: 80 })
  title!: string

  /** Of one, in the smallest unit. */
  @Column({ type: 'int', unsigned: true })
  value!: number

  /** Whether it can be given; 1 or 0. */
  @Column({ type: 'tinyint', unsigned: true })
  active!: number

  /** Its place in the catalogue. */
  @Column({ type: 'smallint', unsigned: true })
  sort!: number
}

/** The version of what is edited as a whole and has a row for each of its parts: `gifts`. */
@Entity('catalogues')
export class CatalogueEntity {
  @PrimaryColumn({ type: 'varchar', length: 64 })
  name!: string

  @Column({ type: 'int', unsigned: true })
  version!: number

  @Column(momentColumn('updated_at'))
  updatedAt!: Date

  @Column({ name: 'updated_by', type: 'varchar', length: 120 })
  updatedBy!: string
}

/** Everything operators set for rooms. */
export const roomEntities = [RoomSettingsEntity, RoomMuteEntity, WordListEntity, GiftEntity, CatalogueEntity]

/** The row as the contract shows it. */
export const toRoomSettings = (row: RoomSettingsEntity): RoomSettings => ({
  room: row.room,
  onHit: row.onHit,
  slowS: row.slowS,
  chat: row.chat === 1,
  version: row.version,
})

/** The row as the contract shows it. */
export const toMute = (row: RoomMuteEntity): Mute => ({
  viewer: row.viewer,
  until: row.until.toISOString(),
  reason: row.reason,
  actor: row.actor,
})

/** The row as the contract shows it. */
export const toWordList = (row: WordListEntity): WordList => ({
  id: row.id,
  title: row.title,
  act: row.act,
  words: row.words === '' ? [] : row.words.split('\n'),
  version: row.version,
  updatedAt: row.updatedAt.toISOString(),
  updatedBy: row.updatedBy,
})
