import { opsApi, type RouteInput } from '@gala/contracts'
import { Actor, ContractRoute, Input, type RequestActor } from '@gala/runtime'
import { Controller } from '@nestjs/common'
import { TracesService } from './traces.service.js'

const { force } = opsApi.traces

@Controller()
export class TracesController {
  constructor(private readonly traces: TracesService) {}

  @ContractRoute(force)
  force(@Input() { body }: RouteInput<typeof force>, @Actor() actor: RequestActor) {
    return this.traces.force(body, actor)
  }
}
