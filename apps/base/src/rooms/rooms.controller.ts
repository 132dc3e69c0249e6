import { opsApi, type RouteInput } from '@gala/contracts'
import { Actor, ContractRoute, Input, type RequestActor } from '@gala/runtime'
import { Controller } from '@nestjs/common'
import { CockpitService } from './cockpit.service.js'
import { GiftsService } from './gifts.service.js'
import { ModerationService } from './moderation.service.js'
import { RoomSettingsService } from './room-settings.service.js'
import { WordsService } from './words.service.js'

const { list, read, save, mute, retract, announce, decide, words, saveWords, gifts, saveGifts } = opsApi.rooms

@Controller()
export class RoomsController {
  constructor(
    private readonly cockpit: CockpitService,
    private readonly settings: RoomSettingsService,
    private readonly moderation: ModerationService,
    private readonly wordLists: WordsService,
    private readonly catalogue: GiftsService,
  ) {}

  @ContractRoute(list)
  list(@Input() { query }: RouteInput<typeof list>) {
    return this.cockpit.list(query.page, query.pageSize)
  }

  @ContractRoute(read)
  read(@Input() { params }: RouteInput<typeof read>) {
    return this.cockpit.read(params.room)
  }

  @ContractRoute(save)
  save(@Input() { params, body }: RouteInput<typeof save>, @Actor() actor: RequestActor) {
    return this.settings.save(params.room, body, actor)
  }

  @ContractRoute(mute)
  mute(@Input() { params, body }: RouteInput<typeof mute>, @Actor() actor: RequestActor) {
    return this.settings.mute(params.room, params.viewer, body, actor)
  }

  @ContractRoute(retract)
  retract(@Input() { params, body }: RouteInput<typeof retract>, @Actor() actor: RequestActor) {
    return this.moderation.retract(params.room, params.message, body.reason, actor)
  }

  @ContractRoute(announce)
  announce(@Input() { body }: RouteInput<typeof announce>, @Actor() actor: RequestActor) {
    return this.moderation.announce(body, actor)
  }

  @ContractRoute(decide)
  decide(@Input() { params, body }: RouteInput<typeof decide>, @Actor() actor: RequestActor) {
    return this.moderation.decide(params.room, params.message, body, actor)
  }

  @ContractRoute(words)
  words(@Input() _input: RouteInput<typeof words>) {
    return this.wordLists.all()
  }

  @ContractRoute(saveWords)
  saveWords(@Input() { params, body }: RouteInput<typeof saveWords>, @Actor() actor: RequestActor) {
    return this.wordLists.save(params.list, body, actor)
  }

  @ContractRoute(gifts)
  gifts(@Input() _input: RouteInput<typeof gifts>) {
    return this.catalogue.read()
  }

  @ContractRoute(saveGifts)
  saveGifts(@Input() { body }: RouteInput<typeof saveGifts>, @Actor() actor: RequestActor) {
    return this.catalogue.save(body, actor)
  }
}
