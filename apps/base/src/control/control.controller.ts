import { opsApi, type RouteInput } from '@gala/contracts'
import { Actor, ContractRoute, Input, type RequestActor } from '@gala/runtime'
import { Controller } from '@nestjs/common'
import { BreakersService } from './breakers.service.js'
import { PoolsService } from './pools.service.js'

const { breakers, pools } = opsApi

@Controller()
export class ControlController {
  constructor(
    private readonly breakers: BreakersService,
    private readonly pools: PoolsService,
  ) {}

  @ContractRoute(breakers.report)
  reportBreakers(@Input() _input: RouteInput<typeof breakers.report>) {
    return this.breakers.report()
  }

  @ContractRoute(breakers.order)
  order(@Input() { params, body }: RouteInput<typeof breakers.order>, @Actor() actor: RequestActor) {
    return this.breakers.order(params.name, body, actor)
  }

  @ContractRoute(pools.report)
  reportPools(@Input() _input: RouteInput<typeof pools.report>) {
    return this.pools.report()
  }

  @ContractRoute(pools.move)
  move(@Input() { params, body }: RouteInput<typeof pools.move>, @Actor() actor: RequestActor) {
    return this.pools.move(params.id, body, actor)
  }
}
