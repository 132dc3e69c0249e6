import { addPaneSums, emptyPaneSums, type PaneSums, paneSumNames, paneSumsOf } from '@gala/database'
import { type Histogram, mergeInto } from '@gala/kernel'
import type { EntityManager } from 'typeorm'

export type Link = 'stream' | 'batch'

export interface PaneRow {
  startMs: number
  dc: string
  link: Link
  event: string
  /** Empty: of what players report. */
  route: string
  sums: PaneSums
  latency: Histogram
  joinTimes: Histogram
}

/** A wall of an hour with a crowd of events; whoever has more looks at one of them. */
const rowsMax = 60_000
const minuteMs = 60_000

type Stored = Record<(typeof paneSumNames)[number] | 'start_ms', string> & {
  dc: string
  link: Link
  event: string
  route: string
  latency: string | null
  join_times: string | null
}

/** Panes that begin in this time, of both links. */
export async function panesBetween(
  manager: EntityManager,
  fromMs: number,
  toMs: number,
  event: string | undefined,
): Promise<PaneRow[]> {
  const rows = await manager.query<Stored[]>(
    `SELECT start_ms, dc, link, event, route, ${paneSumNames.join(', ')}, latency, join_times FROM pane
     WHERE span_s IN (10, 60) AND start_ms >= ? AND start_ms < ?${event === undefined ? '' : ' AND event = ?'} ORDER BY start_ms LIMIT ?`,
    [fromMs, toMs, ...(event === undefined ? [] : [event]), rowsMax],
  )
  return rows.map(({ start_ms: startMs, dc, link, event: of, route, latency, join_times: joinTimes, ...sums }) => ({
    ...{ startMs: Number(startMs), dc, link, event: of, route },
    sums: paneSumsOf(sums),
    latency: histogramOf(latency),
    joinTimes: histogramOf(joinTimes),
  }))
}

/** Requests of an event by minute, without what they took. */
export async function requestsOf(manager: EntityManager, event: string, fromMs: number): Promise<PaneRow[]> {
  const rows = await manager.query<{ at: string; dc: string; link: Link; requests: string; bad: string }[]>(
    `SELECT start_ms - start_ms MOD ${minuteMs} AS at, dc, link, SUM(requests) AS requests, SUM(served_bad) AS bad FROM pane
     WHERE span_s IN (10, 60) AND start_ms >= ? AND event = ? GROUP BY at, dc, link`,
    [fromMs, event],
  )
  return rows.map(({ at, dc, link, requests, bad }) => ({
    ...emptyRow({ startMs: Number(at), dc, link, event, route: '' }),
    sums: { ...emptyPaneSums(), requests: Number(requests), served_bad: Number(bad) },
  }))
}

/**
 * One link for each data centre and minute: that of the lake as soon as it has a minute, which it only has once that is closed; until
 * then the stream.
 */
export function oneLink(rows: readonly PaneRow[]): PaneRow[] {
  const minuteOf = ({ dc, startMs }: PaneRow) => `${dc} ${startMs - (startMs % minuteMs)}`
  const closed = new Set(rows.filter(({ link }) => link === 'batch').map(minuteOf))
  return rows.filter((row) => (row.link === 'batch') === closed.has(minuteOf(row)))
}

/** Sums of rows by what they have in common. */
export function summed<K>(rows: readonly PaneRow[], keyOf: (row: PaneRow) => K): Map<K, PaneRow> {
  const sums = new Map<K, PaneRow>()
  for (const row of rows) {
    const key = keyOf(row)
    const into = sums.get(key) ?? emptyRow(row)
    sums.set(key, into)
    addPaneSums(into.sums, row.sums)
    mergeInto(into.latency, row.latency)
    mergeInto(into.joinTimes, row.joinTimes)
  }
  return sums
}

const emptyRow = (of: Pick<PaneRow, 'startMs' | 'dc' | 'link' | 'event' | 'route'>): PaneRow => ({
  ...{ startMs: of.startMs, dc: of.dc, link: of.link, event: of.event, route: of.route },
  ...{ sums: emptyPaneSums(), latency: {}, joinTimes: {} },
})
const histogramOf = (held: string | null) => (held === null ? {} : (JSON.parse(held) as Histogram))
