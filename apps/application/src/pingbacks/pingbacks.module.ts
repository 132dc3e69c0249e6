import { APP_CONTEXT } from '@gala/runtime'
import { Module } from '@nestjs/common'
import type { ApplicationContext } from '../application.config.js'
import { EventsModule } from '../events/events.module.js'
import type { ApplicationSignals } from '../signals.js'
import { SIGNALS } from '../signals.js'
import { openSpool } from '../spool.js'
import { PingbacksController } from './pingbacks.controller.js'
import { BEACON_SPOOL, PingbacksService } from './pingbacks.service.js'
import { TakenBeacons } from './taken-beacons.repository.js'

const spool = {
  provide: BEACON_SPOOL,
  useFactory: (context: ApplicationContext, signals: ApplicationSignals) => openSpool(context, signals, 'beacons'),
  inject: [APP_CONTEXT, SIGNALS],
}

@Module({
  imports: [EventsModule],
  controllers: [PingbacksController],
  providers: [PingbacksService, TakenBeacons, spool],
})
export class PingbacksModule {}
