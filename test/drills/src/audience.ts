import { randomBytes } from 'node:crypto'
import { headers } from '@gala/contracts'
import { Pool } from 'undici'
import { Arrivals } from './arrivals.js'

/** One request, as whoever asked saw it. */
export interface Told {
  atMs: number
  tookMs: number
  kind: 'read' | 'write'
  /** `bad`: no answer from either data centre, or one that is no answer: 5xx, or something broken. */
  outcome: 'full' | 'degraded' | 'bad'
  /** The nearer edge did not answer, so the other was asked. */
  moved: boolean
  /** Why it was bad. */
  code?: string
}

/** `taken`: what was sent is taken down. */
type Found = Pick<Told, 'outcome' | 'code'> & { taken?: boolean }

const patienceMs = 3_000
const inFlightMax = 2_000
const connections = 128

/** What a gala's first page asks for. */
const reads = ['bootstrap', 'bootstrap', 'bootstrap', 'play', 'play', '', '', 'programmes', 'stats']

/**
 * Viewers of two data centres at a steady rate, whatever becomes of the answers. Each asks the edge nearest to it, and when
 * that does not answer at all the other one, as a player does. One in ten likes what it sees; every like has its own number.
 */
export class Audience {
  readonly told: Told[] = []
  /** Likes somebody was told are counted, and those nobody knows about, by event. */
  readonly likes = new Map<string, { sure: number; unsure: number }>()
  readonly #pools: Pool[]
  readonly #arrivals = new Arrivals()
  #asked = 0
  /** The numbers of another audience are other likes. */
  readonly #name = randomBytes(6).toString('hex')

  constructor(
    edges: readonly string[],
    private readonly ids: readonly string[],
    ratePerS: number,
  ) {
    this.#pools = edges.map((url) => new Pool(url, { connections, connect: { timeout: 500 } }))
    for (const near of edges.keys()) this.#arrivals.begin(ratePerS / edges.length, () => this.#one(near), inFlightMax)
  }

  /** Questions that were left out because the drill could not ask them in time. */
  get skipped(): number {
    return this.#arrivals.skipped
  }

  async stop() {
    await this.#arrivals.stop()
    await Promise.all(this.#pools.map((pool) => pool.destroy()))
  }

  async #one(near: number) {
    const seq = this.#asked++
    const id = this.ids[seq % this.ids.length] ?? ''
    const kind = seq % 10 === 0 ? ('write' as const) : ('read' as const)
    const atMs = performance.now()
    const turns = [near, ...[...this.#pools.keys()].filter((other) => other !== near)]
    let last: Found = { outcome: 'bad' }
    let moved = false
    for (const turn of turns) {
      const found = await (kind === 'write' ? this.#like(turn, id, seq) : this.#read(turn, id, seq)).catch(lostFor)
      last = found
      if (found.outcome !== 'bad') break
      moved = true
    }
    if (kind === 'write') this.#count(id, last.taken === true)
    const { taken: _taken, ...found } = last
    this.told.push({ atMs, tookMs: performance.now() - atMs, kind, moved: moved && last.outcome !== 'bad', ...found })
  }

  #count(id: string, sure: boolean) {
    const of = this.likes.get(id) ?? { sure: 0, unsure: 0 }
    if (sure) of.sure++
    else of.unsure++
    this.likes.set(id, of)
  }

  async #read(turn: number, id: string, seq: number) {
    const part = reads[seq % reads.length]
    return await this.#send(turn, 'GET', `/v1/events/${id}${part ? `/${part}` : ''}`)
  }

  #like(turn: number, id: string, seq: number) {
    const body = JSON.stringify({ count: 1, clientId: `audience-${this.#name}-${seq}`, seq })
    return this.#send(turn, 'POST', `/v1/events/${id}/likes`, body)
  }

  async #send(turn: number, method: 'GET' | 'POST', path: string, body?: string) {
    const answer = await (this.#pools[turn] as Pool).request({
      method,
      path,
      ...(body !== undefined && { body, headers: { 'content-type': 'application/json' } }),
      signal: AbortSignal.timeout(patienceMs),
    })
    const text = await answer.body.text()
    if (answer.statusCode >= 500 || text.length === 0)
      return { outcome: 'bad' as const, code: codeIn(text, answer.statusCode) }
    const source = answer.headers[headers.cache]
    const cut = answer.headers[headers.degraded] !== undefined || source === 'stale' || source === 'snapshot'
    const refused = answer.statusCode >= 400
    return { outcome: cut || refused ? ('degraded' as const) : ('full' as const), taken: !refused }
  }
}

const lostFor = (error: { name: string; code?: string }) => ({
  outcome: 'bad' as const,
  code: error.name === 'TimeoutError' ? `no answer within ${patienceMs / 1_000} s` : String(error.code ?? error.name),
})

const codeIn = (text: string, status: number) => /"code":"([A-Z_]+)"/.exec(text)?.[1] ?? String(status)

/** When, after `fromMs`, the share of good answers was at least `share` and stayed so; in ms. */
export function goodAfterMs(told: readonly Told[], fromMs: number, share: number): number {
  const sliceMs = 250
  const slices = new Map<number, { good: number; all: number }>()
  for (const { atMs, outcome } of told) {
    if (atMs < fromMs) continue
    const at = Math.floor((atMs - fromMs) / sliceMs)
    const slice = slices.get(at) ?? { good: 0, all: 0 }
    slice.all++
    if (outcome !== 'bad') slice.good++
    slices.set(at, slice)
  }
  const bad = [...slices].filter(([, { good, all }]) => good < share * all).map(([at]) => at)
  return bad.length === 0 ? 0 : (Math.max(...bad) + 1) * sliceMs
}
