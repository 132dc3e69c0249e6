import { publicApi, type RouteInput } from '@gala/contracts'
import { ContractRoute, Input } from '@gala/runtime'
import { Controller, Inject } from '@nestjs/common'
import { answer } from '../answers.js'
import { PARTS, type Parts } from '../parts.js'
import { EventsService } from './events.service.js'

const { list, detail } = publicApi.events

@Controller()
export class EventsController {
  constructor(
    @Inject(PARTS) private readonly parts: Parts,
    private readonly events: EventsService,
  ) {}

  @ContractRoute(list)
  async list(@Input() { query }: RouteInput<typeof list>) {
    const page = await this.events.page(query.status, query.page, query.pageSize)
    return answer(this.parts, page.value, [page])
  }

  @ContractRoute(detail)
  async detail(@Input() { params }: RouteInput<typeof detail>) {
    const event = await this.events.find(params.id)
    return answer(this.parts, event.value, [event])
  }
}
