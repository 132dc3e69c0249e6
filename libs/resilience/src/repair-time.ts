/** How much the newest repair counts. */
const weight = 0.3
/** By how much open times are spread, so that processes that tripped together do not probe together. */
const jitter = 0.2
/** A repair that takes longer than expected is looked for ever more seldom. */
const growth = 1.5

export interface RepairBounds {
  openMinMs: number
  openMaxMs: number
  repairGuessMs: number
}

/**
 * How long repairs of one dependency take (MTTR), learned from outages.
 *
 * A breaker sees a repair only when it asks, so the end of an outage lies somewhere between the last call that failed and
 * the first that succeeded: the middle is taken. Whoever waits too long therefore learns to wait half as long, and an open
 * time that was set once does not confirm itself for ever.
 */
export class RepairTime {
  /** Smoothed, in milliseconds; undefined before the first outage is over. */
  learnedMs: number | undefined
  #beganMs: number | undefined
  #lastBadMs = 0
  #waitMs = 0
  #measuredMs: number | undefined

  constructor(
    private readonly bounds: RepairBounds,
    private readonly random: () => number,
  ) {}

  /** The dependency failed now, and had since `sinceMs`. Returns how long to leave it alone, in milliseconds. */
  failed(nowMs: number, sinceMs: number): number {
    const first = this.#beganMs === undefined
    this.#beganMs ??= sinceMs
    this.#lastBadMs = nowMs
    this.#measuredMs = undefined
    const { repairGuessMs, openMinMs, openMaxMs } = this.bounds
    const wantedMs = first ? (this.learnedMs ?? repairGuessMs) : this.#waitMs * growth
    this.#waitMs = Math.min(openMaxMs, Math.max(openMinMs, wantedMs))
    return this.#waitMs * (1 + jitter * (2 * this.random() - 1))
  }

  /** A call has succeeded, of those that count: the repair is over, unless more traffic shows otherwise. */
  recovered(nowMs: number) {
    if (this.#beganMs === undefined) return
    this.#measuredMs = (this.#lastBadMs + nowMs) / 2 - this.#beganMs
  }

  /** All traffic flows again: the outage is over and has taught what it can. */
  over() {
    if (this.#measuredMs !== undefined) {
      this.learnedMs =
        this.learnedMs === undefined ? this.#measuredMs : this.learnedMs + weight * (this.#measuredMs - this.learnedMs)
    }
    this.forget()
  }

  /** The outage under way counts for nothing: somebody has taken over. */
  forget() {
    this.#beganMs = undefined
    this.#measuredMs = undefined
  }
}
