import { opsApi, type RouteInput } from '@gala/contracts'
import { Actor, ContractRoute, Input, type RequestActor } from '@gala/runtime'
import { Controller } from '@nestjs/common'
import { CacheService } from './cache.service.js'
import { CacheReports } from './cache-reports.js'

const { report, invalidate } = opsApi.cache

@Controller()
export class CacheController {
  constructor(
    private readonly reports: CacheReports,
    private readonly cache: CacheService,
  ) {}

  @ContractRoute(report)
  async report(@Input() { query }: RouteInput<typeof report>) {
    return { items: await this.reports.all(query.key) }
  }

  @ContractRoute(invalidate)
  invalidate(@Input() { body }: RouteInput<typeof invalidate>, @Actor() actor: RequestActor) {
    return this.cache.invalidate(body, actor)
  }
}
