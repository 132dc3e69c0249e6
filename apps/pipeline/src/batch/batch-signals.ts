import { collected, gauged } from '@gala/runtime'
import { Counter } from 'prom-client'
import type { Loader } from '../lake/loader.js'
import type { QueryService } from '../lake/query/query.service.js'
import type { Upkeep } from '../lake/upkeep.js'
import type { PipelineContext } from '../pipeline.config.js'
import type { BatchPanes } from './batch-panes.js'
import type { Reconciler } from './reconciler.js'

/** What the batch link does again and again, each on its own. */
export type Leg = 'load' | 'audit' | 'panes' | 'reconcile' | 'upkeep'

interface Told {
  loader: Loader
  upkeep: Upkeep
  batchPanes: BatchPanes
  reconciler: Reconciler
  queries: QueryService
  due: number
}

/** What the batch link tells of itself. */
export function batchSignals({ metrics, log }: Pick<PipelineContext, 'metrics' | 'log'>) {
  const failures = new Counter({
    name: 'gala_lake_failures_total',
    help: 'Times a leg of the batch link failed; it goes on with the same work',
    labelNames: ['leg'],
    registers: [metrics],
  })
  return {
    failed(leg: Leg, err: unknown) {
      failures.inc({ leg })
      log.warn({ err, leg }, 'batch link failed')
    },
    tells(link: Told, nowMs: () => number) {
      const counted = (name: string, help: string, read: () => number) =>
        collected(metrics, name, help, [], () => [[{}, read()]])
      const { loader, upkeep, batchPanes, reconciler, queries } = link
      counted('gala_lake_rows_total', 'Rows written to the lake from files', () => loader.counts.rows)
      counted('gala_lake_batches_total', 'Batches written to the lake', () => loader.counts.batches)
      counted(
        'gala_lake_lost_ranges_total',
        'Ranges whose file was gone before they were written again',
        () => loader.counts.lostRanges,
      )
      counted(
        'gala_lake_late_rows_total',
        'Rows whose minute is too long ago to be computed again',
        () => loader.counts.tooLate,
      )
      counted('gala_lake_compacted_files_total', 'Files that were made one', () => upkeep.counts.compacted)
      counted('gala_lake_dropped_days_total', 'Days that were older than their table is kept', () => upkeep.counts.days)
      counted('gala_lake_panes_total', 'Panes written by the batch link', () => batchPanes.counts.panes)
      collected(metrics, 'gala_lake_queries_total', 'Queries of operators, by how they ended', ['end'], () =>
        Object.entries(queries.counts).map(([end, count]) => [{ end }, count]),
      )
      const lagHelp = 'How long ago everything that stood in files was in the lake'
      gauged(metrics, 'gala_lake_lag_seconds', lagHelp, () => Math.max(0, nowMs() - loader.completeToMs) / 1_000)
      gauged(metrics, 'gala_lake_due_minutes', 'Minutes whose panes are older than their rows', () => link.due)
      const apartHelp = 'Part of the requests of the last hour that one link has and the other has not'
      gauged(metrics, 'gala_pane_difference_ratio', apartHelp, () => reconciler.ratio)
    },
  }
}

export type BatchSignals = ReturnType<typeof batchSignals>
