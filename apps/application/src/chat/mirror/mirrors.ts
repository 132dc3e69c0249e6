import { randomHex, randomUnit } from '@gala/kernel'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common'
import { Counter, Gauge } from 'prom-client'
import type { ApplicationContext } from '../../application.config.js'
import { ROOMS, type Rooms } from '../room-parts.js'
import { Mirror } from './mirror.js'

/** Takes over what the other data centres accept, from each by itself. */
@Injectable()
export class Mirrors implements OnApplicationBootstrap {
  constructor(
    @Inject(ROOMS) private readonly rooms: Rooms,
    @Inject(APP_CONTEXT) private readonly context: ApplicationContext,
  ) {}

  onApplicationBootstrap() {
    const { clock, config, health, metrics } = this.context
    const registers = [metrics]
    const labelNames = ['peer']
    const taken = new Counter({
      name: 'gala_room_mirrored_messages_total',
      help: 'Messages of another data centre taken over',
      labelNames,
      registers,
    })
    const failures = new Counter({
      name: 'gala_room_mirror_failures_total',
      help: 'Turns of a mirror that failed and are done again',
      labelNames,
      registers,
    })
    const mirrors = [...this.rooms.peers.values()].map(
      (peer) =>
        new Mirror({
          own: this.rooms.own,
          peer,
          clock,
          holder: `${config.GALA_INSTANCE}:${randomHex(4)}`,
          chance: randomUnit,
          failed: (dc) => failures.inc({ peer: dc }),
          took: (dc, messages) => taken.inc({ peer: dc }, messages),
        }),
    )
    new Gauge({
      name: 'gala_room_mirror_lag_ms',
      help: 'How late messages of another data centre are, or for how long it has not answered; of the process that mirrors',
      labelNames,
      registers,
      collect() {
        this.reset()
        for (const { peer, lagMs } of mirrors) if (lagMs !== undefined) this.set({ peer }, lagMs)
      },
    })
    health.onDrain(async () => {
      await Promise.all(mirrors.map((mirror) => mirror.stop()))
    })
  }
}
