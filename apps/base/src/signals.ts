import { Counter, Gauge, Histogram } from 'prom-client'
import type { BaseContext } from './base.config.js'

export const SIGNALS = Symbol('SIGNALS')
export type BaseSignals = ReturnType<typeof baseSignals>

/** What base tells of itself: one function per thing that happens. */
export function baseSignals({ metrics, log }: BaseContext) {
  const registers = [metrics]
  const relayLag = new Histogram({
    name: 'gala_relay_lag_seconds',
    help: 'From the commit of a change to its announcement in this data centre',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30],
    registers,
  })
  const relayPauses = new Counter({ name: 'gala_relay_pauses_total', help: 'Relay steps that failed', registers })
  const relaySkips = new Counter({
    name: 'gala_relay_skips_total',
    help: 'Changes trimmed before they were relayed',
    registers,
  })
  const outboxTrimmed = new Counter({
    name: 'gala_outbox_trimmed_total',
    help: 'Rows deleted from the outbox',
    registers,
  })
  const countsWritten = new Counter({
    name: 'gala_counts_written_total',
    help: 'Counts of events written down: those that had changed',
    registers,
  })
  const countsFailures = new Counter({
    name: 'gala_counts_write_failures_total',
    help: 'Times counts could not be written down; the next time they are',
    registers,
  })
  const replays = new Counter({
    name: 'gala_replays_total',
    help: 'Writes that had been done already and were answered as they were then',
    labelNames: ['route'],
    registers,
  })
  const redisFailures = new Counter({ name: 'gala_redis_failures_total', help: 'Redis faults', registers })
  const databaseFailures = new Counter({ name: 'gala_database_failures_total', help: 'Database faults', registers })
  const controlFailures = new Counter({
    name: 'gala_control_failures_total',
    help: 'Orders of operators that could not be read, or not be left in Redis, at first',
    registers,
  })
  const ruleActs = new Counter({
    name: 'gala_rule_acts_total',
    help: 'Times a rule raised or lowered its switches, or would have',
    labelNames: ['rule', 'act', 'mode'],
    registers,
  })
  const ruleFailures = new Counter({
    name: 'gala_rule_failures_total',
    help: 'Looks of the rules that could not be finished',
    registers,
  })
  const ruleAuditFailures = new Counter({
    name: 'gala_rule_audit_failures_total',
    help: 'Audit entries of rules that could not be written at first (late), or not at all (lost)',
    labelNames: ['outcome'],
    registers,
  })
  const writer = new Gauge({
    name: 'gala_writer_token',
    help: 'Fencing token while this process keeps the writer; 0: it does not',
    registers,
  })
  const unsafe = new Gauge({
    name: 'gala_writer_unsafe',
    help: '1 while what is acknowledged here exists in this data centre only',
    registers,
  })
  const keeperFailures = new Counter({
    name: 'gala_writer_keeper_failures_total',
    help: 'Steps of the keeper of the writer that failed',
    registers,
  })
  const streams = new Gauge({ name: 'gala_console_streams', help: 'Consoles following the live stream', registers })
  const probesMissed = new Counter({
    name: 'gala_audit_tail_failures_total',
    help: 'Looks for new audit entries that failed',
    registers,
  })
  const boardsMissed = new Counter({
    name: 'gala_switchboard_failures_total',
    help: 'Switchboards that could not be put together for the stream',
    registers,
  })
  let paused = false
  return {
    relayed: (lagMs: number) => {
      relayLag.observe(Math.max(0, lagMs) / 1000)
      if (paused) log.info('the relay goes on')
      paused = false
    },
    relayPaused: (err: unknown) => {
      relayPauses.inc()
      if (!paused) log.warn({ err }, 'the relay pauses')
      paused = true
    },
    relaySkipped: (from: number, to: number) => {
      relaySkips.inc()
      log.warn({ from, to }, 'changes had been trimmed before they were relayed: nothing older is believed')
    },
    countsWritten: (rows: number) => countsWritten.inc(rows),
    countsFailed: (err: unknown) => {
      countsFailures.inc()
      log.debug({ err }, 'counts could not be written down')
    },
    outboxTrimmed: (rows: number) => outboxTrimmed.inc(rows),
    replayed: (route: string) => replays.inc({ route }),
    trimFailed: (err: unknown) => log.warn({ err }, 'what is over could not be deleted'),
    controlFailed: () => controlFailures.inc(),
    ruleActed: (rule: string, act: string, mode: string) => {
      ruleActs.inc({ rule, act, mode })
      log.warn({ rule, act, mode }, 'a rule acted')
    },
    rulesFailed: () => ruleFailures.inc(),
    ruleAuditLate: () => ruleAuditFailures.inc({ outcome: 'late' }),
    ruleAuditLost: () => {
      ruleAuditFailures.inc({ outcome: 'lost' })
      log.error('what a rule did could not be put into the audit')
    },
    writerTaken: (token: number, why: string) => {
      writer.set(token)
      unsafe.set(1)
      log.warn({ token, why }, 'this data centre writes')
    },
    writerSafe: () => unsafe.set(0),
    writerUnsafe: (token: number) => {
      unsafe.set(1)
      log.error({ token }, 'no other data centre confirms what is written: it exists once')
    },
    writerLeft: (token: number, why: string) => {
      writer.set(0)
      unsafe.set(0)
      log.warn({ token, why }, 'this data centre writes no more')
    },
    serverRebuilt: (from: string) =>
      log.error({ from }, 'the database server held writes nobody was told of, and was built anew as a copy'),
    keeperFailed: (err: unknown) => {
      keeperFailures.inc()
      log.debug({ err }, 'a step of the keeper of the writer failed')
    },
    redisFailed: () => redisFailures.inc(),
    databaseFailed: () => databaseFailures.inc(),
    boardFailed: () => boardsMissed.inc(),
    auditTailFailed: () => probesMissed.inc(),
    streamOpened: () => streams.inc(),
    streamClosed: () => streams.dec(),
  }
}
