import { opsApi, type RouteInput } from '@gala/contracts'
import { Actor, ContractRoute, Input, type RequestActor } from '@gala/runtime'
import { Controller } from '@nestjs/common'
import { ForecastService } from './forecast.service.js'
import { SwitchboardService } from './switchboard.service.js'
import { SwitchesService } from './switches.service.js'

const { list, order, receipts, level, preview, confirm, plan } = opsApi.switches

@Controller()
export class SwitchesController {
  constructor(
    private readonly board: SwitchboardService,
    private readonly switches: SwitchesService,
    private readonly forecasts: ForecastService,
  ) {}

  @ContractRoute(list)
  list(@Input() _input: RouteInput<typeof list>) {
    return this.board.board()
  }

  @ContractRoute(order)
  order(@Input() { params, body }: RouteInput<typeof order>, @Actor() actor: RequestActor) {
    return this.switches.order(params.key, body, actor)
  }

  @ContractRoute(receipts)
  receipts(@Input() { params }: RouteInput<typeof receipts>) {
    return this.board.receipts(params.key)
  }

  @ContractRoute(level)
  level(@Input() { body }: RouteInput<typeof level>, @Actor() actor: RequestActor) {
    return this.switches.level(body, actor)
  }

  @ContractRoute(preview)
  preview(@Input() { query }: RouteInput<typeof preview>) {
    return this.forecasts.preview(query)
  }

  @ContractRoute(confirm)
  confirm(@Input() { params, body }: RouteInput<typeof confirm>, @Actor() actor: RequestActor) {
    return this.switches.decide(params.id, body, actor)
  }

  @ContractRoute(plan)
  plan(@Input() { query }: RouteInput<typeof plan>) {
    return this.forecasts.plan(query)
  }
}
