import { opsApi, type RouteInput } from '@gala/contracts'
import { Actor, ContractRoute, Input, type RequestActor } from '@gala/runtime'
import { Controller } from '@nestjs/common'
import { EventsService } from './events.service.js'

const { list, detail, save } = opsApi.events

@Controller()
export class EventsController {
  constructor(private readonly events: EventsService) {}

  @ContractRoute(list)
  list(@Input() { query }: RouteInput<typeof list>) {
    return this.events.list(query.status, query.page, query.pageSize)
  }

  @ContractRoute(detail)
  detail(@Input() { params }: RouteInput<typeof detail>) {
    return this.events.read(params.id)
  }

  @ContractRoute(save)
  save(@Input() { params, body }: RouteInput<typeof save>, @Actor() actor: RequestActor) {
    return this.events.save(params.id, body, actor)
  }
}
