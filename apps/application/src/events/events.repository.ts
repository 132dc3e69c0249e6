import type { Event } from '@gala/contracts'
import { type Database, EventEntity, type Positioned, toEvent } from '@gala/database'
import { Inject, Injectable } from '@nestjs/common'
import { Not } from 'typeorm'
import { PARTS } from '../parts.js'

@Injectable()
export class EventsRepository {
  readonly #database: Database

  constructor(@Inject(PARTS) parts: { database: Database }) {
    this.#database = parts.database
  }

  /** The event, or null: also for a draft, which the audience must not learn of. */
  find(id: string, atLeast: number): Promise<Positioned<Event | null>> {
    return this.#database.read(async (manager) => {
      const row = await manager.findOneBy(EventEntity, { id, status: Not('draft') })
      return row && toEvent(row)
    }, atLeast)
  }

  page(status: Event['status'] | undefined, page: number, pageSize: number, atLeast: number) {
    return this.#database.read(async (manager) => {
      const [rows, total] = await manager.findAndCount(EventEntity, {
        where: { status: status ?? Not('draft') },
        order: { startAt: 'ASC', id: 'ASC' },
        skip: (page - 1) * pageSize,
        take: pageSize,
      })
      return { items: rows.map(toEvent), page, pageSize, total }
    }, atLeast)
  }
}
