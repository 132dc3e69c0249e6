import { eventTrafficSchema, lakeQueryReplySchema, opsApi, type RouteInput } from '@gala/contracts'
import { ContractRoute, Input } from '@gala/runtime'
import { Controller } from '@nestjs/common'
import { BooksService } from './books.service.js'
import { Pipelines } from './pipelines.js'
import { TracesSearchService } from './traces-search.service.js'
import { WallService } from './wall.service.js'

const { wall, books, query, traffic, traces, trace } = opsApi.pipeline

/** What the pipelines of the data centres have made of lines. */
@Controller()
export class PipelineController {
  constructor(
    private readonly walls: WallService,
    private readonly allBooks: BooksService,
    private readonly pipelines: Pipelines,
    private readonly search: TracesSearchService,
  ) {}

  @ContractRoute(wall)
  async wall(@Input() { query: asked }: RouteInput<typeof wall>) {
    return await this.walls.wall(asked)
  }

  @ContractRoute(books)
  async books(@Input() { query: { minutes } }: RouteInput<typeof books>) {
    return await this.allBooks.books(minutes)
  }

  @ContractRoute(query)
  async query(@Input() { body }: RouteInput<typeof query>) {
    return await this.pipelines.own('/pipelinez/query', lakeQueryReplySchema, body)
  }

  @ContractRoute(traffic)
  async traffic(@Input() { params, query: times }: RouteInput<typeof traffic>) {
    return await this.pipelines.own('/pipelinez/report', eventTrafficSchema, { event: params.id, ...times })
  }

  @ContractRoute(traces)
  async traces(@Input() { query: wanted }: RouteInput<typeof traces>) {
    return await this.search.search(wanted)
  }

  @ContractRoute(trace)
  async trace(@Input() { params }: RouteInput<typeof trace>) {
    return await this.search.trace(params.id)
  }
}
