import { publicApi, type RouteInput, type Viewer } from '@gala/contracts'
import { ContractRoute, FromViewer, Input } from '@gala/runtime'
import { Controller } from '@nestjs/common'
import { PingbacksService } from './pingbacks.service.js'

const { add } = publicApi.pingbacks

@Controller()
export class PingbacksController {
  constructor(private readonly pingbacks: PingbacksService) {}

  @ContractRoute(add)
  add(@Input() { body }: RouteInput<typeof add>, @FromViewer() viewer: Viewer | undefined) {
    return this.pingbacks.take(body, viewer)
  }
}
