import { RedisBus } from '@gala/bus'
import { Database } from '@gala/database'
import { openBreakers } from '@gala/runtime'
import {
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common'
import { BatchLink } from './batch/batch-link.js'
import type { PipelineContext } from './pipeline.config.js'
import { StreamLink } from './stream-link.js'
import { DATABASE } from './tokens.js'

/** From lines that were written to figures that can be asked for. Each folder beside this file is one leg of that way. */
@Module({})
export class PipelineModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly stream: StreamLink,
    private readonly batch: BatchLink,
    @Inject(DATABASE) private readonly database: Database,
  ) {}

  onApplicationBootstrap() {
    this.stream.start()
    this.batch.start()
  }

  async onApplicationShutdown() {
    await Promise.all([this.stream.close(), this.batch.close()])
    await this.database.close()
  }

  static forRoot(context: PipelineContext): DynamicModule {
    const { config, clock, health, log } = context
    const bus = new RedisBus({
      redisUrl: config.GALA_REDIS_URL,
      keyPrefix: config.GALA_KEY_PREFIX,
      clock,
      onError: (err) => log.warn({ err }, 'redis failed'),
    })
    const database = new Database({
      writers: config.GALA_MYSQL_WRITER_URLS.map(({ name: dc, value: url }) => ({ dc, url })),
      fenced: true,
      readers: config.GALA_MYSQL_READER_URLS.map(({ name: dc, value: url }) => ({ dc, url })),
      breakers: openBreakers(context, bus),
      dialect: config.GALA_MYSQL_DIALECT,
      entities: [],
      clock,
      onError: (err) => log.warn({ err }, 'database failed'),
    })
    health.dependency('database', () => database.ping(), { everyMs: 500, timeoutMs: 400 })
    return {
      module: PipelineModule,
      providers: [
        { provide: DATABASE, useValue: database },
        { provide: StreamLink, useFactory: () => StreamLink.open(context, database) },
        { provide: BatchLink, useFactory: () => BatchLink.open(context, database) },
      ],
    }
  }
}
