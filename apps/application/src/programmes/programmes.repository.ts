import type { Programme } from '@gala/contracts'
import { type Database, type Positioned, ProgrammeEntity, RunningOrderEntity, toProgramme } from '@gala/database'
import { Inject, Injectable } from '@nestjs/common'
import { PARTS } from '../parts.js'

export interface StoredOrder {
  version: number
  programmes: Programme[]
}

@Injectable()
export class ProgrammesRepository {
  readonly #database: Database

  constructor(@Inject(PARTS) parts: { database: Database }) {
    this.#database = parts.database
  }

  /** Version 0 without items while the event has no running order. */
  find(eventId: string, atLeast: number): Promise<Positioned<StoredOrder>> {
    return this.#database.read(async (manager) => {
      const order = await manager.findOneBy(RunningOrderEntity, { eventId })
      const rows = await manager.find(ProgrammeEntity, { where: { eventId }, order: { position: 'ASC' } })
      return { version: order?.version ?? 0, programmes: rows.map(toProgramme) }
    }, atLeast)
  }
}
