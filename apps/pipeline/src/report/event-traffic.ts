import { type EventTraffic, errorBudget } from '@gala/contracts'
import type { Histogram } from '@gala/kernel'
import { Engine, type EngineBounds } from '../lake/engine.js'
import type { LakeFiles } from '../lake/lake-files.js'
import { accessHit, bucketOf, countIf, edgeHit, paneOf, staleHit } from '../rollups/ladder.js'
import { rollups } from '../rollups/rollups.js'
import { makeViews, type Slice } from '../rollups/views.js'
import { quantilesOf } from './quantiles.js'

const seriesMax = 300
const auditMax = 300
const routesMax = 40
const minuteMs = 60_000

type Row = Record<string, string | number | null>
const total = (name: string, where = 'true') =>
  `CAST(COALESCE(SUM(CASE WHEN ${where} THEN ${name} ELSE 0 END), 0) AS BIGINT)`
const outcomesSql = `${total('requests')} AS requests,
  ${total('requests', "outcome = 'full'")} AS served_full, ${total('requests', "outcome = 'degraded'")} AS served_degraded,
  ${total('requests', "outcome = 'bad'")} AS served_bad, ${total('requests', "outcome = 'malformed'")} AS malformed,
  ${total('sent_bytes')} AS sent_bytes`

/** Puts together what these lakes know of an event. Whatever is asked of them is asked of the same files. */
export async function eventTraffic(
  lakes: readonly LakeFiles[],
  slice: Slice & { event: string },
  bounds: EngineBounds,
): Promise<EventTraffic> {
  const engine = await Engine.open(bounds)
  try {
    await makeViews(engine, lakes, slice)
    return await gather(engine, slice)
  } finally {
    engine.close()
  }
}

async function gather(engine: Engine, slice: Slice & { event: string }): Promise<EventTraffic> {
  const rows = (sql: string) => engine.rows<Row>(sql)
  const [ends] = await rows('SELECT MIN(at_ms) AS first_ms, MAX(at_ms) AS last_ms FROM requests')
  const fromMs = slice.fromMs ?? number(ends, 'first_ms')
  const toMs = slice.toMs ?? number(ends, 'last_ms') + 1
  const stepMs = Math.max(1, Math.ceil((toMs - fromMs) / minuteMs / seriesMax)) * minuteMs
  // The rows are read once for most of what follows: reading them is what takes time.
  await engine.run(`CREATE OR REPLACE TEMP TABLE sums AS
    SELECT ${paneOf(stepMs)} AS step_ms, dc, route, outcome, COALESCE(status, 0) AS status, COUNT(*) AS requests,
      SUM(COALESCE(bytes, 0)) AS sent_bytes, ${countIf(edgeHit)} AS edge_hits, ${countIf(staleHit)} AS edge_stale, ${countIf(accessHit)} AS access_hits
    FROM requests GROUP BY ALL`)
  const [sums] = await rows(
    `SELECT ${outcomesSql}, ${total('edge_hits')} AS edge_hits, ${total('edge_stale')} AS edge_stale, ${total('access_hits')} AS access_hits FROM sums`,
  )
  const [busiest] = await rows(rollups.busiest_seconds.sql)
  const buckets = await rows(
    `SELECT route, ${bucketOf('duration_ms')} AS bucket, COUNT(*) AS requests FROM requests
     WHERE duration_ms IS NOT NULL AND outcome <> 'malformed' GROUP BY 1, 2`,
  )
  const dcs = await rows(`SELECT dc, ${outcomesSql} FROM sums GROUP BY 1 ORDER BY 1`)
  const routes = await rows(`SELECT route, ${outcomesSql} FROM sums GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${routesMax}`)
  const errors = await rows(
    `SELECT route, status, ${total('requests')} AS requests FROM sums
     WHERE status >= 400 OR outcome = 'bad' GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT ${routesMax}`,
  )
  const audit = await rows(
    `SELECT at_ms, actor, action, target, reason FROM operator_audit
     WHERE at_ms >= ${fromMs} AND at_ms < ${toMs} ORDER BY at_ms, id LIMIT ${auditMax + 1}`,
  )
  const requests = number(sums, 'requests')
  const bad = number(sums, 'served_bad')
  const budget = errorBudget(requests, bad)
  return {
    from: momentOf(fromMs),
    to: momentOf(toMs),
    ...outcomesOf(sums),
    sentBytes: number(sums, 'sent_bytes'),
    budget: {
      ...budget,
      allowed: Number(budget.allowed.toFixed(6)),
      left: budget.left === null ? null : rounded(budget.left),
    },
    peak: busiest ? { perS: number(busiest, 'requests'), at: momentOf(number(busiest, 'second_ms')) } : null,
    durationMs: quantilesOf(histogramOf(buckets, 'requests')),
    hits: { edge: number(sums, 'edge_hits'), stale: number(sums, 'edge_stale'), access: number(sums, 'access_hits') },
    dcs: dcs.map((row) => ({ dc: String(row['dc']), ...outcomesOf(row) })),
    routes: routes.map((row) => ({
      route: String(row['route']),
      ...outcomesOf(row),
      sentBytes: number(row, 'sent_bytes'),
      durationMs: quantilesOf(
        histogramOf(
          buckets.filter((of) => of['route'] === row['route']),
          'requests',
        ),
      ),
    })),
    errors: errors.map((row) => ({
      route: String(row['route']),
      status: number(row, 'status'),
      count: number(row, 'requests'),
    })),
    playback: await playbackOf(rows),
    series: await seriesOf(rows, stepMs),
    seriesStepMs: stepMs,
    audit: audit.slice(0, auditMax).map((row) => ({
      at: momentOf(number(row, 'at_ms')),
      actor: String(row['actor']),
      action: String(row['action']),
      target: String(row['target']),
      reason: row['reason'] === null ? null : String(row['reason']),
    })),
    gaps: gapsOf(requests, audit.length),
  }
}

