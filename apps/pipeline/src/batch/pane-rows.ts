import { paneSumsOf } from '@gala/database'
import { type Histogram, mergeInto } from '@gala/kernel'
import type { Engine } from '../lake/engine.js'
import type { PaneTable } from '../lake/manifest.js'
import { type Pane } from '../panes/pane-sums.js'
import { rollups } from '../rollups/rollups.js'

/** A pane as the batch link writes it: whole, in place of what was there. Viewers and sessions are those of its minute, exactly. */
export interface PaneRow extends Pane {
  viewers: number | null
  sessions: number | null
}

type Row = Record<string, string | number | null>
const minuteMs = 60_000

/** Panes of the rows that the engine's views show, by the same roll-ups that anybody can ask for. */
export async function paneRows(engine: Engine, table: PaneTable): Promise<PaneRow[]> {
  const requests = table === 'requests'
  const rows = await engine.rows<Row>((requests ? rollups.request_outcomes : rollups.playback).sql)
  const buckets = await engine.rows<Row>((requests ? rollups.request_latency : rollups.join_times).sql)
  const audiences = requests ? [] : await engine.rows<Row>(rollups.unique_viewers.sql)
  const histograms = new Map<string, Histogram>()
  for (const row of buckets) {
    const one = { [Number(row['bucket'])]: Number(row[requests ? 'requests' : 'joins']) }
    histograms.set(keyOf(row), mergeInto(histograms.get(keyOf(row)) ?? {}, one))
  }
  const audienceOf = new Map(audiences.map((row) => [`${row['minute_ms']} ${row['event']}`, row]))
  return rows.map((row) => {
    const startMs = Number(row['pane_ms'])
    const event = String(row['event'])
    const audience = event === '' ? undefined : audienceOf.get(`${startMs - (startMs % minuteMs)} ${event}`)
    const histogram = histograms.get(keyOf(row)) ?? {}
    return {
      startMs,
      event,
      route: String(row['route'] ?? ''),
      sums: paneSumsOf(row),
      latency: requests ? histogram : {},
      joinTimes: requests ? {} : histogram,
      viewers: audience ? Number(audience['viewers']) : null,
      sessions: audience ? Number(audience['sessions']) : null,
    }
  })
}

const keyOf = (row: Row) => `${row['pane_ms']} ${row['event']} ${row['route'] ?? ''}`
