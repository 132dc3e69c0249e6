import type { Topic } from '@gala/eventlog'
import { Counter, Histogram, type Registry } from 'prom-client'
import type { Gathered } from './pane-sums.js'

export type PaneSignals = ReturnType<typeof paneSignals>

/** What the way from the log to panes tells of itself. */
export function paneSignals(metrics: Registry) {
  const registers = [metrics]
  const count = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name, help, labelNames, registers })
  const lines = count('gala_pipeline_rolled_up_total', 'Lines counted in panes of the stream link', ['topic'])
  const crowded = count('gala_pipeline_crowded_out_total', 'Lines counted as of no event: too many events at once')
  const duplicates = count('gala_pipeline_duplicates_total', 'Lines that came again and were cut off')
  const outOfOrder = count(
    'gala_pipeline_out_of_order_total',
    'Runs left alone until what is missing before them comes',
  )
  const replaced = count(
    'gala_pipeline_replaced_total',
    'Commits of a reader that had been replaced; nothing was written',
  )
  const again = count('gala_pipeline_epochs_total', 'Times the event log had to be read from another beginning')
  const readFailures = count('gala_pipeline_read_failures_total', 'Looks of readers that failed; nothing was written')
  const logFailures = count(
    'gala_pipeline_release_failures_total',
    'Times the event log was not told what it may forget',
  )
  const audienceFailures = count('gala_pipeline_audience_failures_total', 'Viewers that could not be told apart')
  const lag = new Histogram({
    name: 'gala_pipeline_pane_lag_seconds',
    help: 'From the newest line of a reading to its pane in the database',
    buckets: [0.5, 1, 2, 3, 4, 6, 10, 15, 30, 60, 300],
    registers,
  })
  return {
    counted: (topic: Topic, gathered: Gathered, nowMs: number) => {
      if (gathered.lines === 0) return
      lines.inc({ topic }, gathered.lines)
      crowded.inc(gathered.crowdedOut)
      if (gathered.newestMs > 0) lag.observe(Math.max(0, nowMs - gathered.newestMs) / 1_000)
    },
    duplicate: () => duplicates.inc(),
    outOfOrder: () => outOfOrder.inc(),
    replaced: () => replaced.inc(),
    beganAgain: () => again.inc(),
    readFailed: (_error: unknown) => readFailures.inc(),
    logFailed: (_error: unknown) => logFailures.inc(),
    audienceFailed: (_error: unknown) => audienceFailures.inc(),
  }
}
