import { dcBooksSchema, lakeQueryReplySchema } from '@gala/contracts'
import { until } from '@gala/platform'
import type { Rig } from '../rig.js'

const topics = ['requests', 'beacons'] as const
export type Topic = (typeof topics)[number]

/** What became of the lines of one topic in one data centre. */
export interface Book {
  produced: number
  shipped: number
  lost: number
  torn: number
  /** In panes of the stream. */
  rolled: number
  /** In the lake. */
  landed: number
  /** In panes made of the lake. */
  batch: number
  malformed: number
  duplicates: number
}

const patienceMs = 20_000
const writerWithinMs = 60_000

/** Of minutes from `fromMs` on and before `toMs`, by data centre and topic. @throws while somebody does not answer. */
export async function readBooks(rig: Rig, fromMs: number, toMs: number): Promise<Map<string, Book>> {
  const books = new Map<string, Book>()
  const panes = await panesOf(rig, fromMs, toMs)
  for (const dc of rig.status.dcs.map(({ id }) => id)) {
    const said = dcBooksSchema.parse(await askPipeline(rig, dc, `books?from=${fromMs}&to=${toMs}`)).minutes
    const landed = await inLake(rig, dc, landedSql(fromMs, toMs))
    for (const [i, topic] of topics.entries()) {
      const minutes = said.filter((minute) => minute.topic === topic)
      const sum = (of: 'produced' | 'shipped' | 'lost' | 'torn' | 'duplicates') =>
        minutes.reduce((all, minute) => all + minute[of], 0)
      const pane = (link: string) => panes.find((row) => row.dc === dc && row.topic === topic && row.link === link)
      books.set(`${dc} ${topic}`, {
        ...{ produced: sum('produced'), shipped: sum('shipped'), lost: sum('lost'), torn: sum('torn') },
        rolled: Number(pane('stream')?.lines ?? 0),
        landed: Number(landed[0]?.[i]),
        batch: Number(pane('batch')?.lines ?? 0),
        malformed: Number(pane('stream')?.malformed ?? 0),
        duplicates: sum('duplicates'),
      })
    }
  }
  return books
}

const within = (fromMs: number, toMs: number) => `at_ms >= ${fromMs} AND at_ms < ${toMs}`
const landedSql = (fromMs: number, toMs: number) =>
  `SELECT ${topics.map((topic) => `(SELECT COUNT(*) FROM ${topic} WHERE ${within(fromMs, toMs)})`).join(', ')}`

interface PaneRow {
  dc: string
  topic: Topic
  link: 'stream' | 'batch'
  lines: string
  malformed: string
}

async function panesOf(rig: Rig, fromMs: number, toMs: number): Promise<PaneRow[]> {
  return (await asWriter(
    rig,
    `SELECT dc, link, CASE WHEN route = '' THEN 'beacons' ELSE 'requests' END AS topic,
      SUM(requests + beacons) AS \`lines\`, SUM(malformed) AS malformed
     FROM gala.pane WHERE start_ms >= ${fromMs} AND start_ms < ${toMs} GROUP BY dc, link, topic`,
  )) as PaneRow[]
}

/** One statement where everything is written first. Nobody may write for a moment; @throws when that does not end. */
export async function asWriter(rig: Rig, sql: string): Promise<unknown> {
  let rows: unknown
  let why = ''
  const answered = async () => {
    try {
      const writer = (await rig.client.status()).dcs.find(({ role }) => role === 'writer')
      rows = writer && (await rig.client.asAdmin(Number(new URL(writer.mysql).port), sql))
      why = 'no data centre writes'
    } catch (error) {
      why = String(error)
    }
    return rows !== undefined
  }
  await until(answered, () => why, writerWithinMs, 200)
  return rows
}

export async function inLake(rig: Rig, dc: string, sql: string): Promise<readonly (readonly unknown[])[]> {
  return lakeQueryReplySchema.parse(await askPipeline(rig, dc, 'query', { sql })).rows
}

export function pipelineOf({ status }: Rig, dc: string): { name: string; url: string } {
  const part = status.dcs.find(({ id }) => id === dc)?.parts.find(({ kind }) => kind === 'pipeline')
  if (!part) throw new Error(`${dc} has no pipeline`)
  return part
}

async function askPipeline(rig: Rig, dc: string, path: string, body?: object): Promise<unknown> {
  const given = body && {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }
  const signal = AbortSignal.timeout(patienceMs)
  const answer = await fetch(`${pipelineOf(rig, dc).url}/pipelinez/${path}`, { ...given, signal })
  if (!answer.ok) throw new Error(`the pipeline of ${dc} answers ${answer.status}: ${await answer.text()}`)
  return await answer.json()
}
