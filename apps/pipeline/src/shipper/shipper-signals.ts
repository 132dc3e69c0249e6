import type { Topic } from '@gala/eventlog'
import { Counter, Gauge, type Registry } from 'prom-client'
import type { Counted } from './minute-counts.js'

export type ShipperSignals = ReturnType<typeof shipperSignals>

/** What the way of lines to the log tells of itself. */
export function shipperSignals(metrics: Registry) {
  const registers = [metrics]
  const lines = new Counter({
    name: 'gala_pipeline_lines_total',
    help: 'Lines read from files, sent to the event log, deleted before they were sent, or never finished',
    labelNames: ['topic', 'what'],
    registers,
  })
  // Of a series that begins with its first loss nobody would see a rise.
  for (const topic of ['requests', 'beacons']) lines.inc({ topic, what: 'lost' }, 0)
  const failures = new Counter({
    name: 'gala_pipeline_log_failures_total',
    help: 'Times the event log did not answer whoever writes to it; the lines wait in their files',
    registers,
  })
  const blocked = new Gauge({
    name: 'gala_pipeline_blocked',
    help: '1 while the event log takes no more lines',
    registers,
  })
  const again = new Counter({
    name: 'gala_pipeline_sent_again_total',
    help: 'Files sent again from where their reader was, because the event log had lost what came after',
    registers,
  })
  const deleted = new Counter({
    name: 'gala_pipeline_files_deleted_total',
    help: 'Full files deleted: carried on, or for want of room',
    labelNames: ['why'],
    registers,
  })
  const vanished = new Counter({
    name: 'gala_pipeline_files_vanished_total',
    help: 'Files that somebody else deleted or emptied; what had not been read of them is lost',
    registers,
  })
  const fileBytes = new Gauge({ name: 'gala_pipeline_file_bytes', help: 'Of all files of lines', registers })
  const keeping = new Counter({
    name: 'gala_pipeline_keeping_failures_total',
    help: 'Looks after files that failed; the next one goes on',
    registers,
  })
  const lag = new Gauge({
    name: 'gala_pipeline_lag_seconds',
    help: 'How long ago everything that stood in files was in panes; nothing of a process that stands by',
    labelNames: ['topic'],
    registers,
  })
  return {
    lag: (topic: Topic, seconds: number) => lag.set({ topic }, seconds),
    standsBy: () => lag.reset(),
    lines: (topic: Topic, what: Counted, found: ReadonlyMap<number, number>) => {
      let sum = 0
      for (const count of found.values()) sum += count
      if (sum > 0) lines.inc({ topic, what }, sum)
    },
    logFailed: (_error: unknown) => failures.inc(),
    blocked: (is: boolean) => blocked.set(is ? 1 : 0),
    sentAgain: () => again.inc(),
    deleted: (why: 'done' | 'room') => deleted.inc({ why }),
    vanished: (count: number) => vanished.inc(count),
    fileBytes: (bytes: number) => fileBytes.set(bytes),
    keepingFailed: (_error: unknown) => keeping.inc(),
  }
}
