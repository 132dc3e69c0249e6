import { durationBoundsMs, type TrafficReport } from '@gala/contracts'

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
  #requests = 0
  #failed = 0
  #hits = 0
  #degraded = 0

  add({ tookMs, status, hit, degraded }: Answered) {
    this.#requests++
    if (status >= 500) this.#failed++
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
