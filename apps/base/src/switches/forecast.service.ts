import { fieldRefused, type opsApi, type RouteInput, type RouteReply, switchKeys } from '@gala/contracts'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { BaseContext } from '../base.config.js'
import { ControlReader } from '../control/control-reader.js'
import { FleetService } from '../fleet/fleet.service.js'
import { forecastOf } from './forecast.js'
import { inEffect } from './in-effect.js'
import { plan } from './planner.js'
import { SavingsService } from './savings.service.js'
import { SwitchboardService } from './switchboard.service.js'

type Routes = typeof opsApi.switches

/** What would happen: of a level, and to save a wanted part of the processor time. */
@Injectable()
export class ForecastService {
  constructor(
    @Inject(APP_CONTEXT) private readonly context: BaseContext,
    private readonly fleet: FleetService,
    private readonly reader: ControlReader,
    private readonly board: SwitchboardService,
    private readonly savings: SavingsService,
  ) {}

  /** @throws AppError VALIDATION_FAILED. */
  async preview({ level, dc }: RouteInput<Routes['preview']>['query']): Promise<RouteReply<Routes['preview']>> {
    if (dc !== undefined && !this.fleet.dcs.includes(dc)) {
      throw fieldRefused('query.dc', `there is no data centre ${dc}; there are ${this.fleet.dcs.join(', ')}`)
    }
    const orders = await this.reader.orders()
    const nowMs = this.context.clock.nowMs()
    const dcs = dc === undefined ? this.fleet.dcs : [dc]
    const changes = dcs.flatMap((of) => {
      const now = this.board.governing(orders, of, nowMs)
      // One for all data centres takes the place of those for single ones.
      const kept = dc === undefined ? [] : now.levels.filter((order) => order.dc !== dc)
      const then = { ...now, levels: [...kept, { ...nobody, dc: dc ?? null, level }] }
      return switchKeys.map((key) => ({
        key,
        dc: of,
        from: inEffect(key, of, now).rung,
        to: inEffect(key, of, then).rung,
      }))
    })
    return forecastOf(
      changes.filter(({ from, to }) => from !== to),
      dcs.length,
      this.savings.file,
    )
  }

  plan({ savePercent }: RouteInput<Routes['plan']>['query']): RouteReply<Routes['plan']> {
    const { file } = this.savings
    return file ? { baseline: file.baseline, plans: plan(file, savePercent / 100) } : { baseline: null, plans: [] }
  }
}

/** What an order that nobody has given yet says of itself. */
const nobody = { actor: '-', reason: '-', position: 1, expiresAt: null }
