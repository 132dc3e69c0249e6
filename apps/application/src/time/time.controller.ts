import { publicApi, type RouteInput } from '@gala/contracts'
import { APP_CONTEXT, ContractRoute, Input } from '@gala/runtime'
import { Controller, Inject } from '@nestjs/common'
import type { ApplicationContext } from '../application.config.js'

const { read } = publicApi.time

@Controller()
export class TimeController {
  constructor(@Inject(APP_CONTEXT) private readonly context: ApplicationContext) {}

  @ContractRoute(read)
  read(@Input() _input: RouteInput<typeof read>) {
    const unixMs = this.context.clock.nowMs()
    return { now: new Date(unixMs).toISOString(), unixMs }
  }
}
