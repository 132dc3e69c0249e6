import { tags } from '@gala/contracts'
import type { Database } from '@gala/database'
import { randomHex } from '@gala/kernel'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { EntityManager } from 'typeorm'
import { type Act, AuditRepository } from '../../audit/audit.repository.js'
import type { BaseContext } from '../../base.config.js'
import { RelayService } from '../../relay/relay.service.js'
import { DATABASE } from '../../tokens.js'
import type { Run } from '../handler.js'
import { staleToken } from '../refusals.js'

/** The one transaction an effect happens in. */
export interface EffectWrite {
  manager: EntityManager
  /** Of the change this makes. */
  position: number
  at: Date
  /** The job, as the audit names whoever does something. */
  actor: Act['actor']
  /** Which slot it is done for. */
  reason: string
}

export interface Effect<T> {
  /** JSON; kept, and answered again. */
  reply: T
  tags: readonly string[]
  /** Left out by whoever has written the audit itself. */
  audit?: Pick<Act, 'action' | 'target' | 'before' | 'after'>
}

/** What runs of slots do to the platform: each once for a slot, and only for the attempt that runs it. */
@Injectable()
export class EffectsRepository {
  constructor(
    @Inject(DATABASE) private readonly database: Pick<Database, 'write'>,
    @Inject(APP_CONTEXT) private readonly context: Pick<BaseContext, 'clock'>,
    private readonly audit: AuditRepository,
    private readonly relay: RelayService,
  ) {}

  /**
   * Does `work` and keeps its reply under `effect`, in one write; the second time for this slot it answers what was kept and does
   * nothing. The slot stays locked until the write ends, so a slot that is given to somebody else waits for it, or comes first.
   * A slot of one data centre is in a ledger this transaction cannot see: its effects happen once, but a stale attempt may do them.
   * @throws ActRefused STALE_TOKEN when the slot is not run by this attempt; what `work` and Database.write throw.
   */
  async once<T>(
    run: Run,
    effect: string,
    work: (write: EffectWrite) => Promise<Effect<T>>,
  ): Promise<{ reply: T; position: number | undefined }> {
    const key = [run.job, new Date(run.atMs), run.dc, run.shard]
    const traceId = randomHex(16)
    const actor: Act['actor'] = { subject: `job:${run.job}`.slice(0, 120), role: 'operator', traceId }
    const reason = `${effect} of the slot ${nameOf(run)}, attempt ${run.attempt}`
    try {
      const { value, position } = await this.database.write(async (manager, newest) => {
        if (run.dc === '') await mustRun(manager, run, key)
        const kept = await keptReply(manager, key, effect)
        if (kept) throw kept
        const at = new Date(this.context.clock.nowMs())
        const done = await work({ manager, position: newest, at, actor, reason })
        await keep(manager, [...key, effect, run.attempt, at], done.reply)
        if (done.audit) await this.audit.done(manager, { ...done.audit, actor, reason })
        return { value: done.reply, tags: done.tags.length > 0 ? done.tags : [tags.jobs] }
      })
      this.relay.nudge()
      return { reply: value, position }
    } catch (error) {
      if (error instanceof DoneBefore) return { reply: error.reply as T, position: undefined }
      throw error
    }
  }
}

/** Thrown so that the transaction is undone: nothing is to be announced. */
class DoneBefore extends Error {
  constructor(readonly reply: unknown) {
    super('it has been done for this slot already')
  }
}

async function mustRun(manager: EntityManager, { attempt }: Run, key: readonly unknown[]) {
  const [row] = await manager.query<{ state: string; attempt: number }[]>(
    'SELECT state, attempt FROM job_slots WHERE job_id = ? AND at = ? AND dc = ? AND shard = ? FOR UPDATE',
    [...key],
  )
  if (row?.state !== 'running' || Number(row.attempt) !== attempt) throw staleToken(attempt)
}

async function keptReply(manager: EntityManager, key: readonly unknown[], effect: string) {
  const [row] = await manager.query<{ reply_json: string }[]>(
    'SELECT reply_json FROM job_effects WHERE job_id = ? AND at = ? AND dc = ? AND shard = ? AND effect = ?',
    [...key, effect],
  )
  return row && new DoneBefore(JSON.parse(row.reply_json))
}

async function keep(manager: EntityManager, row: readonly unknown[], reply: unknown) {
  await manager.query(
    `INSERT INTO job_effects (job_id, at, dc, shard, effect, attempt, done_at, reply_json) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    [...row, JSON.stringify(reply ?? null)],
  )
}

const nameOf = ({ job, atMs, dc, shard, shards }: Run) =>
  [`${job} at ${new Date(atMs).toISOString()}`, dc, shards > 1 ? `part ${shard}` : ''].filter(Boolean).join(', ')
