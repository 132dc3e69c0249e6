import { publicApi, type RouteInput } from '@gala/contracts'
import { ContractRoute, Input } from '@gala/runtime'
import { Controller } from '@nestjs/common'
import { LikesService } from './likes.service.js'

const { add } = publicApi.likes

@Controller()
export class LikesController {
  constructor(private readonly likes: LikesService) {}

  @ContractRoute(add)
  add(@Input() { params, body }: RouteInput<typeof add>) {
    return this.likes.add({ eventId: params.id, ...body })
  }
}
