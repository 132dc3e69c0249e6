import type { Clock } from '@gala/kernel'

const secondMs = 1_000

/** So many times a second and no more, for work that may as well be left out. */
export class PerSecond {
  #left = 0
  #untilMs = Number.NEGATIVE_INFINITY

  constructor(
    private readonly clock: Clock,
    private readonly max: number,
  ) {}

  take(): boolean {
    const nowMs = this.clock.coarseMs()
    if (nowMs >= this.#untilMs) {
      this.#untilMs = nowMs + secondMs
      this.#left = this.max
    }
    if (this.#left <= 0) return false
    this.#left--
    return true
  }
}
