import { opsApi, type RouteInput } from '@gala/contracts'
import { Actor, ContractRoute, Input, type RequestActor } from '@gala/runtime'
import { Controller } from '@nestjs/common'
import { WeightsService } from './weights.service.js'

const { datacentres } = opsApi

@Controller()
export class DataCentresController {
  constructor(private readonly weights: WeightsService) {}

  @ContractRoute(datacentres.weigh)
  weigh(@Input() { params, body }: RouteInput<typeof datacentres.weigh>, @Actor() actor: RequestActor) {
    return this.weights.weigh(params.dc, body, actor)
  }
}
