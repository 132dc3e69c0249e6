import { connectRedis, RedisBus } from '@gala/bus'
import {
  AuditEntity,
  controlEntities,
  Database,
  EventEntity,
  JobEntity,
  JobSlotEntity,
  KeptReplyEntity,
  ProgrammeEntity,
  RunningOrderEntity,
  roomEntities,
  TimelineEntity,
} from '@gala/database'
import type { Breakers } from '@gala/resilience'
import type { RoomStore } from '@gala/rooms'
import { openBreakers, openTraces } from '@gala/runtime'
import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common'
import { APP_INTERCEPTOR } from '@nestjs/core'
import { AuditRepository } from './audit/audit.repository.js'
import { Refusals } from './audit/refusals.js'
import type { BaseContext } from './base.config.js'
import { CacheController } from './cache/cache.controller.js'
import { CacheService } from './cache/cache.service.js'
import { CacheReports } from './cache/cache-reports.js'
import { BreakersService } from './control/breakers.service.js'
import { ControlController } from './control/control.controller.js'
import { ControlRepository } from './control/control.repository.js'
import { ControlPublisher } from './control/control-publisher.service.js'
import { ControlReader } from './control/control-reader.js'
import { type DcStore, openStores } from './control/dc-stores.js'
import { PoolsService } from './control/pools.service.js'
import { ResilienceReports } from './control/resilience-reports.js'
import { FoldService } from './counts/fold.service.js'
import { BoardService } from './datacentres/board.service.js'
import { DataCentresController } from './datacentres/datacentres.controller.js'
import { MoveService } from './datacentres/move.service.js'
import { WeightsRepository } from './datacentres/weights.repository.js'
import { WeightsService } from './datacentres/weights.service.js'
import { EventsController } from './events/events.controller.js'
import { EventsRepository } from './events/events.repository.js'
import { EventsService } from './events/events.service.js'
import { FleetController } from './fleet/fleet.controller.js'
import { FleetService } from './fleet/fleet.service.js'
import { StoresWatch } from './fleet/stores-watch.service.js'
import { StreamService } from './fleet/stream.service.js'
import { jobProviders, openJobs } from './jobs/job-parts.js'
import { JobsController } from './jobs/jobs.controller.js'
import { PipelineController } from './pipeline/pipeline.controller.js'
import { pipelineProviders } from './pipeline/pipeline-parts.js'
import { ProgrammesController } from './programmes/programmes.controller.js'
import { ProgrammesRepository } from './programmes/programmes.repository.js'
import { ProgrammesService } from './programmes/programmes.service.js'
import { RelayService } from './relay/relay.service.js'
import { openRoomStores, roomProviders } from './rooms/room-parts.js'
import { ROOM_STORES } from './rooms/room-stores.js'
import { RoomsController } from './rooms/rooms.controller.js'
import { RuleAudit } from './rules/rule-audit.js'
import { RuleModesService } from './rules/rule-modes.service.js'
import { RulesController } from './rules/rules.controller.js'
import { RulesService } from './rules/rules.service.js'
import { RulesWatch } from './rules/rules-watch.service.js'
import { baseSignals, SIGNALS } from './signals.js'
import { ForecastService } from './switches/forecast.service.js'
import { ProcessSampler } from './switches/process-sampler.service.js'
import { SavingsService } from './switches/savings.service.js'
import { SwitchboardService } from './switches/switchboard.service.js'
import { SwitchesController } from './switches/switches.controller.js'
import { SwitchesRepository } from './switches/switches.repository.js'
import { SwitchesService } from './switches/switches.service.js'
import { TimelineController } from './timeline/timeline.controller.js'
import { TimelineRepository } from './timeline/timeline.repository.js'
import { TimelineService } from './timeline/timeline.service.js'
import { BREAKERS, BUS, DATABASE, STORES } from './tokens.js'
import { TracesController } from './traces/traces.controller.js'
import { TracesService } from './traces/traces.service.js'
import { WriterService } from './writer/writer.service.js'
import { openWriter, WRITER, type WriterParts } from './writer/writer-parts.js'
import { KeptReplies } from './writes/kept-replies.repository.js'
import { OperatorWrites } from './writes/operator-writes.js'
import { Replays } from './writes/replays.js'
import { TrimService } from './writes/trim.service.js'

