import { opsApi, type RouteInput } from '@gala/contracts'
import { Actor, ContractRoute, Input, type RequestActor } from '@gala/runtime'
import { Controller } from '@nestjs/common'
import { BoardOfJobs } from './board.service.js'
import { JobsService } from './jobs.service.js'
import { QueuePages } from './queue-pages.js'

const { list, detail, save, pause, slots, run, backfill, act, handlers, board, queues } = opsApi.jobs

@Controller()
export class JobsController {
  constructor(
    private readonly jobs: JobsService,
    private readonly boards: BoardOfJobs,
    private readonly pages: QueuePages,
  ) {}

  @ContractRoute(list)
  list(@Input() { query }: RouteInput<typeof list>) {
    return this.jobs.list(query.event, query.page, query.pageSize)
  }

  @ContractRoute(detail)
  detail(@Input() { params }: RouteInput<typeof detail>) {
    return this.jobs.read(params.id)
  }

  @ContractRoute(save)
  save(@Input() { params, body }: RouteInput<typeof save>, @Actor() actor: RequestActor) {
    return this.jobs.save(params.id, body, actor)
  }

  @ContractRoute(pause)
  pause(@Input() { params, body }: RouteInput<typeof pause>, @Actor() actor: RequestActor) {
    return this.jobs.pause(params.id, body, actor)
  }

  @ContractRoute(slots)
  slots(@Input() { params, query }: RouteInput<typeof slots>) {
    return this.jobs.history(params.id, query)
  }

  @ContractRoute(run)
  run(@Input() { params, body }: RouteInput<typeof run>, @Actor() actor: RequestActor) {
    return this.jobs.run(params.id, body, actor)
  }

  @ContractRoute(backfill)
  backfill(@Input() { params, body }: RouteInput<typeof backfill>, @Actor() actor: RequestActor) {
    return this.jobs.backfill(params.id, body, actor)
  }

  @ContractRoute(act)
  act(@Input() { params, body }: RouteInput<typeof act>, @Actor() actor: RequestActor) {
    return this.jobs.act(params.id, body, actor)
  }

  @ContractRoute(handlers)
  handlers(@Input() _input: RouteInput<typeof handlers>) {
    return this.boards.handlers()
  }

  @ContractRoute(board)
  board(@Input() { query }: RouteInput<typeof board>) {
    return this.boards.board(query.event)
  }

  @ContractRoute(queues)
  queues(@Input() _input: RouteInput<typeof queues>, @Actor() actor: RequestActor) {
    return this.pages.ticket(actor)
  }
}
