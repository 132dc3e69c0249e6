import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { beaconsMax } from '@gala/contracts'
import { until } from '@gala/platform'
import { Agent, Pool } from 'undici'
import { atMost, type Figure, quantile, told } from '../report.js'
import type { Rig } from '../rig.js'
import { inLake } from './books.js'
import { batchOf } from './players.js'

const forgedCount = 1_000
const replays = 10_000
const largeCount = 100
const largeBytes = 1_048_576
const floodMs = 10_000
const floodMax = 1_000_000
const readPath = '/v1/events/spring-gala'
const landedWithinMs = 120_000
/** Of one process: what it may take more while somebody does all this, before garbage is collected. */
const growthMbMax = 128
/** A pipeline counts every refusal: it may fill the engine that writes the lake, which may take this. */
const engineMb = 256

/** What one client can do at its worst: forge, repeat, send what is too large, send all it can. */
export async function abuse(rig: Rig, event: string, say: (line: string) => void): Promise<Figure[]> {
  const edge = rig.status.dcs[0]?.edge ?? ''
  const dcs = rig.status.dcs.map(({ id }) => id)
  const mark = randomBytes(8).toString('hex')
  const before = memoryOf(rig)
  const reading = new Reading(edge)
  const token = `${rig.status.viewerToken.slice(0, -6)}AAAAAA`
  const sessionOf = (what: string) => `${mark}-${what}`

  say('forged tokens')
  const forged = await sendAll(edge, 8, forgedCount, (n) =>
    JSON.stringify({ ...batchOf(sessionOf(`f-${n}`), 0, 1, [event]), token }),
  )
  say('one batch, again and again')
  const same = batchOf(sessionOf('r'), 0, beaconsMax, [event])
  const repeated = await sendAll(edge, 16, replays, () => JSON.stringify({ ...same, sentAt: Date.now() }))
  say('bodies of a megabyte')
  const large = await sendAll(edge, 4, largeCount, () => 'x'.repeat(largeBytes))
  say('all that one client can send')
  const flood = await sendAll(
    edge,
    32,
    floodMax,
    (n) => JSON.stringify(batchOf(sessionOf(`s-${n}`), 0, 1, [event])),
    floodMs,
  )
  const { tookMs, failed } = await reading.stop()
  const grown = memoryOf(rig)
  const growthOf = (wanted: (name: string) => boolean) =>
    Math.max(0, ...[...grown].flatMap(([name, mb]) => (wanted(name) ? [mb - (before.get(name) ?? mb)] : [])))
  const isPipeline = (name: string) => name.includes('.pipeline-')

  const counted = async (what: string) => {
    const sql = `SELECT COUNT(*), COUNT(DISTINCT session || '-' || seq) FROM beacons WHERE session LIKE '${sessionOf(what)}%'`
    const rows = await Promise.all(dcs.map(async (dc) => (await inLake(rig, dc, sql))[0] ?? []))
    const sum = (i: number) => rows.reduce((all, row) => all + Number(row[i] ?? 0), 0)
    return { rows: sum(0), different: sum(1) }
  }
  const taken = flood.statuses.get(202) ?? 0
  const landed = async () => (await counted('s-')).different >= taken && (await counted('r')).rows > 0
  await until(() => landed().catch(() => false), 'what was taken does not land', landedWithinMs, 1_000).catch(
    (error: Error) => say(error.message),
  )
  const [ofForged, ofRepeated, ofFlood] = [await counted('f-'), await counted('r'), await counted('s-')]
  const other = (statuses: ReadonlyMap<number, number>, ...right: number[]) =>
    [...statuses].reduce((sum, [status, count]) => sum + (right.includes(status) ? 0 : count), 0)
  return [
    atMost('forged: batches not refused', other(forged.statuses, 401, 429, 503), '', 0),
    atMost('forged: ping-backs counted', ofForged.rows, '', 0),
    told('one batch again: times it was sent', repeated.sent, ''),
    atMost('one batch again: ping-backs counted more than once', ofRepeated.rows - ofRepeated.different, '', 0),
    atMost('one batch again: ping-backs counted', ofRepeated.rows, '', beaconsMax),
    atMost('a megabyte: batches not refused', other(large.statuses, 413, 429, 0), '', 0),
    told('one client: batches a second', flood.sent / flood.tookS, ''),
    told('one client: batches taken a second', taken / flood.tookS, ''),
    atMost('one client: taken and not counted', Math.max(0, taken - ofFlood.different), '', 0),
    atMost('one client: counted more than once', ofFlood.rows - ofFlood.different, '', 0),
    atMost('one client: answered with anything but 202, 429, 503', other(flood.statuses, 202, 429, 503), '', 0),
    told('reads meanwhile', tookMs.length, ''),
    atMost('reads meanwhile that failed', failed, '', 0),
    told('reads meanwhile, p99', quantile(tookMs, 0.99), 'ms'),
    atMost(
      'most memory that an edge, access or application took meanwhile',
      growthOf((name) => !isPipeline(name)),
      'MB',
      growthMbMax,
    ),
    atMost('most memory that a pipeline took meanwhile', growthOf(isPipeline), 'MB', engineMb + growthMbMax),
  ]
}

/** From one address, so many under way at once. A status of 0: the connection was closed instead. */
async function sendAll(
  edge: string,
  atOnce: number,
  total: number,
  bodyOf: (n: number) => string,
  forMs = Number.POSITIVE_INFINITY,
) {
  const pool = new Pool(edge, { connections: atOnce })
  const statuses = new Map<number, number>()
  const startedMs = performance.now()
  let sent = 0
  const one = async () => {
    while (sent < total && performance.now() - startedMs < forMs) {
      const status = await post(pool, bodyOf(sent++))
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, one))
  await pool.destroy()
  return { statuses, sent, tookS: (performance.now() - startedMs) / 1_000 }
}

async function post(pool: Pool, body: string): Promise<number> {
  const headers = { 'content-type': 'text/plain;charset=UTF-8' }
  try {
    const reply = await pool.request({ method: 'POST', path: '/v1/pingbacks', headers, body })
    await reply.body.dump()
    return reply.statusCode
  } catch {
    return 0
  }
}

/** Somebody who reads one page over and over, from another address. */
class Reading {
  readonly #tookMs: number[] = []
  readonly #agent = new Agent({ localAddress: '127.0.0.99', connections: 2 })
  readonly #ended: Promise<void>
  #going = true
  #failed = 0

  constructor(private readonly edge: string) {
    this.#ended = this.#read()
  }

  async stop() {
    this.#going = false
    await this.#ended
    await this.#agent.close()
    return { tookMs: this.#tookMs, failed: this.#failed }
  }

  async #read() {
    while (this.#going) {
      const startedMs = performance.now()
      const status = await this.#agent.request({ origin: this.edge, path: readPath, method: 'GET' }).then(
        async (reply) => {
          await reply.body.dump()
          return reply.statusCode
        },
        () => 0,
      )
      if (status !== 200) this.#failed++
      this.#tookMs.push(performance.now() - startedMs)
    }
  }
}

/** What processes of ours that hear of ping-backs hold, in MB. */
function memoryOf({ status }: Rig): Map<string, number> {
  const kinds = new Set<string>(['access', 'application', 'pipeline', 'edge'])
  const parts = status.dcs.flatMap((dc) => dc.parts.filter(({ kind }) => kinds.has(kind)))
  return new Map(
    parts.map(({ name, pid }) => {
      const kb = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]
      return [name, Number(kb) / 1_024]
    }),
  )
}
