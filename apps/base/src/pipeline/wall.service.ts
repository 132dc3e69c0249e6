import { errorBudget, type opsApi, type RouteInput, type RouteReply } from '@gala/contracts'
import type { Database, PaneSums } from '@gala/database'
import { quantileOf } from '@gala/kernel'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { EntityManager } from 'typeorm'
import type { BaseContext } from '../base.config.js'
import { DATABASE } from '../tokens.js'
import { AudienceService } from './audience.service.js'
import { type Link, oneLink, type PaneRow, panesBetween, requestsOf, summed } from './pane-rows.js'

type Route = typeof opsApi.pipeline.wall
type Wall = RouteReply<Route>
type Asked = RouteInput<Route>['query']

const dayMs = 86_400_000
const hourMs = 3_600_000
const paceMs = 300_000
const listMax = 50
/** However many consoles ask, the panes are read this often. */
const againMs = 900
const answersMax = 32
/** The stream writes every second while there are requests; the lake has a minute one to two minutes after its end. */
const quietMs = 150_000

interface Standing {
  dc: string
  /** Of the newest line in a pane of the stream. */
  newestMs: number
  updatedMs: number
}

/** What panes say, for a wall: what both links have counted, each minute by the one that is to be believed. */
@Injectable()
export class WallService {
  /** Answers of this moment, by what was asked. */
  readonly #answers = new Map<string, { atMs: number; wall: Promise<Wall> }>()

  constructor(
    @Inject(DATABASE) private readonly database: Pick<Database, 'read'>,
    @Inject(APP_CONTEXT) private readonly context: Pick<BaseContext, 'clock'>,
    private readonly audience: AudienceService,
  ) {}

  async wall(asked: Asked): Promise<Wall> {
    const nowMs = this.context.clock.nowMs()
    const key = `${asked.event ?? ''} ${asked.minutes} ${asked.step}`
    const held = this.#answers.get(key)
    if (held && nowMs - held.atMs < againMs) return await held.wall
    this.#answers.delete(key)
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size < answersMax) break
      this.#answers.delete(oldest)
    }
    const wall = this.#read(asked, nowMs)
    this.#answers.set(key, { atMs: nowMs, wall })
    return await wall
  }

  async #read({ event, minutes, step }: Asked, nowMs: number): Promise<Wall> {
    const stepMs = Number(step) * 1_000
    const fromMs = nowMs - minutes * 60_000
    const firstMs = fromMs - (fromMs % stepMs)
    const { value } = await this.database.read(async (manager) => ({
      rows: await panesBetween(manager, firstMs, nowMs + dayMs, event),
      standings: await standingsOf(manager),
      ofEvent: event === undefined ? undefined : await requestsOf(manager, event, nowMs - dayMs),
    }))
    const rows = oneLink(value.rows)
    const spans = summed(rows, ({ startMs, dc }) => `${startMs - (startMs % stepMs)} ${dc}`)
    const panes = [...spans.values()].map((row) => ({ ...row, startMs: row.startMs - (row.startMs % stepMs) }))
    panes.sort((a, b) => a.startMs - b.startMs || (a.dc < b.dc ? -1 : 1))
    const heard = await this.audience.of(event, newestWholeMinute(nowMs))
    return {
      asOf: new Date(nowMs).toISOString(),
      event: event ?? null,
      stepS: step === '10' ? 10 : 60,
      panes: panes.map((row) => ({
        at: new Date(row.startMs).toISOString(),
        dc: row.dc,
        link: row.link,
        ...figuresOf(row),
      })),
      routes: routesOf(rows),
      events: eventsOf(rows),
      ...heard,
      budget: budgetOf(value.ofEvent ? oneLink(value.ofEvent) : rows, value.ofEvent ? nowMs - dayMs : firstMs, nowMs),
      dcs: value.standings.map((standing) => linkOf(standing, value.rows, nowMs)),
      apart: apartOf(value.rows, nowMs),
    }
  }
}

async function standingsOf(manager: EntityManager): Promise<Standing[]> {
  const rows = await manager.query<{ dc: string; newest: string; updated: Date }[]>(
    "SELECT dc, MAX(newest_ms) AS newest, MAX(updated_at) AS updated FROM pipeline_offset WHERE topic = 'requests' GROUP BY dc ORDER BY dc",
  )
  return rows.map(({ dc, newest, updated }) => ({ dc, newestMs: Number(newest), updatedMs: updated.getTime() }))
}

