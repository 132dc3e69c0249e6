import { Module } from '@nestjs/common'
import { EventsModule } from '../events/events.module.js'
import { PlaybackController } from './playback.controller.js'
import { PlaybackService } from './playback.service.js'

@Module({
  imports: [EventsModule],
  controllers: [PlaybackController],
  providers: [PlaybackService],
  exports: [PlaybackService],
})
export class PlaybackModule {}
