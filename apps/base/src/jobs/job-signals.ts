import { Counter, Gauge, Histogram } from 'prom-client'
import type { BaseContext } from '../base.config.js'
import type { RunnerTells } from './runner.js'
import type { SchedulerTells } from './scheduler.js'

export const JOB_SIGNALS = Symbol('JOB_SIGNALS')

/** A clock so far off another one's would run things at other times than people expect. */
const clockOffMs = 500

/** What base tells of jobs: one function per thing that happens. */
export function jobSignals({
  metrics,
  log,
}: Pick<BaseContext, 'metrics' | 'log'>): SchedulerTells &
  RunnerTells &
  Record<'withoutQueue' | 'mirrorFailed' | 'threadFailed' | 'peaksFailed', (error: unknown) => void> {
  const registers = [metrics]
  const token = new Gauge({
    name: 'gala_scheduler_token',
    help: 'Fencing token while this process hands out slots of jobs; 0: it does not',
    labelNames: ['scope'],
    registers,
  })
  const offset = new Gauge({
    name: 'gala_scheduler_clock_offset_seconds',
    help: 'How far the clock of this process is ahead of that of the ledger',
    labelNames: ['scope'],
    registers,
  })
  const failures = new Counter({
    name: 'gala_scheduler_failures_total',
    help: 'Steps of the scheduler that failed',
    labelNames: ['scope'],
    registers,
  })
  const missed = new Counter({
    name: 'gala_job_missed_total',
    help: 'Slots that are not run, because their time had passed before anybody could',
    registers,
  })
  const late = new Histogram({
    name: 'gala_job_late_seconds',
    help: 'From the time a slot was due to its first start',
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 60],
    registers,
  })
  const took = new Histogram({
    name: 'gala_job_run_seconds',
    help: 'What runs of slots took',
    labelNames: ['handler', 'state'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300],
    registers,
  })
  const jobFailures = new Counter({
    name: 'gala_job_failures_total',
    help: 'Slots that have failed and are not tried again',
    registers,
  })
  const ledgerFailures = new Counter({
    name: 'gala_job_ledger_failures_total',
    help: 'Times the ledger of slots did not answer whoever ran one',
    registers,
  })
  const unwritten = new Counter({
    name: 'gala_job_unwritten_total',
    help: 'Runs whose outcome could not be written down',
    registers,
  })
  const queueless = new Counter({
    name: 'gala_job_without_queue_total',
    help: 'Slots run by the process that handed them out, because the queue did not answer',
    registers,
  })
  const failing = new Set<string>()
  const far = new Set<string>()
  return {
    led: (scope, of) => {
      token.set({ scope }, of)
      log.info({ scope, token: of }, 'this process hands out the slots of jobs')
    },
    lost: (scope) => {
      token.set({ scope }, 0)
      log.warn({ scope }, 'this process hands out slots of jobs no more')
    },
    failed: (scope, err) => {
      failures.inc({ scope })
      if (!failing.has(scope)) log.warn({ err, scope }, 'the scheduler of jobs pauses')
      failing.add(scope)
    },
    clock: (scope, offsetMs) => {
      offset.set({ scope }, offsetMs / 1_000)
      if (failing.delete(scope)) log.info({ scope }, 'the scheduler of jobs goes on')
      const off = Math.abs(offsetMs) > clockOffMs
      if (off && !far.has(scope))
        log.warn({ scope, offsetMs }, 'the clock of this process is off that of the ledger, which holds')
      if (off) far.add(scope)
      else far.delete(scope)
    },
    missed: (scope, slots) => {
      missed.inc(slots)
      log.warn({ scope, slots }, 'slots of jobs were missed')
    },
    began: (lateMs) => late.observe(Math.max(0, lateMs) / 1_000),
    ended: (handler, state, reason, tookMs) => {
      took.observe({ handler, state }, tookMs / 1_000)
      if (state !== 'failed') return
      jobFailures.inc()
      log.warn({ handler, reason }, 'a slot of a job has failed')
    },
    ledgerFailed: (err) => {
      ledgerFailures.inc()
      log.debug({ err }, 'the ledger of slots did not answer')
    },
    unwritten: (slot) => {
      unwritten.inc()
      log.error({ slot }, 'what a slot came to could not be written down: it is found lost')
    },
    withoutQueue: (err) => {
      queueless.inc()
      log.debug({ err }, 'a slot was run without the queue')
    },
    mirrorFailed: (err) => log.debug({ err }, 'what this data centre has run could not be asked of the database'),
    peaksFailed: (err) => log.debug({ err }, 'what is highest in an event could not be asked or written down'),
    threadFailed: (err) => log.warn({ err }, 'a thread of jobs failed while nothing ran in it'),
  }
}
