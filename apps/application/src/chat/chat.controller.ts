import { publicApi, type RouteInput, type Viewer } from '@gala/contracts'
import { ContractRoute, FromViewer, Input } from '@gala/runtime'
import { Controller, Inject } from '@nestjs/common'
import { answer } from '../answers.js'
import { PARTS, type Parts } from '../parts.js'
import { ChatService } from './chat.service.js'
import { RoomRulesService } from './room-rules.service.js'

const { send, gifts } = publicApi.rooms

@Controller()
export class ChatController {
  constructor(
    @Inject(PARTS) private readonly parts: Parts,
    private readonly chat: ChatService,
    private readonly rules: RoomRulesService,
  ) {}

  @ContractRoute(send)
  send(@Input() { params, body }: RouteInput<typeof send>, @FromViewer() viewer: Viewer) {
    return this.chat.send(params.room, body, viewer)
  }

  @ContractRoute(gifts)
  async gifts(@Input() _input: RouteInput<typeof gifts>) {
    const items = await this.rules.gifts()
    return answer(this.parts, { items: items.value }, [items])
  }
}
