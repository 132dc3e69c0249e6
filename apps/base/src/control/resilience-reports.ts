import { type ResilienceReport, resilienceReportSchema } from '@gala/contracts'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { BaseContext } from '../base.config.js'
import { FleetService } from '../fleet/fleet.service.js'
import { ProcessReports } from '../fleet/process-reports.js'

/** Breakers, shedding and limits of every process, and up to where it obeys orders. */
@Injectable()
export class ResilienceReports extends ProcessReports<ResilienceReport> {
  constructor(@Inject(APP_CONTEXT) context: BaseContext, fleet: FleetService) {
    super(context, fleet, '/resiliencez', resilienceReportSchema)
  }
}
