import { AppError, fieldRefused, type opsApi, type RouteInput, type RouteReply, tags } from '@gala/contracts'
import type { WeightOrderEntity } from '@gala/database'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import { type Act, AuditRepository } from '../audit/audit.repository.js'
import type { BaseContext } from '../base.config.js'
import { ControlPublisher } from '../control/control-publisher.service.js'
import { FleetService } from '../fleet/fleet.service.js'
import { OperatorWrites } from '../writes/operator-writes.js'
import { weightHolds, weightStanding, wholeWeight } from './weight-rows.js'
import { WeightsRepository } from './weights.repository.js'

type Routes = typeof opsApi.datacentres
type WeightGiven = RouteInput<Routes['weigh']>['body']

/** How much of its own requests each data centre answers. Every order is one transaction: the row, its audit, its announcement. */
@Injectable()
export class WeightsService {
  constructor(
    private readonly writes: OperatorWrites,
    @Inject(APP_CONTEXT) private readonly context: BaseContext,
    private readonly fleet: FleetService,
    private readonly repository: WeightsRepository,
    private readonly publisher: ControlPublisher,
    private readonly audit: AuditRepository,
  ) {}

  /** All of a hundred is a release. @throws AppError STALE_VERSION, VALIDATION_FAILED. */
  async weigh(
    dc: string,
    { percent, ttlMs, reason, expectedRev }: WeightGiven,
    actor: Act['actor'],
  ): Promise<RouteReply<Routes['weigh']>> {
    if (!this.fleet.dcs.includes(dc)) {
      throw fieldRefused('params.dc', `there is no data centre ${dc}; there are ${this.fleet.dcs.join(', ')}`)
    }
    const { value, position } = await this.writes.write(actor, async (manager, newest) => {
      const at = new Date(this.context.clock.nowMs())
      const rows = await this.repository.all(manager)
      const current = weightStanding(rows, dc, at.getTime())
      if (current.rev !== expectedRev) {
        throw new AppError('STALE_VERSION', `${dc} is at revision ${current.rev}, not ${expectedRev}`, { current })
      }
      if (percent === 0) this.#mustLeaveOne(rows, dc, at.getTime())
      const expiresAt = ttlMs === null || percent === wholeWeight ? null : new Date(at.getTime() + ttlMs)
      const row = { dc, percent, actor: actor.subject, reason, at, expiresAt, position: String(newest) }
      await this.repository.order(manager, row)
      await this.audit.done(manager, {
        actor,
        action: 'datacentres.weigh',
        target: `dc:${dc}`,
        reason,
        before: { percent: current.percent, expiresAt: current.order?.expiresAt ?? null },
        after: { percent, expiresAt: expiresAt?.toISOString() ?? null },
      })
      return { value: { rev: newest, position: newest }, tags: [tags.control] }
    })
    this.publisher.expect(position)
    return value
  }

  /** Somebody has to answer. Data centres that were taken out of the topology count for nothing. */
  #mustLeaveOne(rows: readonly WeightOrderEntity[], dc: string, nowMs: number) {
    const drained = (id: string) => rows.some((row) => row.dc === id && row.percent === 0 && weightHolds(row, nowMs))
    if (this.fleet.dcs.some((id) => id !== dc && !drained(id))) return
    throw fieldRefused('body.percent', `${dc} is the last data centre that is not drained: bring another back first`)
  }
}
