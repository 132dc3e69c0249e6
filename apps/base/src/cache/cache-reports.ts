import { type CacheReport, cacheReportSchema } from '@gala/contracts'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { BaseContext } from '../base.config.js'
import { FleetService } from '../fleet/fleet.service.js'
import { ProcessReports } from '../fleet/process-reports.js'

/** What every process can say of its cache, and of one key when asked. */
@Injectable()
export class CacheReports extends ProcessReports<CacheReport> {
  constructor(@Inject(APP_CONTEXT) context: BaseContext, fleet: FleetService) {
    super(context, fleet, '/cachez', cacheReportSchema)
  }
}
