import { randomBytes } from 'node:crypto'
import { type Criticality, headers, publicApi, type Route } from '@gala/contracts'
import { Pool } from 'undici'
import { Arrivals } from './arrivals.js'

export interface Door {
  dc: string
  edge: boolean
  url: string
  /** Where to ask right now; at `url` when left out. */
  urlNow?: () => string
  /** Requests a second. */
  rate: number
  /** Whether an application of another data centre than the door's has seen a request of this trace. */
  elsewhere: (traceId: string) => boolean
}

export interface Answer {
  /** When it was asked. */
  atMs: number
  tookMs: number
  door: Door
  criticality: Criticality
  outcome: 'fresh' | 'elsewhere' | 'stale' | 'snapshot' | 'refused'
  /** Why it was refused: the code of a problem, or what became of the connection. */
  code?: string
}

const patienceMs = 3_000
const inFlightMax = 2_000

/** What is asked, and how often among twenty: every criticality, and every way an answer is degraded. */
const mix: readonly Route[] = (
  [
    [publicApi.bootstrap.read, 5],
    [publicApi.playback.play, 5],
    [publicApi.events.detail, 4],
    [publicApi.events.list, 1],
    [publicApi.time.read, 2],
    [publicApi.programmes.list, 1],
    [publicApi.stats.read, 1],
    [publicApi.likes.add, 1],
  ] as readonly [Route, number][]
).flatMap(([route, weight]) => Array.from({ length: weight }, () => route))

/**
 * Asks at a steady rate whatever becomes of the answers, an event and a route by chance. Nearly every question is one that no
 * copy of the last second answers.
 */
export class SteadyLoad {
  readonly answers: Answer[] = []
  /** Questions asked again, because the connection they were written into was being closed. */
  repeated = 0
  #asked = 0
  readonly #arrivals = new Arrivals()
  readonly #pools = new Map<string, Pool>()

  constructor(
    doors: readonly Door[],
    private readonly ids: readonly string[],
    /** As browsers do with a connection they have used before: every question here may be asked twice. */
    private readonly repeats = false,
  ) {
    for (const door of doors) this.#arrivals.begin(door.rate, () => this.#ask(door, any(mix)))
  }

  /** Questions that were left out because the drill could not ask them in time. */
  get skipped(): number {
    return this.#arrivals.skipped
  }

  /** Resolves when the last answer is there. */
  async stop() {
    await this.#arrivals.stop()
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()))
  }

  #poolAt(url: string): Pool {
    const pool = this.#pools.get(url) ?? new Pool(url, { connections: 256 })
    this.#pools.set(url, pool)
    return pool
  }

  async #ask(door: Door, route: Route) {
    const atMs = performance.now()
    const traceId = randomBytes(16).toString('hex')
    const told =
      this.#arrivals.inFlight > inFlightMax
        ? { outcome: 'refused' as const, code: `${inFlightMax} questions wait already` }
        : await this.#told(door, route, traceId).catch(refusedFor)
    const elsewhere = told.outcome === 'fresh' && door.elsewhere(traceId)
    const { criticality } = route
    const tookMs = performance.now() - atMs
    this.answers.push({ atMs, tookMs, door, criticality, ...told, ...(elsewhere && { outcome: 'elsewhere' }) })
  }

  async #told(door: Door, route: Route, traceId: string) {
    const seq = this.#asked++
    const path = route.path.replace(':id', any(this.ids))
    const ask = () => this.#answered(this.#poolAt(door.urlNow?.() ?? door.url), route, path, seq, traceId)
    return ask().catch((error: { code?: string }) => {
      if (!this.repeats || !closedUnderway.has(error.code ?? '')) throw error
      this.repeated++
      return ask()
    })
  }

  async #answered(
    pool: Pool,
    route: Route,
    path: string,
    seq: number,
    traceId: string,
  ): Promise<Pick<Answer, 'outcome' | 'code'>> {
    const likes = { count: 1, clientId: `breaker-drill-${process.pid}-${seq}`, seq }
    const answer = await pool.request({
      method: route.method,
      path,
      headers: {
        traceparent: `00-${traceId}-${traceId.slice(16)}-01`,
        ...(route.body && { 'content-type': 'application/json' }),
      },
      body: route.body ? JSON.stringify(likes) : null,
      signal: AbortSignal.timeout(patienceMs),
    })
    const text = await answer.body.text()
    if (answer.statusCode >= 300) return { outcome: 'refused', code: codeOf(text) ?? String(answer.statusCode) }
    const source = answer.headers[headers.cache]
    return { outcome: source === 'stale' || source === 'snapshot' ? source : 'fresh' }
  }
}

/** The other side has closed or reset the connection before it answered. */
const closedUnderway = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

const refusedFor = (error: { name: string; code?: string | number }) => ({
  outcome: 'refused' as const,
  code: error.name === 'TimeoutError' ? `no answer within ${patienceMs / 1_000} s` : String(error.code),
})

/** Asks every access process for every address once, a few at a time: what has just started is not yet what it is in health. */
export async function warm(doors: readonly Door[], ids: readonly string[]) {
  const routes = new Set(mix.filter(({ method }) => method === 'GET'))
  const paths = [...routes].flatMap(({ path }) =>
    path.includes(':id') ? ids.map((id) => path.replace(':id', id)) : path,
  )
  for (const { url } of doors.filter(({ edge }) => !edge)) {
    const pool = new Pool(url, { connections: 4 })
    const left = [...paths]
    const work = async () => {
      for (let path = left.pop(); path !== undefined; path = left.pop()) {
        await (await pool.request({ method: 'GET', path })).body.dump()
      }
    }
    await Promise.all([work(), work(), work(), work()])
    await pool.close()
  }
}

function codeOf(problem: string): string | undefined {
  try {
    return (JSON.parse(problem) as { code?: string }).code
  } catch {
    return undefined
  }
}

function any<T>(of: readonly T[]): T {
  return of[Math.floor(Math.random() * of.length)] as T
}
