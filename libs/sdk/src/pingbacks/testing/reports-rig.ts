import { VirtualClock } from '@gala/kernel/testing'
import type { Told } from '../pingbacks.js'
import { type PingbacksOptions, pingbacks } from '../pingbacks.js'
import type { World } from '../world.js'

interface Sent {
  by: 'fetch' | 'beacon'
  batch: string
  seqs: number[]
  token: string | undefined
}

/** A page that reports, and a platform that answers as it is told. */
export class ReportsRig {
  readonly clock = new VirtualClock()
  readonly sent: Sent[] = []
  /** For the next requests, in this order; then all is well. A function waits to be called by the test. */
  readonly answers: (() => Response | Promise<Response>)[] = []
  chance = 0
  beaconRoom = true
  #hide: (gone: boolean) => void = () => {}

  readonly world: World = {
    nowMs: () => this.clock.nowMs(),
    after: (ms, run) => this.clock.after(ms, run),
    random: () => this.chance,
    beacon: (_url, body) => {
      if (this.beaconRoom) this.#note('beacon', body)
      return this.beaconRoom
    },
    onHidden: (run) => {
      this.#hide = run
      return () => {
        this.#hide = () => {}
      }
    },
  }

  open(options: Partial<PingbacksOptions> = {}) {
    const through = async (_url: unknown, init?: RequestInit) => {
      this.#note('fetch', String(init?.body))
      return (this.answers.shift() ?? taken())()
    }
    const transport = { baseUrl: 'http://gala', fetch: through as typeof fetch }
    return pingbacks(transport, { oneIn: 1, session: 'session-1', world: this.world, ...options })
  }

  hide(gone = false) {
    this.#hide(gone)
  }

  #note(by: Sent['by'], body: string) {
    const { batch, beacons, token } = JSON.parse(body) as { batch: string; token?: string; beacons: { seq: number }[] }
    this.sent.push({ by, batch, token, seqs: beacons.map(({ seq }) => seq) })
  }
}

export const beat: Told = { kind: 'beat', event: 'gala' }

export const taken =
  ({ sampleOneIn = 1, nextBatchMs = 10_000 } = {}) =>
  () =>
    Response.json({ accepted: 1, repeated: 0, refused: [], sampleOneIn, nextBatchMs }, { status: 202 })

export const refusal =
  (status: number, code: string, { retryable = true, afterS }: { retryable?: boolean; afterS?: number } = {}) =>
  () => {
    const headers = {
      'content-type': 'application/problem+json',
      ...(afterS !== undefined && { 'retry-after': `${afterS}` }),
    }
    return new Response(JSON.stringify({ code, detail: code, status, retryable, traceId: '' }), { status, headers })
  }
