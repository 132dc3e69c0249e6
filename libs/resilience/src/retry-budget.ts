import type { Clock } from '@gala/kernel'
import { RollingWindow } from './rolling-window.js'

/** Second attempts a second that are free: with little traffic, a tenth of it is none at all. */
const freePerS = 2
/** What may be saved up: the share of so much time, and never less than this. A time-out's worth of calls fails at once. */
const savedMs = 10_000
const savedMin = 50

/**
 * Bounds second attempts (retries, hedges) to a share of the first ones, whatever fails: a dependency in trouble must not be
 * asked more than before. Over any time, seconds ≤ `share` × (firsts in it, and in ten seconds before) + 2 a second + 50.
 * Source: the retry budget of Finagle.
 */
export class RetryBudget {
  readonly counts = { firsts: 0, seconds: 0, refused: 0 }
  readonly #recent = new RollingWindow(savedMs)
  #tokens = savedMin
  #atMs: number

  constructor(
    private readonly clock: Pick<Clock, 'monotonicMs'>,
    private readonly share = 0.1,
  ) {
    this.#atMs = clock.monotonicMs()
  }

  first() {
    this.counts.firsts++
    this.#recent.add(this.clock.monotonicMs(), false, false)
    this.#save(this.share)
  }

  /** Whether a second attempt may be made now. */
  second(): boolean {
    const nowMs = this.clock.monotonicMs()
    this.#save(((nowMs - this.#atMs) / 1000) * freePerS)
    this.#atMs = nowMs
    if (this.#tokens < 1) {
      this.counts.refused++
      return false
    }
    this.#tokens--
    this.counts.seconds++
    return true
  }

  #save(tokens: number) {
    const most = Math.max(savedMin, this.share * this.#recent.sums(this.clock.monotonicMs()).calls)
    this.#tokens = Math.min(most, this.#tokens + tokens)
  }
}
