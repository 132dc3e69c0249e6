import type { DcBooks } from '@gala/contracts'
import type { Database } from '@gala/database'
import type { Checkpoint } from '../shipper/checkpoint.js'

interface BooksOptions {
  database: Pick<Database, 'read'>
  checkpoint: Pick<Checkpoint, 'counts'>
  dc: string
  /** For how long lines of a time may still come. */
  graceMs: number
}

type Minute = DcBooks['minutes'][number]
type Row = { minute: string; topic: Minute['topic']; stream: string; batch: string; malformed: string }

const topics = ['requests', 'beacons'] as const

/** Lines have either a route, or are what players report. */
const rolledUp = `SELECT start_ms - start_ms % 60000 AS minute, CASE WHEN route = '' THEN 'beacons' ELSE 'requests' END AS topic,
    SUM(CASE WHEN link = 'stream' THEN requests + beacons ELSE 0 END) AS stream,
    SUM(CASE WHEN link = 'batch' THEN requests + beacons ELSE 0 END) AS batch,
    SUM(CASE WHEN link = 'stream' THEN malformed ELSE 0 END) AS malformed
  FROM pane WHERE span_s IN (10, 60) AND start_ms >= ? AND start_ms < ? AND dc = ? GROUP BY minute, topic`
const cutOff = `SELECT minute_ms AS minute, topic, SUM(cut) AS cut FROM pipeline_duplicates
  WHERE minute_ms >= ? AND minute_ms < ? AND dc = ? GROUP BY minute_ms, topic`
/** The part that is furthest behind of those that have read anything. */
const newest = 'SELECT MIN(newest_ms) AS newest FROM pipeline_offset WHERE dc = ? AND newest_ms > 0'

/** What was produced, and what became of it: of the own data centre, minute by minute. */
export class BooksService {
  constructor(private readonly options: BooksOptions) {}

  /** Of minutes that begin at `fromMs` or later and before `toMs`. @throws AppError DATABASE_UNAVAILABLE */
  async between(fromMs: number, toMs: number): Promise<DcBooks> {
    const { database, checkpoint, dc, graceMs } = this.options
    const range = [fromMs, toMs, dc]
    const { value } = await database.read(async (manager) => ({
      panes: await manager.query<Row[]>(rolledUp, range),
      cut: await manager.query<{ minute: string; topic: Minute['topic']; cut: string }[]>(cutOff, range),
      newest: await manager.query<{ newest: string | null }[]>(newest, [dc]),
    }))
    const minutes = new Map<string, Minute>()
    const at = (minute: number, topic: Minute['topic']) => {
      const known = minutes.get(`${minute} ${topic}`) ?? emptyMinute(minute, topic)
      minutes.set(`${minute} ${topic}`, known)
      return known
    }
    for (const topic of topics) {
      for (const [minute, { read, shipped, lost, torn }] of checkpoint.counts(topic, fromMs, toMs)) {
        Object.assign(at(minute, topic), { produced: read, shipped, lost, torn })
      }
    }
    for (const { minute, topic, stream, batch, malformed } of value.panes) {
      const counted = { rolledUp: Number(stream), batch: Number(batch), malformed: Number(malformed) }
      Object.assign(at(Number(minute), topic), counted)
    }
    for (const { minute, topic, cut } of value.cut) at(Number(minute), topic).duplicates = Number(cut)
    const newestMs = Number(value.newest[0]?.newest ?? 0)
    const sorted = [...minutes.values()].sort((a, b) => a.minute - b.minute || (a.topic < b.topic ? 1 : -1))
    return { dc, watermark: newestMs > 0 ? new Date(newestMs - graceMs).toISOString() : null, minutes: sorted }
  }
}

const emptyMinute = (minute: number, topic: Minute['topic']): Minute => ({
  minute,
  topic,
  produced: 0,
  shipped: 0,
  rolledUp: 0,
  batch: 0,
  lost: 0,
  torn: 0,
  duplicates: 0,
  malformed: 0,
})
