import { AppError, changeSchema, fieldRefused, type opsApi, type RouteInput } from '@gala/contracts'
import { Injectable } from '@nestjs/common'
import { type Act, AuditRepository } from '../audit/audit.repository.js'
import { OperatorWrites } from '../writes/operator-writes.js'
import { CacheReports } from './cache-reports.js'

type Invalidation = RouteInput<typeof opsApi.cache.invalidate>['body']

/** As long as the audit's column; the whole key stands in the entry as well. */
const targetMax = 120

@Injectable()
export class CacheService {
  constructor(
    private readonly writes: OperatorWrites,
    private readonly reports: CacheReports,
    private readonly audit: AuditRepository,
  ) {}

  /**
   * Writes a change that touches nothing but tags: it travels as every other change does, so every process that has
   * applied its position has ended what was made from them.
   * @throws AppError VALIDATION_FAILED, CACHE_KEY_NOT_HELD.
   */
  async invalidate({ tag, key, reason }: Invalidation, actor: Act['actor']) {
    const tags = await this.#tagsOf(tag, key)
    const target = (key === undefined ? `tag:${tag}` : `key:${key}`).slice(0, targetMax)
    const after = { ...(key !== undefined && { key }), tags }
    const { value } = await this.writes.write(actor, async (manager, position) => {
      await this.audit.done(manager, { actor, action: 'cache.invalidate', target, reason, after })
      return { value: { position, tags }, tags }
    })
    return value
  }

  async #tagsOf(tag: string | undefined, key: string | undefined): Promise<string[]> {
    if (tag !== undefined && key !== undefined) throw fieldRefused('body.key', 'name a tag or a key, not both')
    if (tag !== undefined) return [tag]
    if (key === undefined) throw fieldRefused('body.tag', 'name a tag or a key')
    return this.#tagsOfKey(key)
  }

  /** What the copies of all processes were made from: they may have been loaded at different times. */
  async #tagsOfKey(key: string): Promise<string[]> {
    const items = await this.reports.all(key)
    const held = items.flatMap(({ report }) => report?.entry ?? [])
    if (held.length === 0) {
      const silent = items.filter(({ report }) => !report).map(({ name }) => name)
      const but = silent.length > 0 ? `; not heard from: ${silent.slice(0, 20).join(', ')}` : ''
      throw new AppError('CACHE_KEY_NOT_HELD', `no process holds ${key.slice(0, 200)}${but}`)
    }
    const tags = [...new Set(held.flatMap((entry) => entry.tags))]
    if (tags.length === 0) throw fieldRefused('body.key', 'was made from nothing that has a tag: it ends by time alone')
    // What the bus could not carry must never get into the outbox: the relay would stand still at it.
    if (changeSchema.shape.tags.safeParse(tags).success) return tags
    throw fieldRefused('body.key', `was made from ${tags.length} tags, more than a change carries: name one of them`)
  }
}
