import { Module } from '@nestjs/common'
import { EventsModule } from '../events/events.module.js'
import { ProgrammesModule } from '../programmes/programmes.module.js'
import { StatsModule } from '../stats/stats.module.js'
import { MessageAudit } from './audit/message-audit.js'
import { ChatController } from './chat.controller.js'
import { ChatRepository } from './chat.repository.js'
import { ChatService } from './chat.service.js'
import { GIFT_BOOK, laneIsTheBook } from './gift-book.js'
import { Mirrors } from './mirror/mirrors.js'
import { FactsService } from './pump/facts.service.js'
import { Pumps } from './pump/pumps.js'
import { RoomPartsModule } from './room-parts.js'
import { RoomRulesService } from './room-rules.service.js'
import { SCREEN } from './screening/screen.js'
import { WordListsRepository } from './screening/word-lists.repository.js'
import { WordScreen } from './screening/word-screen.js'
import { SlowMode } from './slow-mode.js'

@Module({
  imports: [EventsModule, ProgrammesModule, RoomPartsModule, StatsModule],
  controllers: [ChatController],
  providers: [
    ...[ChatService, ChatRepository, RoomRulesService, SlowMode, WordScreen, WordListsRepository],
    ...[FactsService, Pumps, Mirrors, MessageAudit],
    // Where a team puts its own in place of ours.
    { provide: SCREEN, useExisting: WordScreen },
    { provide: GIFT_BOOK, useValue: laneIsTheBook },
  ],
})
export class ChatModule {}
