import type { BreakerPolicy } from './policy.js'
import { RollingWindow, type Sums } from './rolling-window.js'

/** What recent calls say of a dependency, and whether that is enough to leave it alone. */
export class Evidence {
  readonly #window: RollingWindow
  #inRow = 0

  constructor(private readonly policy: BreakerPolicy) {
    this.#window = new RollingWindow(policy.windowMs)
  }

  add(nowMs: number, failed: boolean, slow: boolean) {
    this.#window.add(nowMs, failed, slow)
    this.#inRow = failed ? this.#inRow + 1 : 0
  }

  clear() {
    this.#window.clear()
    this.#inRow = 0
  }

  /**
   * Why to open, or undefined. `minCalls` and `weight` say how much evidence that takes: a weight of two counts everything
   * twice.
   */
  against(nowMs: number, minCalls: number, weight = 1): string | undefined {
    const { failureRatio, failures: failuresMax, failuresInRow, slowRatio } = this.policy
    const { calls, failures, slow } = this.#window.sums(nowMs)
    if (this.#inRow * weight >= failuresInRow) return `${this.#inRow} failures in a row`
    if (failuresMax !== undefined && failures * weight >= failuresMax) return `${failures} failures`
    if (calls * weight < minCalls) return undefined
    if (failures / calls >= failureRatio) return `${failures} of ${calls} failed`
    if (slow / calls >= slowRatio) return `${slow} of ${calls} were slow`
    return undefined
  }

  sums(nowMs: number): Readonly<Sums> {
    return this.#window.sums(nowMs)
  }

  /** When the oldest failure or slow call still counted was noted; now, when there is none. */
  troubledSinceMs(nowMs: number): number {
    return this.#window.troubledSinceMs(nowMs) ?? nowMs
  }
}
