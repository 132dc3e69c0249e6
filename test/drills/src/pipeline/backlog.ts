import { randomBytes } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { seededRandom } from '@gala/kernel/testing'
import { until } from '@gala/platform'
import type { OpsClient } from '@gala/sdk'
import { pause } from '../faults.js'
import { cpuSecondsOf } from '../load.js'
import { atMost, type Figure, told } from '../report.js'
import type { Rig } from '../rig.js'
import { minuteOf } from './balance.js'
import { asWriter, type Topic } from './books.js'
import type { Log } from './breaking.js'

const minuteMs = 60_000
const event = 'pipeline-backlog'
const crowd = 'pipeline-crowd'
const route = '/v1/events/:id/bootstrap'
const boundPercent = 2
const countedWithinMs = 300_000
/** The wall tells of the newest minute that has been over for so long. */
const toldAfterMs = 75_000

/**
 * Lines of requests that come all at once in one data centre: first without its event log, so that the lake alone works, then with it.
 * Each link is held against the processor time its process needs meanwhile, what it does besides included. Not in both data centres at
 * once: without either Redis nobody may write.
 */
export async function backlog(rig: Rig, base: OpsClient, log: Log, lines: number): Promise<Figure[]> {
  const dc = rig.status.dcs.at(-1)?.id ?? ''
  const random = seededRandom(7)
  const minute = minuteOf(Date.now()) - 2 * minuteMs
  const tookMs = Array.from({ length: lines }, () => logNormal(random, 40, 1))
  await rig.client.part('stop', `${dc}.${log}`)
  const all = tookMs.map((ms, i) => requestLine(dc, minute + Math.floor((i * minuteMs) / lines), ms))
  await leave(rig, dc, 'requests', all)
  const batchS = await cpuUntil(rig, dc, () => counted(rig, event, 'batch', 'requests', lines))
  await rig.client.part('start', `${dc}.${log}`)
  const streamS = await cpuUntil(rig, dc, () => counted(rig, event, 'stream', 'requests', lines))
  const { routes } = (await base.pipeline.wall({ query: { event, minutes: 30, step: '60' } })).data
  const shown = routes.find((each) => each.route === route)
  return [
    told('backlog: lines', lines, ''),
    told('lines a CPU second, files to panes by the event log', lines / streamS, 'lines/s'),
    told('lines a CPU second, files to panes by the lake', lines / batchS, 'lines/s'),
    offBy('p50 of requests on the wall, off by', shown?.p50Ms, exact(tookMs, 0.5)),
    offBy('p99 of requests on the wall, off by', shown?.p99Ms, exact(tookMs, 0.99)),
  ]
}

/** Viewers by the hundred thousand, a fifth of them seen in both data centres, of one minute that is still to come. */
export async function crowds(rig: Rig, base: OpsClient, viewers: number): Promise<Figure[]> {
  const dcs = rig.status.dcs.map(({ id }) => id)
  const random = seededRandom(11)
  const minute = minuteOf(Date.now()) + 2 * minuteMs
  const share = Math.round(0.6 * viewers)
  const joinsMs = new Map<string, number[]>()
  for (const [i, dc] of dcs.entries()) {
    const first = i * (viewers - share)
    const took: number[] = []
    const all = Array.from({ length: share }, (_, n) => {
      const ms = logNormal(random, 900, 0.8)
      took.push(ms)
      return joinLine(dc, minute + Math.floor((n * minuteMs) / share), `viewer-${first + n}`, ms)
    })
    joinsMs.set(dc, took)
    await leave(rig, dc, 'beacons', all)
  }
  await counted(rig, crowd, 'stream', 'beacons', share * dcs.length)
  const readyMs = Date.now()
  while (Date.now() < minute + toldAfterMs) await pause(200)
  const wall = (await base.pipeline.wall({ query: { event: crowd, minutes: 30, step: '60' } })).data
  const lateMs = Math.max(0, readyMs - minute - toldAfterMs)
  const percentiles = [...joinsMs].flatMap(([dc, took]) => {
    const pane = wall.panes.find((each) => each.dc === dc && Date.parse(each.at) === minute)
    return [
      offBy(`p50 of joins on the wall, ${dc}, off by`, pane?.joinP50Ms, exact(took, 0.5)),
      offBy(`p99 of joins on the wall, ${dc}, off by`, pane?.joinP99Ms, exact(took, 0.99)),
    ]
  })
  return [
    told('different viewers, exactly', viewers, ''),
    told('different viewers on the wall', wall.viewers ?? Number.NaN, ''),
    offBy('different viewers on the wall, off by', wall.viewers, viewers),
    told('lines of viewers that came after the wall had asked, for', lateMs / 1_000, 's'),
    ...percentiles,
  ]
}

