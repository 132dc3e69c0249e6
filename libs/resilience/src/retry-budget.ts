import type { Clock } from '@gala/kernel'

/** Second attempts a second that are free: with little traffic, a tenth of it is none at all. */
const freePerS = 2
const burst = 20

/**
 * Bounds second attempts (retries, hedges) to a share of the first ones, whatever fails: a dependency in trouble must not be
 * asked more than before. Over any time, seconds ≤ `share` × firsts + 2 a second + 20. Source: the retry budget of Finagle.
 */
export class RetryBudget {
  readonly counts = { firsts: 0, seconds: 0, refused: 0 }
  #tokens = burst
  #atMs: number

  constructor(
    private readonly clock: Pick<Clock, 'monotonicMs'>,
    private readonly share = 0.1,
  ) {
    this.#atMs = clock.monotonicMs()
  }

  first() {
    this.counts.firsts++
    this.#tokens = Math.min(burst, this.#tokens + this.share)
  }

  /** Whether a second attempt may be made now. */
  second(): boolean {
    const nowMs = this.clock.monotonicMs()
    this.#tokens = Math.min(burst, this.#tokens + ((nowMs - this.#atMs) / 1000) * freePerS)
    this.#atMs = nowMs
    if (this.#tokens < 1) {
      this.counts.refused++
      return false
    }
    this.#tokens--
    this.counts.seconds++
    return true
  }
}
