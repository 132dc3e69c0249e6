import type { ErrorCode } from '@gala/contracts'
import { AuditEntity, type Database, toAuditEntry } from '@gala/database'
import { APP_CONTEXT, type RequestActor } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import { type EntityManager, MoreThan } from 'typeorm'
import type { BaseContext } from '../base.config.js'
import { DATABASE } from '../tokens.js'

export interface Act {
  actor: Pick<RequestActor, 'subject' | 'role' | 'traceId' | 'keyed'>
  action: string
  target: string
  reason?: string | undefined
  before?: unknown
  after?: unknown
  /** When it was done, if not now. */
  at?: Date
}

/** Who did what, when, why. A done act is written in the transaction that does it, so neither exists without the other. */
@Injectable()
export class AuditRepository {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(APP_CONTEXT) private readonly context: BaseContext,
  ) {}

  async done(manager: EntityManager, act: Act) {
    await manager.insert(AuditEntity, this.#row(act, 'done', null))
  }

  /** Inside a write: whether this has been done to its target before. */
  async isDone(manager: EntityManager, { action, target }: Pick<Act, 'action' | 'target'>): Promise<boolean> {
    return await manager.existsBy(AuditEntity, { target, action, outcome: 'done' })
  }

  async refused(act: Act, code: ErrorCode) {
    await this.database.onWriter((manager) => manager.insert(AuditEntity, this.#row(act, 'refused', code)))
  }

  /**
   * Acts that were done without the database, which could not be asked then. Each is written once, however often it is tried:
   * its trace id is its own.
   */
  async afterwards(acts: readonly Act[]) {
    await this.database.onWriter(async (manager) => {
      for (const act of acts) {
        const { target, actor } = act
        if (await manager.existsBy(AuditEntity, { target, traceId: actor.traceId })) continue
        await manager.insert(AuditEntity, this.#row(act, 'done', null))
      }
    })
  }

  async page(target: string | undefined, page: number, pageSize: number) {
    const { value } = await this.database.read((manager) =>
      manager.findAndCount(AuditEntity, {
        where: target === undefined ? {} : { target },
        order: { id: 'DESC' },
        skip: (page - 1) * pageSize,
        take: pageSize,
      }),
    )
    return { items: value[0].map(toAuditEntry), total: value[1] }
  }

  /** Entries after `id`, oldest first: what a stream has not shown yet. */
  async after(id: number, limit: number) {
    const { value } = await this.database.read((manager) =>
      manager.find(AuditEntity, { where: { id: MoreThan(String(id)) }, order: { id: 'ASC' }, take: limit }),
    )
    return value.map(toAuditEntry)
  }

  async newestId(): Promise<number> {
    const { value } = await this.database.read((manager) =>
      manager.find(AuditEntity, { order: { id: 'DESC' }, take: 1 }),
    )
    return Number(value[0]?.id ?? 0)
  }

  #row({ actor, action, target, reason, before, after, at }: Act, outcome: 'done' | 'refused', code: ErrorCode | null) {
    return {
      at: at ?? new Date(this.context.clock.nowMs()),
      actor: actor.subject,
      role: actor.role,
      action,
      target,
      outcome,
      code,
      reason: reason ?? null,
      before: (before ?? null) as object,
      after: (after ?? null) as object,
      dc: this.context.config.GALA_DC,
      traceId: actor.traceId,
    }
  }
}
