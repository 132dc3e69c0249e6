import { durationBoundsMs, type TrafficReport } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import { RollingWindow } from '@gala/resilience'

const recentMs = 10_000

/** What an answer was, for whoever counts. */
export interface Answered {
  tookMs: number
  status: number
  hit: boolean
  degraded: boolean
}

/** Answers to the audience since the process began: a few additions for each. */
export class Traffic {
  readonly #durations = new Array<number>(durationBoundsMs.length + 1).fill(0)
  readonly #recent = new RollingWindow(recentMs)
  #requests = 0
  #failed = 0
  #hits = 0
  #degraded = 0

  constructor(private readonly clock: Pick<Clock, 'coarseMs'>) {}

  /** Calls of the last ten seconds, and those that failed. */
  get recent(): ReturnType<RollingWindow['sums']> {
    return this.#recent.sums(this.clock.coarseMs())
  }

  add({ tookMs, status, hit, degraded }: Answered) {
    this.#requests++
    if (status >= 500) this.#failed++
    this.#recent.add(this.clock.coarseMs(), status >= 500, false)
    if (hit) this.#hits++
    if (degraded) this.#degraded++
    let place = 0
    while (place < durationBoundsMs.length && tookMs > (durationBoundsMs[place] ?? 0)) place++
    this.#durations[place] = (this.#durations[place] ?? 0) + 1
  }

  get report(): TrafficReport {
    return {
      requests: this.#requests,
      failed: this.#failed,
      hits: this.#hits,
      degraded: this.#degraded,
      durations: [...this.#durations],
    }
  }
}
