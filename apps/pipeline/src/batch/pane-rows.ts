import type { Engine } from '../lake/engine.js'
import type { PaneTable } from '../lake/manifest.js'
import { rollups } from '../rollups/rollup.js'
import { type Histogram, merge } from '../rows/histogram.js'

/** Sums, in the order of the columns of `pane`. */
export const sums = [
  ...[
    'requests',
    'served_full',
    'served_degraded',
    'served_bad',
    'malformed',
    'edge_hits',
    'access_hits',
    'sent_bytes',
  ],
  ...['beacons', 'plays', 'joins', 'stalls', 'stalled_ms', 'errors'],
] as const

/** A pane of ten seconds as the batch link writes it: whole, in place of what was there. */
export interface PaneRow {
  startMs: number
  dc: string
  event: string
  /** '' of what players report. */
  route: string
  sums: Readonly<Record<string, number>>
  latency: Histogram | null
  joinTimes: Histogram | null
}

type Row = Record<string, string | number | null>

/** Panes of the rows that the engine's views show, by the same roll-ups that anybody can ask for. */
export async function paneRows(engine: Engine, table: PaneTable): Promise<PaneRow[]> {
  const requests = table === 'requests'
  const rows = await engine.rows<Row>((requests ? rollups.request_outcomes : rollups.playback).sql)
  const buckets = await engine.rows<Row>((requests ? rollups.request_latency : rollups.join_times).sql)
  const histograms = new Map<string, Histogram>()
  for (const row of buckets) {
    const one = { [Number(row['bucket'])]: Number(row[requests ? 'requests' : 'joins']) }
    const key = keyOf(row)
    histograms.set(key, merge(histograms.get(key) ?? {}, one))
  }
  return rows.map((row) => {
    const histogram = histograms.get(keyOf(row)) ?? null
    return {
      startMs: Number(row['pane_ms']),
      dc: String(row['dc']),
      event: String(row['event']),
      route: String(row['route'] ?? ''),
      sums: Object.fromEntries(sums.map((name) => [name, Number(row[name] ?? 0)])),
      latency: requests ? histogram : null,
      joinTimes: requests ? null : histogram,
    }
  })
}

const keyOf = (row: Row) => [row['pane_ms'], row['dc'], row['event'], row['route'] ?? ''].join('\n')
