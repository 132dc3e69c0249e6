import {
  AppError,
  defaultPool,
  fieldRefused,
  movesMax,
  type opsApi,
  type RouteInput,
  type RouteReply,
  tags,
} from '@gala/contracts'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import { type Act, AuditRepository } from '../audit/audit.repository.js'
import type { BaseContext } from '../base.config.js'
import { FleetService } from '../fleet/fleet.service.js'
import { OperatorWrites } from '../writes/operator-writes.js'
import { poolsOf } from './breaker-items.js'
import { ControlRepository, positionOf, shownOf, toMove } from './control.repository.js'
import { ControlReader } from './control-reader.js'
import { ReceiptBook } from './receipts.js'
import { ResilienceReports } from './resilience-reports.js'

type MoveGiven = RouteInput<typeof opsApi.pools.move>['body']

@Injectable()
export class PoolsService {
  readonly #receipts = new ReceiptBook()

  constructor(
    private readonly writes: OperatorWrites,
    @Inject(APP_CONTEXT) private readonly context: BaseContext,
    private readonly fleet: FleetService,
    private readonly control: ControlRepository,
    private readonly reader: ControlReader,
    private readonly reports: ResilienceReports,
    private readonly audit: AuditRepository,
  ) {}

  async report(): Promise<RouteReply<typeof opsApi.pools.report>> {
    const [orders, processes] = await Promise.all([this.reader.orders(), this.reports.all()])
    const position = positionOf(orders)
    const moves = shownOf(orders, this.context.clock.nowMs()).moves.map((row) => ({
      ...toMove(row),
      at: row.at.toISOString(),
      receipts: this.#receipts.of(row, position, processes),
    }))
    return { position, items: poolsOf(processes, this.fleet.dcs), moves }
  }

  /**
   * Every request that names the event is answered by the pool from here on; by the default pool, it is moved back.
   * @throws AppError EVENT_NOT_FOUND, POOL_NOT_FOUND, VALIDATION_FAILED.
   */
  async move(event: string, { pool, reason }: MoveGiven, actor: Act['actor']) {
    await this.#mustBeKnown(pool)
    const { value } = await this.writes.write(actor, async (manager, newest) => {
      if (!(await this.control.isEvent(manager, event))) {
        throw new AppError('EVENT_NOT_FOUND', `there is no event ${event}`)
      }
      const before = await this.control.moveOf(manager, event)
      const at = new Date(this.context.clock.nowMs())
      const row = { eventId: event, pool, actor: actor.subject, reason, at, position: String(newest) }
      await this.control.move(manager, row)
      if ((await this.control.countMoved(manager)) > movesMax) {
        throw fieldRefused('body.pool', `${movesMax} events are moved already: move one back first`)
      }
      await this.audit.done(manager, {
        actor,
        action: 'pools.move',
        target: `event:${event}`,
        reason,
        before: { pool: before?.pool ?? defaultPool },
        after: { pool },
      })
      return { value: { position: newest, move: pool === defaultPool ? null : toMove(row) }, tags: [tags.control] }
    })
    return value
  }

  /** While no access process can be asked, or none has a breaker, any pool may be one. An event may always come home. */
  async #mustBeKnown(pool: string) {
    if (pool === defaultPool) return
    const items = poolsOf(await this.reports.all(), this.fleet.dcs)
    const known = new Set(items.flatMap(({ pools }) => pools))
    if (known.size === 0 || known.has(pool)) return
    throw new AppError('POOL_NOT_FOUND', `access knows no pool ${pool}; there are ${[...known].join(', ')}`)
  }
}