/** The batch link counts on when the event log or its readers are gone; that is seen by what it alone has. */
export function linkOf(
  { dc, newestMs, updatedMs }: Standing,
  rows: readonly PaneRow[],
  nowMs: number,
): Wall['dcs'][number] {
  const of = (link: Link) =>
    Math.max(0, ...rows.filter((row) => row.dc === dc && row.link === link).map(({ startMs }) => startMs))
  const gone = nowMs - updatedMs > quietMs && of('batch') > of('stream')
  const behindS = newestMs === 0 ? null : Math.max(0, Math.round((nowMs - newestMs) / 100) / 10)
  if (!gone) return { dc, link: 'stream', behindS, why: null }
  const since = new Date(updatedMs).toISOString()
  return {
    dc,
    link: 'batch',
    behindS,
    why: `nothing has come through the event log since ${since}; the lake counts on`,
  }
}

/** Requests that one link has and the other has not, of minutes both should have by now. */
export function apartOf(rows: readonly PaneRow[], nowMs: number): Wall['apart'] {
  const closed = rows.filter(({ startMs }) => startMs >= nowMs - hourMs)
  const minutes = summed(closed, ({ startMs, dc, link }) => `${startMs - (startMs % 60_000)} ${dc} ${link}`)
  let [requests, all] = [0, 0]
  for (const [key, { sums }] of minutes) {
    if (!key.endsWith(' batch')) continue
    const stream = minutes.get(key.replace(/batch$/, 'stream'))?.sums.requests ?? 0
    requests += Math.abs(stream - sums.requests)
    all += sums.requests
  }
  return { requests, ratio: all === 0 ? 0 : requests / all }
}

export function budgetOf(rows: readonly PaneRow[], fromMs: number, nowMs: number): Wall['budget'] {
  const add = (some: readonly PaneRow[], name: keyof PaneSums) => some.reduce((sum, { sums }) => sum + sums[name], 0)
  const [requests, spent] = [add(rows, 'requests'), add(rows, 'served_bad')]
  const { target, allowed, left } = errorBudget(requests, spent)
  const lately = add(
    rows.filter(({ startMs }) => startMs >= nowMs - paceMs),
    'served_bad',
  )
  return {
    from: new Date(fromMs).toISOString(),
    target,
    requests,
    allowed: rounded(allowed),
    spent,
    left: left === null ? null : rounded(left),
    burnPerHour: requests === 0 ? null : rounded((lately * (hourMs / paceMs)) / allowed),
  }
}

function figuresOf({ sums, latency, joinTimes }: PaneRow) {
  return {
    requests: sums.requests,
    full: sums.served_full,
    degraded: sums.served_degraded,
    bad: sums.served_bad,
    malformed: sums.malformed,
    edgeHits: sums.edge_hits,
    accessHits: sums.access_hits,
    sentBytes: sums.sent_bytes,
    plays: sums.plays,
    joins: sums.joins,
    stalls: sums.stalls,
    stalledMs: sums.stalled_ms,
    errors: sums.errors,
    p50Ms: quantileOf(latency, 0.5),
    p99Ms: quantileOf(latency, 0.99),
    joinP50Ms: quantileOf(joinTimes, 0.5),
    joinP99Ms: quantileOf(joinTimes, 0.99),
  }
}

function routesOf(rows: readonly PaneRow[]): Wall['routes'] {
  const routes = summed(
    rows.filter(({ route }) => route !== ''),
    ({ route }) => route,
  )
  return [...routes]
    .map(([route, row]) => {
      const { joinP50Ms: _, joinP99Ms: __, ...figures } = figuresOf(row)
      return { route, ...figures }
    })
    .sort((a, b) => b.requests - a.requests || (a.route < b.route ? -1 : 1))
    .slice(0, listMax)
}

function eventsOf(rows: readonly PaneRow[]): Wall['events'] {
  const events = summed(
    rows.filter(({ event }) => event !== ''),
    ({ event }) => event,
  )
  return [...events]
    .map(([event, { sums }]) => ({ event, requests: sums.requests, bad: sums.served_bad, plays: sums.plays }))
    .sort((a, b) => b.requests - a.requests || (a.event < b.event ? -1 : 1))
    .slice(0, listMax)
}

/** Players report what happened in a minute up to some ten seconds after its end. */
const newestWholeMinute = (nowMs: number) => {
  const lateMs = nowMs - 15_000
  return lateMs - (lateMs % 60_000) - 60_000
}
const rounded = (value: number) => Math.round(value * 1e6) / 1e6
