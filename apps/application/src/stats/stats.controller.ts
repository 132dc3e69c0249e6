import { publicApi, type RouteInput } from '@gala/contracts'
import { Answer, ContractRoute, Input } from '@gala/runtime'
import { Controller, Inject } from '@nestjs/common'
import { PARTS, type Parts } from '../parts.js'
import { StatsService } from './stats.service.js'

const { read, beat } = publicApi.stats

@Controller()
export class StatsController {
  constructor(
    @Inject(PARTS) private readonly parts: Parts,
    private readonly stats: StatsService,
  ) {}

  @ContractRoute(read)
  async read(@Input() { params }: RouteInput<typeof read>) {
    const { stats, old, event } = await this.stats.read(params.id)
    return new Answer(stats, {
      tags: event.tags,
      position: event.position,
      source: old ? 'stale' : 'miss',
      asOfMs: Date.parse(stats.asOf),
      degraded: this.parts.missing(),
    })
  }

  @ContractRoute(beat)
  beat(@Input() { params, body }: RouteInput<typeof beat>) {
    return this.stats.beat(params.id, body.clientId, body.sessionId, body.playing)
  }
}
