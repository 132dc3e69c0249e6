import { Module } from '@nestjs/common'
import { EventsModule } from '../events/events.module.js'
import { PlaybackModule } from '../playback/playback.module.js'
import { ProgrammesModule } from '../programmes/programmes.module.js'
import { StatsModule } from '../stats/stats.module.js'
import { BootstrapController } from './bootstrap.controller.js'
import { BootstrapService } from './bootstrap.service.js'

@Module({
  imports: [EventsModule, PlaybackModule, ProgrammesModule, StatsModule],
  controllers: [BootstrapController],
  providers: [BootstrapService],
})
export class BootstrapModule {}
