import { AppError, fieldRefused, type opsApi, type RouteInput, type RouteReply } from '@gala/contracts'
import type { Database } from '@gala/database'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import { type Act, AuditRepository } from '../audit/audit.repository.js'
import type { BaseContext } from '../base.config.js'
import { FleetService } from '../fleet/fleet.service.js'
import { DATABASE } from '../tokens.js'
import { holderOf } from '../writer/succession.js'
import type { Ask } from '../writer/votes.js'
import { WRITER, type WriterParts } from '../writer/writer-parts.js'
import { BoardService } from './board.service.js'

type Preview = RouteReply<typeof opsApi.datacentres.preview>
type MoveGiven = RouteInput<typeof opsApi.datacentres.moveWriter>['body']

const lookEveryMs = 50
/** A hand-over is given up after 1.2 s, an emergency needs a lease to run out. */
const movedWithinMs = 10_000
/** A replica further behind would keep everybody from writing for too long. */
const behindMax = 1_000

/** Moves the writer to another data centre, as operators ask. */
@Injectable()
export class MoveService {
  constructor(
    @Inject(WRITER) private readonly writer: WriterParts | undefined,
    @Inject(DATABASE) private readonly database: Pick<Database, 'onWriter'>,
    @Inject(APP_CONTEXT) private readonly context: BaseContext,
    private readonly boards: BoardService,
    private readonly fleet: FleetService,
    private readonly audit: AuditRepository,
  ) {}

  async preview(to: string): Promise<Preview> {
    if (!this.fleet.dcs.includes(to)) {
      throw fieldRefused('query.to', `there is no data centre ${to}; there are ${this.fleet.dcs.join(', ')}`)
    }
    const { writer, items, atRisk } = await this.boards.board()
    const item = (dc: string | null) => items.find(({ id }) => id === dc)?.mysql
    const [from, target] = [item(writer.dc), item(to)]
    const behind = from?.position != null && target?.position != null ? from.position - target.position : null
    const writes = atRisk.find(({ data }) => data === 'writes')
    const checks = [
      check(
        'kept',
        this.writer !== undefined,
        'base decides who writes',
        'no keeper is configured: something else decides who writes',
      ),
      check('elsewhere', writer.dc !== to, `${to} does not write yet`, `${to} is the writer already`),
      check('server up', target?.state === 'up', `the server of ${to} answers`, target?.detail ?? 'does not answer'),
      check(
        'follows',
        target?.role === 'replica' && target.detail === null,
        'it follows the writer',
        target?.detail ?? 'it follows nobody',
      ),
    ]
    const possible = checks.every(({ ok }) => ok)
    const near = check(
      'caught up',
      behind !== null && behind <= behindMax,
      `${behind} changes behind: caught up before anybody writes there`,
      behind === null ? 'cannot be told' : `${behind} changes behind, more than ${behindMax}`,
    )
    const held = check('held', writer.dc !== null, `${writer.dc} hands over`, 'nobody writes now')
    const whole = check('nothing lost', writes?.amount === 0, writes?.rule ?? '', writes?.rule ?? 'cannot be told')
    const planned = possible && near.ok && held.ok
    const mode = planned ? ('planned' as const) : possible && writer.dc === null ? ('emergency' as const) : null
    return { from: writer.dc, to, token: writer.token, mode, checks: [...checks, held, near, whole] }
  }

  /** @throws AppError STALE_VERSION, WRITER_NOT_MOVED, VALIDATION_FAILED. */
  async move({ to, mode, reason, expectedToken }: MoveGiven, actor: Act['actor']) {
    const { clock } = this.context
    const preview = await this.preview(to)
    if (preview.token !== expectedToken) {
      const detail = `the writer has token ${preview.token}, not ${expectedToken}`
      throw new AppError('STALE_VERSION', detail, { current: preview })
    }
    if (preview.mode !== mode || !this.writer) {
      const wrong = preview.checks.filter(({ ok }) => !ok).map(({ name, detail }) => `${name}: ${detail}`)
      const other = preview.mode ? `it can be moved ${preview.mode}` : 'it cannot be moved now'
      throw new AppError('WRITER_NOT_MOVED', [other, ...wrong].join('; '))
    }
    const ask: Ask = { to, mode, token: expectedToken }
    await this.writer.votes.ask(ask)
    const untilMs = clock.monotonicMs() + movedWithinMs
    while (clock.monotonicMs() < untilMs) {
      await clock.sleep(lookEveryMs)
      const looks = await this.writer.votes.look()
      const ballots = looks.flatMap(({ ballot }) => ballot ?? [])
      const holder = holderOf(ballots, this.writer.votes.needed)
      if (!holder || holder.token <= expectedToken || holder.openedMs === 0) continue
      if (holder.dc !== to) throw new AppError('WRITER_NOT_MOVED', `${holder.dc} took it instead`)
      const readOnlyMs = mode === 'planned' ? holder.openedMs - holder.closedMs : null
      const done = { from: preview.from, to, token: holder.token, readOnlyMs }
      const act = { actor, action: 'datacentres.writer', target: 'writer', reason }
      await this.database.onWriter((manager) =>
        this.audit.done(manager, {
          ...act,
          before: { dc: preview.from, token: expectedToken },
          after: { ...done, mode },
        }),
      )
      return done
    }
    throw new AppError(
      'WRITER_NOT_MOVED',
      `${to} did not take it within ${movedWithinMs / 1_000} s; nothing has changed hands`,
    )
  }
}

const check = (name: string, ok: boolean, good: string, bad: string) => ({ name, ok, detail: ok ? good : bad })
