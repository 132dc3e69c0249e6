import { opsApi, type RouteInput } from '@gala/contracts'
import { Actor, ContractRoute, Input, type RequestActor } from '@gala/runtime'
import { Controller } from '@nestjs/common'
import { RuleModesService } from './rule-modes.service.js'

const { list, set } = opsApi.rules

@Controller()
export class RulesController {
  constructor(private readonly modes: RuleModesService) {}

  @ContractRoute(list)
  list(@Input() _input: RouteInput<typeof list>) {
    return this.modes.list()
  }

  @ContractRoute(set)
  set(@Input() { params, body }: RouteInput<typeof set>, @Actor() actor: RequestActor) {
    return this.modes.set(params.id, body, actor)
  }
}
