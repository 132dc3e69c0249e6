import { opsApi, type RouteInput } from '@gala/contracts'
import { Actor, ContractRoute, Input, type RequestActor } from '@gala/runtime'
import { Controller } from '@nestjs/common'
import { ProgrammesService } from './programmes.service.js'

const { read, save } = opsApi.programmes

@Controller()
export class ProgrammesController {
  constructor(private readonly programmes: ProgrammesService) {}

  @ContractRoute(read)
  read(@Input() { params }: RouteInput<typeof read>) {
    return this.programmes.read(params.id)
  }

  @ContractRoute(save)
  save(@Input() { params, body }: RouteInput<typeof save>, @Actor() actor: RequestActor) {
    return this.programmes.save(params.id, body, actor)
  }
}
