import { Module } from '@nestjs/common'
import { EventsModule } from '../events/events.module.js'
import { ProgrammesController } from './programmes.controller.js'
import { ProgrammesRepository } from './programmes.repository.js'
import { ProgrammesService } from './programmes.service.js'

@Module({
  imports: [EventsModule],
  controllers: [ProgrammesController],
  providers: [ProgrammesService, ProgrammesRepository],
  exports: [ProgrammesService],
})
export class ProgrammesModule {}
