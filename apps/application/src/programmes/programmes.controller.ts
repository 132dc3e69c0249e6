import { publicApi, type RouteInput } from '@gala/contracts'
import { ContractRoute, Input } from '@gala/runtime'
import { Controller, Inject } from '@nestjs/common'
import { answer } from '../answers.js'
import { PARTS, type Parts } from '../parts.js'
import { ProgrammesService } from './programmes.service.js'

const { list } = publicApi.programmes

@Controller()
export class ProgrammesController {
  constructor(
    @Inject(PARTS) private readonly parts: Parts,
    private readonly programmes: ProgrammesService,
  ) {}

  @ContractRoute(list)
  async list(@Input() { params }: RouteInput<typeof list>) {
    const { order, made, freshMs } = await this.programmes.now(params.id)
    return answer(this.parts, order, made, { freshMs })
  }
}
