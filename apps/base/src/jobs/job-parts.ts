import type { Database } from '@gala/database'
import type { Provider } from '@nestjs/common'
import type { BaseContext } from '../base.config.js'
import type { DcStore } from '../control/dc-stores.js'
import { ActsService } from './acts/acts.service.js'
import { AudiencePages } from './acts/audience-pages.js'
import { EffectsRepository } from './acts/effects.repository.js'
import { EventActs } from './acts/event-acts.js'
import { EventReportService } from './acts/event-report.service.js'
import { PeaksService } from './acts/peaks.service.js'
import { ReadinessService } from './acts/readiness.service.js'
import { BoardOfJobs } from './board.service.js'
import { DcLedger } from './dc-ledger.js'
import { DcLedgerMirror } from './dc-ledger-mirror.js'
import { Definitions } from './definitions.service.js'
import { JobRules } from './job-rules.js'
import { JOB_SIGNALS, jobSignals } from './job-signals.js'
import { JobsRepository } from './jobs.repository.js'
import { JobsService } from './jobs.service.js'
import { mirrorSignals } from './mirror-signals.js'
import { QueuePages } from './queue-pages.js'
import { Scheduling, stepThreads, THREADS } from './scheduling.service.js'
import { DC_LEDGERS, SlotDesk } from './slot-desk.js'
import { SlotMirrorRepository } from './slot-mirror.repository.js'
import { SlotsRepository } from './slots.repository.js'
import { openThreads } from './threads/threads.js'
import { tracedThreads } from './traced-threads.js'

/** Everything about jobs that is made by the framework. */
export const jobProviders: Provider[] = [
  SlotsRepository,
  JobsRepository,
  JobRules,
  JobsService,
  SlotDesk,
  Definitions,
  Scheduling,
  BoardOfJobs,
  QueuePages,
  AudiencePages,
  EffectsRepository,
  EventActs,
  ReadinessService,
  EventReportService,
  ActsService,
  PeaksService,
]

/** And what is made by hand: the ledger of each data centre, the mirror of the own one, and the threads. */
export function openJobs(context: BaseContext, database: Database, stores: readonly DcStore[]): Provider[] {
  const { clock, config, health } = context
  const tell = jobSignals(context)
  const repository = new SlotMirrorRepository(database)
  const ledgers = new Map(
    stores.map(({ dc, redis }) => [
      dc,
      new DcLedger({
        ...{ dc, redis, clock, keyPrefix: config.GALA_KEY_PREFIX, onError: tell.mirrorFailed },
        recent: () => repository.recent(dc, clock.nowMs()),
      }),
    ]),
  )
  const own = ledgers.get(config.GALA_DC)
  if (!own) throw new Error('there is no Redis of the own data centre')
  health.onDrain(new DcLedgerMirror(own, repository, mirrorSignals(context)).start(clock))
  const threads = openThreads({
    clock,
    threadsMax: config.GALA_JOBS_THREADS + stepThreads,
    memoryMb: config.GALA_JOBS_MEMORY_MB,
    onError: tell.threadFailed,
  })
  return [
    { provide: JOB_SIGNALS, useValue: tell },
    { provide: DC_LEDGERS, useValue: ledgers },
    { provide: THREADS, useValue: tracedThreads(threads, context.traces) },
  ]
}
