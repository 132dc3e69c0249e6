import type { Database } from '@gala/database'
import { paneSumNames, paneSumsOf } from '@gala/database'
import type { EntityManager } from 'typeorm'
import { addPane, emptyPane, keyOf, type Pane } from '../panes/pane-sums.js'
import type { PaneRow } from './pane-rows.js'

/** Of one statement: far below what a server takes. */
const rowsMax = 200
const minuteMs = 60_000
/** Minutes put together in one transaction. */
const foldedMax = 10
const columns = [
  ...['start_ms', 'dc', 'link', 'span_s', 'part', 'event', 'route', ...paneSumNames],
  ...['latency', 'join_times', 'viewers', 'sessions'],
]

/** Panes of requests have a route, those of what players report have none. */
export type PaneKind = 'requests' | 'beacons'
const ofKind = { requests: "route <> ''", beacons: "route = ''" }

/** What the two links say of one minute of a data centre, and how far apart they are. */
export interface MinuteBalance {
  minuteMs: number
  stream: { requests: number; beacons: number }
  batch: { requests: number; beacons: number }
  /** Of every sum of every event and route, added up without regard to sign. */
  apart: number
}

/** The panes in MySQL, as the batch link of a data centre writes them and compares them with the stream link's. */
export class PaneTable {
  constructor(
    private readonly database: Pick<Database, 'read' | 'onWriter'>,
    private readonly dc: string,
  ) {}

  /** Panes of ten seconds: all there are of these minutes, in place of all that were written of them before. */
  async write(kind: PaneKind, minutes: Iterable<number>, rows: readonly PaneRow[]): Promise<void> {
    await this.database.onWriter((manager) => this.#replace(manager, kind, [...minutes], 10, rows))
  }

  /** Puts panes of ten seconds that are old together to minutes. @returns whether there are more. */
  async fold(kind: PaneKind, beforeMs: number): Promise<boolean> {
    return await this.database.onWriter(async (manager) => {
      const found = await manager.query<{ minute_ms: string }[]>(
        `SELECT DISTINCT start_ms - start_ms % ${minuteMs} AS minute_ms FROM pane
         WHERE span_s = 10 AND start_ms < ? AND dc = ? AND link = 'batch' AND ${ofKind[kind]} ORDER BY minute_ms LIMIT ?`,
        [beforeMs, this.dc, foldedMax],
      )
      const minutes = found.map(({ minute_ms: minute }) => Number(minute))
      const folded = new Map<string, PaneRow>()
      for (const minute of minutes) {
        for (const row of await this.#panesOf(manager, kind, minute)) {
          const key = { ...row, startMs: minute }
          const into = folded.get(keyOf(key)) ?? { ...emptyPane(key), viewers: row.viewers, sessions: row.sessions }
          addPane(into, row)
          folded.set(keyOf(key), into)
        }
      }
      if (minutes.length > 0) await this.#replace(manager, kind, minutes, 60, [...folded.values()])
      return minutes.length === foldedMax
    })
  }

  /** Deletes what the batch link wrote of the time before, some of it. */
  async drop(beforeMs: number): Promise<void> {
    await this.database.onWriter((manager) =>
      manager.query("DELETE FROM pane WHERE start_ms > 0 AND start_ms < ? AND dc = ? AND link = 'batch' LIMIT 5000", [
        beforeMs,
        this.dc,
      ]),
    )
  }

  /** Minutes of this data centre from one to before another, in their order. */
  async balance(fromMs: number, toMs: number): Promise<MinuteBalance[]> {
    const of = (name: string, link: string) => `SUM(CASE WHEN link = '${link}' THEN ${name} ELSE 0 END)`
    const signed = (name: string) => `SUM(CAST(${name} AS SIGNED) * CASE WHEN link = 'stream' THEN 1 ELSE -1 END)`
    const sql = `
      SELECT minute_ms, ${paneSumNames.map((name) => `SUM(ABS(d_${name}))`).join(' + ')} AS apart,
        SUM(s_requests) AS stream_requests, SUM(s_beacons) AS stream_beacons,
        SUM(b_requests) AS batch_requests, SUM(b_beacons) AS batch_beacons
      FROM (
        SELECT start_ms - start_ms % ${minuteMs} AS minute_ms, event, route,
          ${paneSumNames.map((name) => `${signed(name)} AS d_${name}`).join(', ')},
          ${of('requests', 'stream')} AS s_requests, ${of('beacons', 'stream')} AS s_beacons,
          ${of('requests', 'batch')} AS b_requests, ${of('beacons', 'batch')} AS b_beacons
        FROM pane WHERE start_ms >= ? AND start_ms < ? AND dc = ?
        GROUP BY minute_ms, event, route
      ) AS panes
      GROUP BY minute_ms ORDER BY minute_ms`
    const { value } = await this.database.read((manager) =>
      manager.query<Record<string, string>[]>(sql, [fromMs, toMs, this.dc]),
    )
    return value.map((row) => ({
      minuteMs: Number(row['minute_ms']),
      stream: { requests: Number(row['stream_requests']), beacons: Number(row['stream_beacons']) },
      batch: { requests: Number(row['batch_requests']), beacons: Number(row['batch_beacons']) },
      apart: Number(row['apart']),
    }))
  }

  async #replace(
    manager: EntityManager,
    kind: PaneKind,
    minutes: readonly number[],
    spanS: 10 | 60,
    rows: readonly PaneRow[],
  ): Promise<void> {
    for (const minute of minutes) {
      await manager.query(
        `DELETE FROM pane WHERE start_ms >= ? AND start_ms < ? AND dc = ? AND link = 'batch' AND ${ofKind[kind]}`,
        [minute, minute + minuteMs, this.dc],
      )
    }
    for (let start = 0; start < rows.length; start += rowsMax) {
      const part = rows.slice(start, start + rowsMax)
      const places = part.map(() => `(${columns.map(() => '?').join(', ')})`).join(', ')
      const values = part.flatMap((row) => this.#stored(row, spanS))
      await manager.query(`INSERT INTO pane (${columns.join(', ')}) VALUES ${places}`, values)
    }
  }

  #stored({ startMs, event, route, sums, latency, joinTimes, viewers, sessions }: PaneRow, spanS: number) {
    return [
      ...[startMs, this.dc, 'batch', spanS, 0, event, route, ...paneSumNames.map((name) => sums[name])],
      ...[stored(latency), stored(joinTimes), viewers, sessions],
    ]
  }

  async #panesOf(manager: EntityManager, kind: PaneKind, minute: number): Promise<PaneRow[]> {
    const rows = await manager.query<Record<string, string | null>[]>(
      `SELECT ${columns.join(', ')} FROM pane
       WHERE start_ms >= ? AND start_ms < ? AND dc = ? AND link = 'batch' AND ${ofKind[kind]} FOR UPDATE`,
      [minute, minute + minuteMs, this.dc],
    )
    return rows.map((row) => ({
      startMs: Number(row['start_ms']),
      event: row['event'] ?? '',
      route: row['route'] ?? '',
      sums: paneSumsOf(row),
      latency: JSON.parse(row['latency'] ?? '{}') as Pane['latency'],
      joinTimes: JSON.parse(row['join_times'] ?? '{}') as Pane['joinTimes'],
      viewers: row['viewers'] == null ? null : Number(row['viewers']),
      sessions: row['sessions'] == null ? null : Number(row['sessions']),
    }))
  }
}

const stored = (histogram: Pane['latency']) => (Object.keys(histogram).length === 0 ? null : JSON.stringify(histogram))
