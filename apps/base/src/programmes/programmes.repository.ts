import type { Programme } from '@gala/contracts'
import { type Database, ProgrammeEntity, RunningOrderEntity, toProgramme } from '@gala/database'
import { Inject, Injectable } from '@nestjs/common'
import type { EntityManager } from 'typeorm'
import { DATABASE } from '../tokens.js'

export interface StoredOrder {
  eventId: string
  /** 0 while the event has no running order. */
  version: number
  items: Programme[]
}

@Injectable()
export class ProgrammesRepository {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** As the writer holds it. */
  current(eventId: string): Promise<StoredOrder> {
    return this.database.onWriter((manager) => this.read(manager, eventId))
  }

  async read(manager: EntityManager, eventId: string): Promise<StoredOrder> {
    const head = await manager.findOneBy(RunningOrderEntity, { eventId })
    const rows = await manager.find(ProgrammeEntity, { where: { eventId }, order: { position: 'ASC' } })
    return { eventId, version: head?.version ?? 0, items: rows.map(toProgramme) }
  }

  async replace(manager: EntityManager, { eventId, version, items }: StoredOrder, at: Date) {
    if (version === 1) await manager.insert(RunningOrderEntity, { eventId, version, updatedAt: at })
    else await manager.update(RunningOrderEntity, { eventId }, { version, updatedAt: at })
    await manager.delete(ProgrammeEntity, { eventId })
    if (items.length === 0) return
    await manager.insert(
      ProgrammeEntity,
      items.map((item, position) => ({ ...item, eventId, position, startAt: new Date(item.startAt) })),
    )
  }
}
