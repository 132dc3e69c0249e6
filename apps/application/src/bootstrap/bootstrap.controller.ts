import { publicApi, type RouteInput } from '@gala/contracts'
import { ContractRoute, Input } from '@gala/runtime'
import { Controller, Inject } from '@nestjs/common'
import { answer } from '../answers.js'
import { PARTS, type Parts } from '../parts.js'
import { BootstrapService } from './bootstrap.service.js'

const { read } = publicApi.bootstrap

@Controller()
export class BootstrapController {
  constructor(
    @Inject(PARTS) private readonly parts: Parts,
    private readonly bootstrap: BootstrapService,
  ) {}

  @ContractRoute(read)
  async read(@Input() { params }: RouteInput<typeof read>) {
    const { value, made, degraded } = await this.bootstrap.read(params.id)
    return answer(this.parts, value, made, { degraded })
  }
}
