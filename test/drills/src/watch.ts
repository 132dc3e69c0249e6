import { Pool } from 'undici'
import type { Ledger } from './edits.js'

/** From when to when something was broken on purpose, and in which data centres reads may show it. */
export interface Window {
  fault: string
  dcs: readonly string[]
  fromMs: number
  toMs: number
}

export interface StaleRead {
  process: string
  detail: string
  lateMs: number
  fault: string | undefined
}

interface Seen {
  version: number
  marked: boolean
}

/** Between two reads: without one, four readers would be what is measured on two cores. */
const pauseMs = 5

/** Reads one application process over and over, and holds each answer against the ledger. */
export class Watcher {
  reads = 0
  failed = 0
  marked = 0
  readonly stale: StaleRead[] = []
  readonly #pool: Pool
  #going = true
  #ended: Promise<void> | undefined

  constructor(
    readonly process: string,
    readonly dc: string,
    url: string,
    private readonly ledger: Ledger,
    private readonly windows: readonly Window[],
    private readonly promiseMs: number,
  ) {
    this.#pool = new Pool(url, { connections: 4 })
  }

  watch() {
    this.#ended = this.#work()
  }

  async stop() {
    this.#going = false
    await this.#ended
    await this.#pool.destroy()
  }

  async read(id: string): Promise<Seen> {
    const { statusCode, headers, body } = await this.#pool.request({
      method: 'GET',
      path: `/v1/events/${id}`,
      headersTimeout: 5_000,
    })
    const text = await body.text()
    if (statusCode !== 200) throw new Error(`${statusCode} ${text}`)
    return { version: (JSON.parse(text) as Seen).version, marked: headers['x-gala-cache'] === 'stale' }
  }

  /** Resolves when every event is read as new as it was acknowledged at `atMs`. */
  async caughtUp(atMs: number): Promise<void> {
    for (const id of this.ledger.ids) {
      const wanted = this.ledger.newestAt(id, atMs)
      while ((await this.read(id).catch(() => ({ version: -1 }))).version < wanted) await nextTurn()
    }
  }

  async #work() {
    for (let i = 0; this.#going; i++) {
      const id = this.ledger.ids[i % this.ledger.ids.length]
      const startMs = performance.now()
      try {
        const seen = await this.read(id ?? '')
        this.reads++
        if (seen.marked) this.marked++
        else this.#hold(id ?? '', seen.version, startMs)
      } catch {
        this.failed++
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }

  #hold(id: string, version: number, startMs: number) {
    const overtakenMs = this.ledger.overtakenAt(id, version)
    if (overtakenMs === undefined || startMs - overtakenMs <= this.promiseMs) return
    // A fault is over for a reader a second after it ended: that is the promise.
    const window = this.windows.find(
      ({ dcs, fromMs, toMs }) => dcs.includes(this.dc) && startMs >= fromMs && startMs <= toMs + this.promiseMs,
    )
    const lateMs = startMs - overtakenMs
    this.stale.push({ process: this.process, detail: `${id} at ${version}`, lateMs, fault: window?.fault })
  }
}

const nextTurn = () => new Promise((resolve) => setTimeout(resolve, 1))