async function playbackOf(rows: (sql: string) => Promise<Row[]>): Promise<EventTraffic['playback']> {
  const minutes = await rows(rollups.playback.sql)
  const joins = await rows(
    `SELECT ${bucketOf('join_ms')} AS bucket, COUNT(*) AS joins FROM beacons WHERE kind = 'join' AND join_ms IS NOT NULL GROUP BY 1`,
  )
  const [viewers] = await rows(
    "SELECT COUNT(DISTINCT COALESCE(viewer, session)) AS viewers FROM beacons WHERE kind <> 'malformed'",
  )
  const bitrates = sum(minutes, 'bitrates')
  return {
    plays: sum(minutes, 'plays'),
    joins: sum(minutes, 'joins'),
    joinMs: quantilesOf(histogramOf(joins, 'joins')),
    stalls: sum(minutes, 'stalls'),
    stalledMs: sum(minutes, 'stalled_ms'),
    errors: sum(minutes, 'errors'),
    bitrateKbps: bitrates === 0 ? null : rounded(sum(minutes, 'bitrate_kbps_sum') / bitrates),
    viewers: number(viewers, 'viewers'),
  }
}

/** In steps of whole minutes, so many that a page can draw them. */
async function seriesOf(rows: (sql: string) => Promise<Row[]>, stepMs: number): Promise<EventTraffic['series']> {
  const step = paneOf(stepMs)
  const requests = await rows(`SELECT step_ms, ${outcomesSql} FROM sums GROUP BY 1`)
  const beacons = await rows(
    `SELECT ${step} AS step_ms, ${countIf("kind = 'play'")} AS plays, ${countIf("kind = 'stall'")} AS stalls,
     COUNT(DISTINCT COALESCE(viewer, session)) AS viewers FROM beacons WHERE kind <> 'malformed' GROUP BY 1`,
  )
  const at = (of: Row[]) => new Map(of.map((row) => [number(row, 'step_ms'), row]))
  const [asked, played] = [at(requests), at(beacons)]
  const steps = [...new Set([...asked.keys(), ...played.keys()])].sort((a, b) => a - b)
  return steps.slice(0, seriesMax + 1).map((ms) => ({
    at: momentOf(ms),
    requests: number(asked.get(ms), 'requests'),
    degraded: number(asked.get(ms), 'served_degraded'),
    bad: number(asked.get(ms), 'served_bad'),
    plays: number(played.get(ms), 'plays'),
    stalls: number(played.get(ms), 'stalls'),
    viewers: number(played.get(ms), 'viewers'),
  }))
}

function gapsOf(requests: number, audits: number): string[] {
  const gaps = ['requests that name no event, such as those for lists, are in no report of one']
  if (requests === 0) gaps.push('no request about this event is in the lake for that time')
  if (audits > auditMax) gaps.push(`audit: the first ${auditMax} entries`)
  return gaps
}

const outcomesOf = (row: Row | undefined) => ({
  requests: number(row, 'requests'),
  full: number(row, 'served_full'),
  degraded: number(row, 'served_degraded'),
  bad: number(row, 'served_bad'),
  malformed: number(row, 'malformed'),
})

function histogramOf(rows: readonly Row[], name: string): Histogram {
  const histogram: Histogram = {}
  for (const row of rows) {
    const bucket = number(row, 'bucket')
    histogram[bucket] = (histogram[bucket] ?? 0) + number(row, name)
  }
  return histogram
}

const number = (row: Row | undefined, name: string): number => Number(row?.[name] ?? 0)
const sum = (rows: readonly Row[], name: string): number => rows.reduce((total, row) => total + number(row, name), 0)
const rounded = (value: number) => Math.round(value * 10_000) / 10_000
const momentOf = (ms: number) => new Date(ms).toISOString()
