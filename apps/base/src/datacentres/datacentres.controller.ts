import { opsApi, type RouteInput } from '@gala/contracts'
import { Actor, ContractRoute, Input, type RequestActor } from '@gala/runtime'
import { Controller } from '@nestjs/common'
import { BoardService } from './board.service.js'
import { MoveService } from './move.service.js'
import { WeightsService } from './weights.service.js'

const { board, preview, moveWriter, weigh } = opsApi.datacentres

@Controller()
export class DataCentresController {
  constructor(
    private readonly boards: BoardService,
    private readonly moves: MoveService,
    private readonly weights: WeightsService,
  ) {}

  @ContractRoute(board)
  board(@Input() _input: RouteInput<typeof board>) {
    return this.boards.board()
  }

  @ContractRoute(preview)
  preview(@Input() { query }: RouteInput<typeof preview>) {
    return this.moves.preview(query.to)
  }

  @ContractRoute(moveWriter)
  moveWriter(@Input() { body }: RouteInput<typeof moveWriter>, @Actor() actor: RequestActor) {
    return this.moves.move(body, actor)
  }

  @ContractRoute(weigh)
  weigh(@Input() { params, body }: RouteInput<typeof weigh>, @Actor() actor: RequestActor) {
    return this.weights.weigh(params.dc, body, actor)
  }
}
