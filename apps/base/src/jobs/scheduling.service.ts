import { connectRedis, connectWaitingRedis } from '@gala/bus'
import type { SchedulerInfo } from '@gala/contracts'
import type { Database } from '@gala/database'
import { randomId } from '@gala/kernel'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common'
import type { BaseContext } from '../base.config.js'
import { type BaseSignals, SIGNALS } from '../signals.js'
import { DATABASE } from '../tokens.js'
import { ActsService } from './acts/acts.service.js'
import { Definitions } from './definitions.service.js'
import type { Threads } from './handler.js'
import { handlers } from './handlers/index.js'
import { JOB_SIGNALS, type jobSignals } from './job-signals.js'
import type { Ledger } from './ledger.js'
import { globalScope, MysqlLedger } from './mysql-ledger.js'
import { type Handed, SlotQueue } from './queue.js'
import { Runner } from './runner.js'
import { Scheduler, stepEveryMs } from './scheduler.js'
import { DC_LEDGERS } from './slot-desk.js'

export const THREADS = Symbol('THREADS')
/** What runs when the process is told to stop may take so long to end. */
const drainWithinMs = 4_000
const queueTimeoutMs = 500
/** Kept free for steps of timelines: jobs that hang must not make an event late. */
export const stepThreads = 2
/**
 * Of what only asks base, begun at once: such a run waits for the database nearly all of its time. With a tenth of a second each it is
 * 240 a second and process, several times what comes on a busy evening, so that what a take-over has held up is soon caught up with
 * by the one process that may be left in the data centre.
 */
const asksAtOnce = 24

/** This process's part in running jobs: it stands for both leases, hands out slots while it holds one, and runs what it is handed. */
@Injectable()
export class Scheduling implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #holder: string
  readonly #queues: { steps: SlotQueue; asks: SlotQueue; jobs: SlotQueue }
  readonly #runner: Runner
  readonly #schedulers: Scheduler[]
  readonly #redis

  constructor(
    @Inject(APP_CONTEXT) private readonly context: BaseContext,
    @Inject(SIGNALS) private readonly signals: Pick<BaseSignals, 'redisFailed' | 'databaseFailed'>,
    @Inject(JOB_SIGNALS) private readonly tell: ReturnType<typeof jobSignals>,
    @Inject(DATABASE) database: Database,
    @Inject(DC_LEDGERS) ledgers: ReadonlyMap<string, Ledger>,
    @Inject(THREADS) private readonly threads: Threads,
    acts: ActsService,
    definitions: Definitions,
  ) {
    const { clock, config } = context
    const { GALA_DC: dc, GALA_INSTANCE: instance } = config
    this.#holder = `${instance}#${randomId()}`
    const global = new MysqlLedger(database, dc)
    const own = ledgers.get(dc)
    if (!own) throw new Error('there is no ledger of the own data centre')
    const ledgerOf = (of: string) => (of === '' ? global : own)
    this.#runner = new Runner({
      ...{ clock, holder: this.#holder, threads, ledgerOf },
      act: (run, act, input) => acts.perform(run, act, input),
      tell,
    })
    const url = config.GALA_JOBS_REDIS_URL ?? config.GALA_REDIS_URL
    this.#redis = [
      connectRedis(url, signals.redisFailed, queueTimeoutMs),
      connectWaitingRedis(url, signals.redisFailed),
    ] as const
    const [redis, waiting] = this.#redis
    const queue = (name: string, concurrency: number) =>
      new SlotQueue({
        ...{ name, redis, waiting, concurrency },
        keyPrefix: config.GALA_KEY_PREFIX,
        perSecondMax: config.GALA_JOBS_PER_S_MAX,
        take: (handed, progress) => this.#runner.take(handed, progress),
        onError: signals.redisFailed,
      })
    this.#queues = {
      steps: queue('steps', stepThreads),
      asks: queue('asks', asksAtOnce),
      jobs: queue('jobs', config.GALA_JOBS_THREADS),
    }
    const common = { clock, holder: this.#holder, tell }
    const dispatch = (handed: Handed) => void this.#handOut(handed)
    this.#schedulers = [
      new Scheduler({
        ...common,
        ledger: global,
        dc: '',
        dispatch,
        definitions: () => definitions.exact(),
      }),
      new Scheduler({
        ...common,
        ledger: own,
        dc,
        dispatch,
        definitions: () => definitions.nearest(clock.nowMs()),
      }),
    ]
  }

  /** What BullMQ holds. */
  get queues() {
    return Object.values(this.#queues).map(({ queue }) => queue)
  }

  /** Whether this process hands out what is global. */
  get leads(): boolean {
    return this.#schedulers[0]?.lead?.leads === true
  }

  onApplicationBootstrap() {
    const { clock, health } = this.context
    const stopped = new AbortController()
    const stopBeating = this.#runner.start()
    const loops = this.#schedulers.map((scheduler) => this.#run(scheduler, stopped.signal))
    health.onDrain(async () => {
      stopped.abort()
      await Promise.all(loops)
      await Promise.all(this.#schedulers.map((scheduler) => scheduler.stop().catch(this.signals.databaseFailed)))
      // What has not ended by then is found lost, and is run again where that is declared.
      const stops = Object.values(this.#queues).map((queue) => queue.stop())
      await Promise.race([Promise.all(stops), clock.sleep(drainWithinMs)])
      stopBeating()
    })
  }

  async onApplicationShutdown() {
    await this.threads.close()
    for (const queue of Object.values(this.#queues)) await queue.close().catch(this.signals.redisFailed)
    for (const redis of this.#redis) redis.disconnect()
  }

  /** Who hands out slots, of all and of each data centre, as this process last heard. */
  schedulers(): SchedulerInfo[] {
    const [global, own] = this.#schedulers
    const shown = (scope: string, scheduler: Scheduler | undefined): SchedulerInfo => {
      const lead = scheduler?.lead
      const heldForMs = lead?.takenAtMs ? Math.max(0, Math.round(lead.nowMs - lead.takenAtMs)) : null
      const offset = scheduler?.clockOffsetMs
      return {
        scope,
        holder: lead?.holder ?? null,
        token: lead?.token ?? 0,
        heldForMs,
        clockOffsetMs: offset === undefined ? null : Math.round(offset),
      }
    }
    return [shown(globalScope, global), shown(this.context.config.GALA_DC, own)]
  }

  async #run(scheduler: Scheduler, stopped: AbortSignal) {
    const { clock } = this.context
    while (!stopped.aborted) {
      const startedMs = clock.monotonicMs()
      await scheduler.step()
      await clock.sleep(Math.max(0, startedMs + stepEveryMs - clock.monotonicMs()), stopped)
    }
  }

  /** Through the queue; without its Redis in this process, which is all the queue would be for. */
  async #handOut(handed: Handed) {
    try {
      await this.#queues[queueOf(handed)].add(handed)
    } catch (error) {
      this.signals.redisFailed()
      this.tell.withoutQueue(error)
      await this.#runner.take(handed, () => {}).catch(this.tell.ledgerFailed)
    }
  }
}

/** Steps of timelines by themselves; and what needs no thread does not wait for one. */
function queueOf({ job }: Handed): 'steps' | 'asks' | 'jobs' {
  if (job.step !== null) return 'steps'
  return handlers.get(job.handler)?.onlyAsks ? 'asks' : 'jobs'
}
