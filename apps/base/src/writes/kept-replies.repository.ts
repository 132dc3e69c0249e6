import { AppError } from '@gala/contracts'
import { type Database, KeptReplyEntity } from '@gala/database'
import { APP_CONTEXT, type KeyedRequest } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { EntityManager } from 'typeorm'
import type { BaseContext } from '../base.config.js'
import { DATABASE } from '../tokens.js'

/** Nobody sends an act of yesterday again. */
const keptMs = 86_400_000
/** More than one write a second over all of that. */
const rowsMost = 100_000

/** Thrown so that the transaction it is found in is undone: this request has been done, and answered like this. */
export class AlreadyDone extends Error {
  constructor(readonly reply: unknown) {
    super('the request has been done already')
  }
}

/** What writes with an idempotency key were answered. */
@Injectable()
export class KeptReplies {
  constructor(
    @Inject(DATABASE) private readonly database: Pick<Database, 'onWriter'>,
    @Inject(APP_CONTEXT) private readonly context: Pick<BaseContext, 'clock'>,
  ) {}

  /** Inside a write, which lets nobody else write meanwhile. @throws AlreadyDone; AppError IDEMPOTENCY_KEY_REUSED. */
  async mustBeNew(manager: EntityManager, { id, fingerprint }: KeyedRequest) {
    const row = await manager.findOneBy(KeptReplyEntity, { id })
    if (!row) return
    if (row.fingerprint === fingerprint) throw new AlreadyDone(row.reply)
    throw keyReused(row.route)
  }

  /** The same outside of one. */
  async mustNotBeDone(keyed: KeyedRequest) {
    await this.database.onWriter((manager) => this.mustBeNew(manager, keyed))
  }

  /** Inside the write that has done it. */
  async keep(manager: EntityManager, keyed: KeyedRequest, reply: unknown) {
    const row = { ...keyed, reply: reply as object, at: new Date(this.context.clock.nowMs()) }
    await manager.insert(KeptReplyEntity, row)
  }

  /** Deletes those older than a day and those beyond the newest `rowsMax`, at most `limit` at a time; returns how many. */
  async trim(limit: number, rowsMax: number = rowsMost): Promise<number> {
    return await this.database.onWriter(async (manager) => {
      const [beyond] = await manager.query<{ at: Date }[]>(
        'SELECT at FROM kept_replies ORDER BY at DESC LIMIT 1 OFFSET ?',
        [rowsMax],
      )
      const endMs = Math.max(this.context.clock.nowMs() - keptMs, beyond?.at.getTime() ?? 0)
      const sql = 'DELETE FROM kept_replies WHERE at <= ? ORDER BY at LIMIT ?'
      const { affectedRows } = await manager.query<{ affectedRows: number }>(sql, [new Date(endMs), limit])
      return affectedRows
    })
  }
}

export const keyReused = (route: string) =>
  new AppError('IDEMPOTENCY_KEY_REUSED', `this key was first sent with another request, to ${route}`)
