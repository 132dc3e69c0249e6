import { opsApi, type RouteInput } from '@gala/contracts'
import { Actor, ContractRoute, Input, type RequestActor } from '@gala/runtime'
import { Controller } from '@nestjs/common'
import { EventReportService } from '../jobs/acts/event-report.service.js'
import { ReadinessService } from '../jobs/acts/readiness.service.js'
import { TimelineService } from './timeline.service.js'

const { read, save, hold, step, readiness, report } = opsApi.timeline

@Controller()
export class TimelineController {
  constructor(
    private readonly timelines: TimelineService,
    private readonly checks: ReadinessService,
    private readonly reports: EventReportService,
  ) {}

  @ContractRoute(read)
  read(@Input() { params }: RouteInput<typeof read>) {
    return this.timelines.read(params.id)
  }

  @ContractRoute(save)
  save(@Input() { params, body }: RouteInput<typeof save>, @Actor() actor: RequestActor) {
    return this.timelines.save(params.id, body, actor)
  }

  @ContractRoute(hold)
  hold(@Input() { params, body }: RouteInput<typeof hold>, @Actor() actor: RequestActor) {
    return this.timelines.hold(params.id, body, actor)
  }

  @ContractRoute(step)
  step(@Input() { params, body }: RouteInput<typeof step>, @Actor() actor: RequestActor) {
    return this.timelines.act(params.id, params.step, body, actor)
  }

  @ContractRoute(readiness)
  readiness(@Input() { params }: RouteInput<typeof readiness>) {
    return this.checks.check(params.id)
  }

  @ContractRoute(report)
  report(@Input() { params }: RouteInput<typeof report>) {
    return this.reports.read(params.id)
  }
}
