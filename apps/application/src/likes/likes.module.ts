import { Module } from '@nestjs/common'
import { EventsModule } from '../events/events.module.js'
import { StatsModule } from '../stats/stats.module.js'
import { Booker } from './booker.js'
import { LikesController } from './likes.controller.js'
import { LikesRepository } from './likes.repository.js'
import { LikesService } from './likes.service.js'

@Module({
  imports: [EventsModule, StatsModule],
  controllers: [LikesController],
  providers: [LikesService, LikesRepository, Booker],
})
export class LikesModule {}
