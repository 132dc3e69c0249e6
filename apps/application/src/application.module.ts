import { firstTry } from '@gala/bus'
import { ConfigError } from '@gala/runtime'
import { type DynamicModule, Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common'
import type { ApplicationContext } from './application.config.js'
import { BootstrapModule } from './bootstrap/bootstrap.module.js'
import { ChatModule } from './chat/chat.module.js'
import { EventsModule } from './events/events.module.js'
import { FeaturesModule } from './features/features.module.js'
import { LikesModule } from './likes/likes.module.js'
import { openParts, PARTS, type Parts } from './parts.js'
import { PingbacksModule } from './pingbacks/pingbacks.module.js'
import { PlaybackModule } from './playback/playback.module.js'
import { ProgrammesModule } from './programmes/programmes.module.js'
import { applicationSignals, SIGNALS } from './signals.js'
import { StatsModule } from './stats/stats.module.js'
import { TimeModule } from './time/time.module.js'

/** What GALA_FEATURES may name. A pool serves any set of them; what a feature needs of another comes along. */
const features = {
  events: EventsModule,
  programmes: ProgrammesModule,
  playback: PlaybackModule,
  stats: StatsModule,
  likes: LikesModule,
  time: TimeModule,
  chat: ChatModule,
  bootstrap: BootstrapModule,
  features: FeaturesModule,
  pingbacks: PingbacksModule,
}

@Global()
@Module({})
export class ApplicationModule implements OnApplicationShutdown {
  constructor(@Inject(PARTS) private readonly parts: Parts) {}

  async onApplicationShutdown() {
    await this.parts.close()
  }

  static forRoot(context: ApplicationContext): DynamicModule {
    const signals = applicationSignals(context)
    return {
      module: ApplicationModule,
      imports: (context.config.GALA_FEATURES ?? Object.keys(features)).map(moduleOf),
      providers: [
        { provide: PARTS, useFactory: () => connected(openParts(context, signals), context) },
        { provide: SIGNALS, useValue: signals },
      ],
      exports: [PARTS, SIGNALS],
    }
  }
}

function moduleOf(name: string) {
  if (Object.hasOwn(features, name)) return features[name as keyof typeof features]
  throw new ConfigError([`GALA_FEATURES: there is no feature ${name}; there are ${Object.keys(features).join(', ')}`])
}

/** What features ask for while they begin is asked of a Redis that has been tried. */
async function connected(parts: Parts, { clock }: ApplicationContext): Promise<Parts> {
  await firstTry(parts.redis, clock)
  return parts
}
