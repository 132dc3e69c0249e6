import { Column, Entity, PrimaryColumn } from 'typeorm'
import { momentColumn } from './columns.js'
import { OrderedEntity } from './ordered.entity.js'

/** The newest weight ordered for a data centre; 100 is a release, which stays for its revision. */
@Entity('weight_orders')
export class WeightOrderEntity extends OrderedEntity {
  @PrimaryColumn({ type: 'varchar', length: 64 })
  dc!: string

  /** Of a hundred requests, those its own application answers. */
  @Column({ type: 'tinyint', unsigned: true })
  percent!: number

  /** Null: until it is taken back. */
  @Column({ ...momentColumn('expires_at'), nullable: true })
  expiresAt!: Date | null
}