const entities = [
  EventEntity,
  RunningOrderEntity,
  ProgrammeEntity,
  AuditEntity,
  KeptReplyEntity,
  JobEntity,
  JobSlotEntity,
  TimelineEntity,
  ...roomEntities,
]

@Module({
  controllers: [
    EventsController,
    ProgrammesController,
    FleetController,
    CacheController,
    ControlController,
    SwitchesController,
    RulesController,
    DataCentresController,
    JobsController,
    TimelineController,
    RoomsController,
    PipelineController,
    TracesController,
  ],
  providers: [
    AuditRepository,
    Refusals,
    EventsRepository,
    EventsService,
    ProgrammesRepository,
    ProgrammesService,
    FleetService,
    StoresWatch,
    StreamService,
    RelayService,
    KeptReplies,
    OperatorWrites,
    TrimService,
    { provide: APP_INTERCEPTOR, useClass: Replays },
    CacheReports,
    CacheService,
    ResilienceReports,
    ControlRepository,
    ControlPublisher,
    ControlReader,
    BreakersService,
    PoolsService,
    ProcessSampler,
    SavingsService,
    SwitchesRepository,
    SwitchesService,
    RuleAudit,
    RulesWatch,
    RulesService,
    RuleModesService,
    SwitchboardService,
    ForecastService,
    WriterService,
    BoardService,
    MoveService,
    WeightsRepository,
    WeightsService,
    FoldService,
    TimelineRepository,
    TimelineService,
    TracesService,
    ...jobProviders,
    ...roomProviders,
    ...pipelineProviders,
  ],
})
export class BaseModule implements OnApplicationShutdown {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(BUS) private readonly bus: RedisBus,
    @Inject(STORES) private readonly stores: readonly DcStore[],
    @Inject(ROOM_STORES) private readonly rooms: readonly RoomStore[],
    @Inject(BREAKERS) private readonly breakers: Breakers,
    @Inject(WRITER) private readonly writer: WriterParts | undefined,
  ) {}

  async onApplicationShutdown() {
    for (const { redis } of this.stores) redis.disconnect()
    const rooms = this.rooms.map((store) => store.close())
    await Promise.all([this.bus.close(), this.database.close(), this.writer?.close(), ...rooms])
    this.breakers.close()
  }

  static forRoot(context: BaseContext): DynamicModule {
    const { config, clock, health } = context
    const signals = baseSignals(context)
    const { GALA_REDIS_URL: redisUrl, GALA_KEY_PREFIX: keyPrefix } = config
    const bus = new RedisBus({ redisUrl, keyPrefix, clock, onError: signals.redisFailed })
    const breakers = openBreakers(context, bus)
    const database = new Database({
      writers: config.GALA_MYSQL_WRITER_URLS.map(({ name: dc, value: url }) => ({ dc, url })),
      fenced: config.GALA_MYSQL_KEEPER_URL !== undefined,
      readers: config.GALA_MYSQL_READER_URLS.map(({ name: dc, value: url }) => ({ dc, url })),
      breakers,
      dialect: config.GALA_MYSQL_DIALECT,
      entities: [...entities, ...controlEntities],
      clock,
      onError: signals.databaseFailed,
    })
    const redis = connectRedis(redisUrl, signals.redisFailed)
    const stores = openStores(context, redis, bus, signals.redisFailed)
    openTraces(context, { bus, others: stores.slice(1).map((store) => store.bus) })
    health.appliedPosition = () => bus.appliedPosition
    health.dependency('redis', () => redis.ping(), { everyMs: 500, timeoutMs: 400 })
    health.dependency('database', () => database.ping(), { everyMs: 500, timeoutMs: 400 })
    return {
      module: BaseModule,
      providers: [
        { provide: DATABASE, useValue: database },
        { provide: BUS, useValue: bus },
        { provide: BREAKERS, useValue: breakers },
        { provide: STORES, useValue: stores },
        { provide: ROOM_STORES, useValue: openRoomStores(context, signals.redisFailed) },
        { provide: WRITER, useValue: openWriter(context, stores, signals) },
        { provide: SIGNALS, useValue: signals },
        ...openJobs(context, database, stores),
      ],
    }
  }
}