const offBy = (name: string, seen: number | null | undefined, right: number) =>
  atMost(name, seen == null ? 100 : (100 * Math.abs(seen - right)) / right, '%', boundPercent)

/** The value that so large a part of all do not exceed. */
function exact(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN
}

/** Whole milliseconds around a median. Box and Muller's way to a normal deviate. */
function logNormal(random: () => number, median: number, spread: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return Math.max(1, Math.round(median * Math.exp(spread * normal)))
}

/** As a process of that data centre would have left them: a file that is full, and there from one moment to the next. */
async function leave(rig: Rig, dc: string, topic: Topic, lines: readonly string[]) {
  const name = `${topic}.drill-${randomBytes(4).toString('hex')}.000001.log`
  const aside = join(rig.stateDir, 'aside')
  const spool = join(rig.stateDir, dc, 'spool')
  await mkdir(aside, { recursive: true })
  await mkdir(spool, { recursive: true })
  await writeFile(join(aside, name), `${lines.join('\n')}\n`)
  await rename(join(aside, name), join(spool, name))
}

const requestLine = (dc: string, atMs: number, tookMs: number) =>
  JSON.stringify({
    time: new Date(atMs).toISOString(),
    msec: 0,
    request_id: randomBytes(16).toString('hex'),
    trace: randomBytes(16).toString('hex'),
    dc,
    method: 'GET',
    uri: `/v1/events/${event}/bootstrap`,
    args: '',
    protocol: 'HTTP/1.1',
    status: 200,
    bytes: 1_234,
    request_s: tookMs / 1_000,
    upstream: '127.0.0.1:1234',
    upstream_status: '200',
    upstream_s: (tookMs / 1_000).toFixed(3),
    edge_cache: 'MISS',
    cache: 'hit',
    degraded: '',
    agent: 'drill/1',
    remote: '127.0.0.1',
  }).replace('"msec":0', `"msec":${(atMs / 1_000).toFixed(3)}`)

const joinLine = (dc: string, at: number, viewer: string, joinMs: number) =>
  JSON.stringify({
    id: `s-${dc}-${viewer}-0`,
    at,
    received: at,
    dc,
    event: crowd,
    kind: 'join',
    session: `s-${dc}-${viewer}`,
    viewer,
    verified: true,
    joinMs,
  })

/** Resolves when the panes of a link have all of them. */
async function counted(rig: Rig, of: string, link: 'stream' | 'batch', topic: Topic, lines: number): Promise<void> {
  let seen = 0
  const all = async () => {
    const sql = `SELECT SUM(${topic}) AS n FROM gala.pane WHERE link = '${link}' AND event = '${of}'`
    const [row] = (await asWriter(rig, sql)) as { n: string | null }[]
    seen = Number(row?.n ?? 0)
    return seen >= lines
  }
  await until(
    () => all().catch(() => false),
    () => `${link}: ${seen} of ${lines} lines`,
    countedWithinMs,
    200,
  )
  if (seen !== lines) throw new Error(`${link} has counted ${seen} of ${lines} lines`)
}

/** Processor seconds of the pipeline of a data centre while something is done. */
async function cpuUntil(rig: Rig, of: string, done: () => Promise<void>): Promise<number> {
  const { dcs } = await rig.client.status()
  const parts = dcs.find(({ id }) => id === of)?.parts ?? []
  const pids = parts.flatMap(({ kind, pid }) => (kind === 'pipeline' && pid !== null ? [pid] : []))
  const before = cpuSecondsOf(pids)
  await done()
  return cpuSecondsOf(pids) - before
}
