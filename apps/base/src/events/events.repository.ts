import type { Event } from '@gala/contracts'
import { type Database, EventEntity, toEvent } from '@gala/database'
import { Inject, Injectable } from '@nestjs/common'
import type { EntityManager } from 'typeorm'
import { DATABASE } from '../tokens.js'

@Injectable()
export class EventsRepository {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  async page(status: Event['status'] | undefined, page: number, pageSize: number) {
    const { value } = await this.database.read((manager) =>
      manager.findAndCount(EventEntity, {
        where: status === undefined ? {} : { status },
        order: { startAt: 'DESC', id: 'ASC' },
        skip: (page - 1) * pageSize,
        take: pageSize,
      }),
    )
    return { items: value[0].map(toEvent), total: value[1] }
  }

  /** The event as the writer holds it: an editor must not start from what a replica has not received yet. */
  async current(id: string): Promise<Event | undefined> {
    return await this.database.onWriter((manager) => this.found(manager, id))
  }

  /** In a transaction that only looks. */
  async found(manager: EntityManager, id: string): Promise<Event | undefined> {
    const row = await manager.findOneBy(EventEntity, { id })
    return row ? toEvent(row) : undefined
  }

  /** Inside a write: the row, locked until the transaction ends. */
  async locked(manager: EntityManager, id: string): Promise<Event | undefined> {
    const row = await manager.findOne(EventEntity, { where: { id }, lock: { mode: 'pessimistic_write' } })
    return row ? toEvent(row) : undefined
  }

  async insert(manager: EntityManager, event: Event) {
    await manager.insert(EventEntity, toRow(event))
  }

  async update(manager: EntityManager, event: Event) {
    await manager.update(EventEntity, { id: event.id }, toRow(event))
  }
}

const toRow = (event: Event) => ({
  ...event,
  startAt: new Date(event.startAt),
  endAt: new Date(event.endAt),
  updatedAt: new Date(event.updatedAt),
})
