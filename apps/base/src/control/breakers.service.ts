import { AppError, fieldRefused, type opsApi, ordersMax, type RouteInput, type RouteReply, tags } from '@gala/contracts'
import type { BreakerOrderEntity } from '@gala/database'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import { type Act, AuditRepository } from '../audit/audit.repository.js'
import type { BaseContext } from '../base.config.js'
import { FleetService } from '../fleet/fleet.service.js'
import { OperatorWrites } from '../writes/operator-writes.js'
import { namesOf, placed } from './breaker-items.js'
import { ControlRepository, holds, positionOf, shownOf, toOrder } from './control.repository.js'
import { ControlReader } from './control-reader.js'
import { ReceiptBook } from './receipts.js'
import { ResilienceReports } from './resilience-reports.js'

type OrderGiven = RouteInput<typeof opsApi.breakers.order>['body']

@Injectable()
export class BreakersService {
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

  async report(): Promise<RouteReply<typeof opsApi.breakers.report>> {
    const [orders, processes] = await Promise.all([this.reader.orders(), this.reports.all()])
    const nowMs = this.context.clock.nowMs()
    const position = positionOf(orders)
    const items = placed(processes, shownOf(orders, nowMs).breakers, this.fleet.dcs).map(({ row, ...item }) => {
      const order = row && holds(row, nowMs) ? toOrder(row) : null
      return {
        ...item,
        order: row && order ? { ...order, at: row.at.toISOString() } : null,
        receipts: row ? this.#receipts.of(row, position, processes) : null,
      }
    })
    return { position, items, processes }
  }

  /**
   * An order for all data centres takes the place of those for single ones, and so does a release.
   * @throws AppError BREAKER_NOT_FOUND, VALIDATION_FAILED.
   */
  async order(name: string, { mode, dc = '', ttlMs = 0, reason }: OrderGiven, actor: Act['actor']) {
    if (dc !== '' && !this.fleet.dcs.includes(dc)) {
      throw fieldRefused('body.dc', `there is no data centre ${dc}; there are ${this.fleet.dcs.join(', ')}`)
    }
    await this.#mustBeKnown(name)
    const at = new Date(this.context.clock.nowMs())
    const expiresAt = new Date(at.getTime() + (mode === 'auto' ? 0 : ttlMs))
    const { value } = await this.writes.write(actor, async (manager, newest) => {
      const before = await this.control.ordersOf(manager, name)
      const row = { name, dc, mode, actor: actor.subject, reason, at, expiresAt, position: String(newest) }
      this.#mustMakeSense(row, before)
      await this.control.order(manager, row)
      if ((await this.control.countInForce(manager, at)) > ordersMax) {
        throw fieldRefused('body.mode', `${ordersMax} orders stand already: release one first`)
      }
      const target = `breaker:${name}`
      const was = before.filter((of) => holds(of, at.getTime())).map(shown)
      await this.audit.done(manager, {
        actor,
        action: 'breakers.order',
        target,
        reason,
        before: was,
        after: shown(row),
      })
      return { value: { position: newest, order: toOrder(row) }, tags: [tags.control] }
    })
    return value
  }

  /** While no process can be asked, or none has a breaker, any name may be one. */
  async #mustBeKnown(name: string) {
    const [processes, { breakers }] = await Promise.all([this.reports.all(), this.reader.orders()])
    const known = namesOf(processes, breakers)
    if (!known || known.has(name)) return
    throw new AppError('BREAKER_NOT_FOUND', `no process has a breaker ${name}; there are ${[...known].join(', ')}`)
  }

  #mustMakeSense({ mode, dc, at, name }: BreakerOrderEntity, before: readonly BreakerOrderEntity[]) {
    if (mode !== 'auto' || dc === '') return
    const standing = before.filter((row) => holds(row, at.getTime()))
    if (standing.some((row) => row.dc === dc) || !standing.some((row) => row.dc === '')) return
    throw fieldRefused('body.dc', `${name} is ordered for all data centres: release it for all of them, without dc`)
  }
}

const shown = ({ mode, dc, expiresAt }: BreakerOrderEntity) => ({
  mode,
  dc: dc === '' ? null : dc,
  expiresAt: mode === 'auto' ? null : expiresAt.toISOString(),
})
