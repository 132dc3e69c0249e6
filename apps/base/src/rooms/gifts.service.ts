import { AppError, type opsApi, type RouteInput, type RouteReply, tags } from '@gala/contracts'
import { CatalogueEntity, type Database, GiftEntity } from '@gala/database'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { EntityManager } from 'typeorm'
import { type Act, AuditRepository } from '../audit/audit.repository.js'
import type { BaseContext } from '../base.config.js'
import { DATABASE } from '../tokens.js'
import { OperatorWrites } from '../writes/operator-writes.js'

type Catalogue = RouteReply<typeof opsApi.rooms.gifts>
type Edit = RouteInput<typeof opsApi.rooms.saveGifts>['body']

const name = 'gifts'

/** The catalogue of gifts, which is edited as a whole. */
@Injectable()
export class GiftsService {
  constructor(
    private readonly writes: OperatorWrites,
    @Inject(DATABASE) private readonly database: Pick<Database, 'read'>,
    @Inject(APP_CONTEXT) private readonly context: Pick<BaseContext, 'clock'>,
    private readonly audit: AuditRepository,
  ) {}

  async read(): Promise<Catalogue> {
    return (await this.database.read((manager) => this.#held(manager))).value
  }

  /** @throws AppError STALE_VERSION with what is there now. */
  async save({ items, expectedVersion, reason }: Edit, actor: Act['actor']) {
    const { value } = await this.writes.write(actor, async (manager, position) => {
      const before = await this.#held(manager)
      if (before.version !== expectedVersion) {
        const detail = `expected version ${expectedVersion}, but it is at version ${before.version}`
        throw new AppError('STALE_VERSION', detail, { current: before })
      }
      const version = expectedVersion + 1
      const updatedAt = new Date(this.context.clock.nowMs())
      await manager.save(CatalogueEntity, { name, version, updatedAt, updatedBy: actor.subject })
      // Not `clear`: that would end the transaction.
      await manager.query('DELETE FROM gifts')
      const rows = items.map((item, sort) => ({ ...item, active: item.active ? 1 : 0, sort }))
      if (rows.length > 0) await manager.insert(GiftEntity, rows)
      await this.audit.done(manager, {
        actor,
        action: 'gifts.edit',
        target: 'gifts',
        reason,
        ...differing(before.items, items),
      })
      return { value: { items, version, position }, tags: [tags.gifts] }
    })
    return value
  }

  async #held(manager: EntityManager): Promise<Catalogue> {
    const version = (await manager.findOneBy(CatalogueEntity, { name }))?.version ?? 0
    const rows = await manager.find(GiftEntity, { order: { sort: 'ASC', kind: 'ASC' } })
    return {
      items: rows.map(({ kind, title, value, active }) => ({ kind, title, value, active: active === 1 })),
      version,
    }
  }
}

/** Only the gifts that differ; their order is not worth a line. */
function differing(before: Catalogue['items'], after: Catalogue['items']) {
  const onlyIn = (these: Catalogue['items'], those: Catalogue['items']) => {
    const known = new Set(those.map((item) => JSON.stringify(item)))
    return these.filter((item) => !known.has(JSON.stringify(item)))
  }
  return { before: { items: onlyIn(before, after) }, after: { items: onlyIn(after, before) } }
}
