import { type BreakerReport, resilienceReportSchema } from '@gala/contracts'
import { Pool } from 'undici'
import { pause } from './faults.js'
import { Slots } from './slots.js'

const lookEveryMs = 100

/** What was seen of one breaker; moments as `performance.now()` tells them. */
interface Sight {
  process: string
  atMs: number
  state: BreakerReport['state']
  sinceMs: number
  reason: string | null
  repairMs: number | null
  trips: number
}

/** One opening of a breaker, from the first trip until it was closed for good. */
export interface Opening {
  process: string
  reason: string | null
  openedMs: number
  /** When traffic began to come back for good; undefined when it had not. */
  ramping: number | undefined
  closedMs: number | undefined
  trips: number
  /** What it has learned by then. */
  repairMs: number | null
}

/** Looks at the breakers that guard one target, in every access process. */
export class BreakerWatch {
  /** Calls that the breakers of all processes let through: also those that never arrived. */
  readonly admitted = new Slots()
  readonly #sights: Sight[] = []
  readonly #lastAdmitted = new Map<string, number>()
  readonly #pools: Pool[]
  readonly #ended: Promise<unknown>
  #going = true

  constructor(
    urls: readonly string[],
    private readonly target: string,
  ) {
    this.#pools = urls.map((url) => new Pool(url, { connections: 1 }))
    this.#ended = Promise.all(this.#pools.map((pool) => this.#look(pool)))
  }

  async stop() {
    this.#going = false
    await this.#ended
    await Promise.all(this.#pools.map((pool) => pool.destroy()))
  }

  /** Processes that tell of their breaker. */
  get processes(): string[] {
    return [...this.#lastAdmitted.keys()].sort()
  }

  /** Of every process whose breaker was not closed all the time between two moments. */
  openings(fromMs: number, toMs: number): Opening[] {
    return this.processes.flatMap((process) => {
      const seen = this.#sights.filter((each) => each.process === process && each.atMs >= fromMs && each.atMs < toMs)
      const first = seen.find(({ state }) => state !== 'closed')
      if (!first) return []
      const shut = seen.findLastIndex(({ state }) => state === 'open' || state === 'half-open')
      const after = seen.slice(shut + 1)
      const last = seen.at(-1) as Sight
      return {
        process,
        reason: first.reason,
        openedMs: first.sinceMs,
        ramping: after[0]?.sinceMs,
        closedMs: after.find(({ state }) => state === 'closed')?.sinceMs,
        trips: last.trips - (this.#before(process, fromMs)?.trips ?? 0),
        repairMs: last.repairMs,
      }
    })
  }

  #before(process: string, atMs: number): Sight | undefined {
    return this.#sights.findLast((each) => each.process === process && each.atMs < atMs)
  }

  async #look(pool: Pool) {
    for (; this.#going; await pause(lookEveryMs)) {
      try {
        const { statusCode, body } = await pool.request({ method: 'GET', path: '/resiliencez', headersTimeout: 2_000 })
        const text = await body.text()
        if (statusCode !== 200) continue
        const { instance, breakers } = resilienceReportSchema.parse(JSON.parse(text))
        const found = breakers.find(({ target }) => target === this.target)
        if (found) this.#note(instance, found)
      } catch {
        // It is looked at again in a moment; how many tell of their breaker is a figure.
      }
    }
  }

  #note(process: string, { state, since, reason, repairMs, totals }: BreakerReport) {
    const sinceMs = Date.parse(since) - performance.timeOrigin
    this.#sights.push({ process, atMs: performance.now(), state, sinceMs, reason, repairMs, trips: totals.trips })
    const before = this.#lastAdmitted.get(process) ?? totals.admitted
    this.#lastAdmitted.set(process, totals.admitted)
    // A process that was started again counts from nothing.
    this.admitted.add(Math.max(0, totals.admitted - before))
  }
}
