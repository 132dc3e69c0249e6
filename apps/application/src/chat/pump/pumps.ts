import { randomHex, randomUnit } from '@gala/kernel'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common'
import type { ApplicationContext } from '../../application.config.js'
import { ROOMS, type Rooms } from '../room-parts.js'
import { FactsService } from './facts.service.js'
import { Fleet } from './fleet.js'
import { pumpGauges, pumpSignals } from './pump-signals.js'
import { RoomView } from './room-view.js'
import { roomsMax, Sharing } from './sharing.js'

/** Makes the blocks of this process's part of the rooms, until it drains. */
@Injectable()
export class Pumps implements OnApplicationBootstrap {
  constructor(
    @Inject(ROOMS) private readonly rooms: Rooms,
    @Inject(APP_CONTEXT) private readonly context: ApplicationContext,
    private readonly facts: FactsService,
  ) {}

  onApplicationBootstrap() {
    const { clock, config, health, shedding, switches, traces } = this.context
    const { own, peers } = this.rooms
    const instance = config.GALA_INSTANCE
    const signals = pumpSignals(this.context)
    const viewParts = { own, peers, facts: this.facts, clock, failed: () => signals.failed('view') }
    const sharing = new Sharing({
      store: own,
      clock,
      instance,
      holder: `${instance}:${randomHex(4)}`,
      rung: () => switches.rung('chat-flow'),
      delayMs: () => shedding?.delayMs ?? 0,
      chance: randomUnit,
      signals,
      traces,
      fleet: new Fleet(own, clock, instance, roomsMax),
      viewOf: (room) => new RoomView(viewParts, room),
    })
    pumpGauges(this.context, sharing)
    health.onDrain(() => sharing.stop())
  }
}
