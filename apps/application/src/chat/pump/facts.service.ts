import { AppError, type RoomState } from '@gala/contracts'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { ApplicationContext } from '../../application.config.js'
import { ProgrammesService } from '../../programmes/programmes.service.js'
import { StatsService } from '../../stats/stats.service.js'
import { RoomRulesService } from '../room-rules.service.js'
import type { RoomFacts } from './room-view.js'

/** Gathers what viewers of a room are told besides messages. What is switched off, or cannot be asked for, is left out. */
@Injectable()
export class FactsService implements RoomFacts {
  constructor(
    @Inject(APP_CONTEXT) private readonly context: Pick<ApplicationContext, 'switches'>,
    private readonly rules: RoomRulesService,
    private readonly stats: StatsService,
    private readonly programmes: ProgrammesService,
  ) {}

  async of(room: string): Promise<RoomState> {
    const { switches } = this.context
    const parts = await Promise.all([this.#settings(room), this.#likes(room), this.#programme(room)])
    return Object.assign({ level: switches.level }, ...parts)
  }

  async #settings(room: string): Promise<RoomState> {
    const settings = await known(this.rules.settings(room))
    if (!settings) return {}
    return { slowS: settings.slowS, chat: settings.chat && this.context.switches.rung('chat') === 'full' }
  }

  async #likes(room: string): Promise<RoomState> {
    if (this.context.switches.rung('stats') !== 'full') return {}
    const reading = await known(this.stats.read(room))
    return reading ? { likes: reading.stats.likes } : {}
  }

  async #programme(room: string): Promise<RoomState> {
    if (this.context.switches.rung('programmes') !== 'full') return {}
    const now = await known(this.programmes.now(room))
    return now ? { programme: now.order.currentId ?? '' } : {}
  }
}

/** Undefined for what cannot be had right now; a fault of ours is not such a thing. */
async function known<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof AppError) return undefined
    throw error
  }
}
