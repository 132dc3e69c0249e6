import { paneSumNames, paneSumsOf } from '@gala/database'
import { type Histogram, mergeInto } from '@gala/kernel'
import type { EntityManager } from 'typeorm'
import type { Commit } from './pane-store.js'
import { keyOf, type Pane } from './pane-sums.js'

/** Which panes of the stream link. */
export interface PaneSet {
  dc: string
  part: number
  spanS: 10 | 60
}

export interface StoredPane {
  pane: Pane
  viewers: number | null
  sessions: number | null
}

type Row = Record<(typeof paneSumNames)[number] | 'start_ms', string> & {
  event: string
  route: string
  latency: string | null
  join_times: string | null
  viewers: string | null
  sessions: string | null
}

/** Rows of one statement, and beginnings asked for at once. */
const rowsMax = 100
const columns = ['start_ms', 'dc', 'link', 'span_s', 'part', 'event', 'route', ...paneSumNames]
const upsert = `INSERT INTO pane (${columns.join(', ')}, latency, join_times, viewers, sessions) VALUES `
const onDuplicate = ` ON DUPLICATE KEY UPDATE ${paneSumNames.map((name) => `${name} = ${name} + VALUES(${name})`).join(', ')},
  latency = VALUES(latency), join_times = VALUES(join_times),
  viewers = NULLIF(GREATEST(COALESCE(viewers, 0), COALESCE(VALUES(viewers), 0)), 0),
  sessions = NULLIF(GREATEST(COALESCE(sessions, 0), COALESCE(VALUES(sessions), 0)), 0)`

/** Panes that begin at any of these moments; they stay as they are until the transaction ends. */
export async function panesAt(
  manager: EntityManager,
  { dc, part, spanS }: PaneSet,
  starts: readonly number[],
  route = 'TRUE',
): Promise<StoredPane[]> {
  const found: StoredPane[] = []
  for (let at = 0; at < starts.length; at += rowsMax) {
    const some = starts.slice(at, at + rowsMax)
    const rows = await manager.query<Row[]>(
      `SELECT start_ms, event, route, ${paneSumNames.join(', ')}, latency, join_times, viewers, sessions FROM pane
       WHERE span_s = ? AND start_ms IN (${some.map(() => '?').join(', ')}) AND dc = ? AND link = 'stream' AND part = ? AND ${route}
       FOR UPDATE`,
      [spanS, ...some, dc, part],
    )
    found.push(...rows.map(stored))
  }
  return found
}

export async function removePanes(
  manager: EntityManager,
  { dc, part, spanS }: PaneSet,
  starts: readonly number[],
  route: string,
): Promise<void> {
  await manager.query(
    `DELETE FROM pane WHERE span_s = ? AND start_ms IN (${starts.map(() => '?').join(', ')}) AND dc = ? AND link = 'stream' AND part = ?
     AND ${route}`,
    [spanS, ...starts, dc, part],
  )
}

/** Adds panes to those there are. Only whoever holds the revision of a part may, so nobody adds to the same ones meanwhile. */
export async function addPanes(
  manager: EntityManager,
  set: PaneSet,
  panes: readonly Pane[],
  audiences: Commit['audiences'],
): Promise<void> {
  if (panes.length === 0) return
  const starts = [...new Set(panes.map(({ startMs }) => startMs))].sort((a, b) => a - b)
  const before = new Map((await panesAt(manager, set, starts)).map(({ pane }) => [keyOf(pane), pane]))
  const heard = new Map(audiences.map((each) => [`${each.minuteMs} ${each.event}`, each]))
  // In the order of their keys: whoever else takes locks of them does so in that order.
  const sorted = [...panes].sort((a, b) => a.startMs - b.startMs || (keyOf(a) < keyOf(b) ? -1 : 1))
  for (let at = 0; at < sorted.length; at += rowsMax) {
    const rows = sorted.slice(at, at + rowsMax).map((pane) => valuesOf(set, pane, before.get(keyOf(pane)), heard))
    const places = rows.map((row) => `(${row.map(() => '?').join(', ')})`)
    await manager.query(`${upsert}${places.join(', ')}${onDuplicate}`, rows.flat())
  }
}

function valuesOf(
  { dc, part, spanS }: PaneSet,
  { startMs, event, route, sums, latency, joinTimes }: Pane,
  before: Pane | undefined,
  heard: ReadonlyMap<string, Commit['audiences'][number]>,
) {
  const audience = route === '' ? heard.get(`${startMs - (startMs % 60_000)} ${event}`) : undefined
  return [
    ...[startMs, dc, 'stream', spanS, part, event, route],
    ...paneSumNames.map((name) => sums[name]),
    ...[
      text(mergeInto({ ...latency }, before?.latency ?? {})),
      text(mergeInto({ ...joinTimes }, before?.joinTimes ?? {})),
    ],
    ...[audience?.viewers ?? null, audience?.sessions ?? null],
  ]
}

const text = (histogram: Histogram) => (Object.keys(histogram).length === 0 ? null : JSON.stringify(histogram))
const histogram = (held: string | null) => (held === null ? {} : (JSON.parse(held) as Histogram))

function stored(row: Row): StoredPane {
  const { event, route, latency, join_times: joinTimes, viewers, sessions } = row
  return {
    pane: {
      startMs: Number(row.start_ms),
      event,
      route,
      sums: paneSumsOf(row),
      latency: histogram(latency),
      joinTimes: histogram(joinTimes),
    },
    viewers: viewers === null ? null : Number(viewers),
    sessions: sessions === null ? null : Number(sessions),
  }
}
