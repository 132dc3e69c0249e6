import type { Database } from '@gala/database'
import { type PaneRow, sums } from './pane-rows.js'

/** Seconds of a pane. */
const spanS = 10
/** Of one statement: far below what a server takes. */
const rowsMax = 200
const keys = ['start_ms', 'dc', 'link', 'span_s', 'part', 'event', 'route'] as const
const values = [...sums, 'latency', 'join_times'] as const

/** What the two links say of one minute of a data centre, and how far apart they are. */
export interface MinuteBalance {
  minuteMs: number
  stream: { requests: number; beacons: number }
  batch: { requests: number; beacons: number }
  /** Of every sum of every pane, added up without regard to sign. */
  apart: number
}

/** The panes in MySQL, as the batch link writes and compares them. */
export class PaneTable {
  constructor(
    private readonly database: Pick<Database, 'read' | 'onWriter'>,
    private readonly dc: string,
  ) {}

  /** In place of what the batch link wrote of the same panes before. A pane never becomes empty, since nothing leaves the lake so early. */
  async write(rows: readonly PaneRow[]): Promise<void> {
    for (let start = 0; start < rows.length; start += rowsMax) {
      const part = rows.slice(start, start + rowsMax)
      const columns = [...keys, ...values]
      const places = part.map(() => `(${columns.map(() => '?').join(', ')})`).join(', ')
      const changes = values.map((name) => `${name} = VALUES(${name})`).join(', ')
      const sql = `INSERT INTO pane (${columns.join(', ')}) VALUES ${places} ON DUPLICATE KEY UPDATE ${changes}`
      await this.database.onWriter((manager) => manager.query(sql, part.flatMap(stored)))
    }
  }

  /** Minutes of this data centre from one to before another, in their order. */
  async balance(fromMs: number, toMs: number): Promise<MinuteBalance[]> {
    const of = (name: string, link: string) => `SUM(CASE WHEN link = '${link}' THEN ${name} ELSE 0 END)`
    const signed = (name: string) => `SUM(CAST(${name} AS SIGNED) * CASE WHEN link = 'stream' THEN 1 ELSE -1 END)`
    const sql = `
      SELECT start_ms - start_ms % 60000 AS minute_ms, ${sums.map((name) => `SUM(ABS(d_${name}))`).join(' + ')} AS apart,
        SUM(s_requests) AS stream_requests, SUM(s_beacons) AS stream_beacons,
        SUM(b_requests) AS batch_requests, SUM(b_beacons) AS batch_beacons
      FROM (
        SELECT start_ms, event, route, ${sums.map((name) => `${signed(name)} AS d_${name}`).join(', ')},
          ${of('requests', 'stream')} AS s_requests, ${of('beacons', 'stream')} AS s_beacons,
          ${of('requests', 'batch')} AS b_requests, ${of('beacons', 'batch')} AS b_beacons
        FROM pane WHERE start_ms >= ? AND start_ms < ? AND dc = ? AND span_s = ${spanS}
        GROUP BY start_ms, event, route
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
}

const stored = (row: PaneRow) => [
  ...[row.startMs, row.dc, 'batch', spanS, 0, row.event, row.route],
  ...sums.map((name) => row.sums[name] ?? 0),
  row.latency && JSON.stringify(row.latency),
  row.joinTimes && JSON.stringify(row.joinTimes),
]
