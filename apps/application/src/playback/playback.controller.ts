import { publicApi, type RouteInput } from '@gala/contracts'
import { ContractRoute, Input } from '@gala/runtime'
import { Controller, Inject } from '@nestjs/common'
import { answer } from '../answers.js'
import { PARTS, type Parts } from '../parts.js'
import { PlaybackService } from './playback.service.js'

const { play } = publicApi.playback

@Controller()
export class PlaybackController {
  constructor(
    @Inject(PARTS) private readonly parts: Parts,
    private readonly playback: PlaybackService,
  ) {}

  @ContractRoute(play)
  async play(@Input() { params, query }: RouteInput<typeof play>) {
    const found = await this.playback.play(params.id, { protocol: query.protocol, isp: query.isp })
    return answer(this.parts, found.play, found.made)
  }
}
