import { pause } from './faults.js'

/** What comes this late is left out: the machine held the drill itself up, and all of it at once would be no steady load. */
const lateMaxMs = 250

/**
 * Begins things at a steady rate whatever becomes of them, as an audience does: at moments of Poisson processes, and without
 * waiting for what was begun before.
 */
export class Arrivals {
  /** Left out, because the drill could not begin them in time or too many were under way. */
  skipped = 0
  inFlight = 0
  #going = true
  readonly #ended: Promise<void>[] = []

  /** Calls `one`, which must not reject, `ratePerS` times a second on average, while fewer than `inFlightMax` are under way. */
  begin(ratePerS: number, one: () => Promise<void>, inFlightMax = Number.POSITIVE_INFINITY) {
    this.#ended.push(this.#loop(ratePerS, one, inFlightMax))
  }

  /** Resolves when the last one has ended. */
  async stop() {
    this.#going = false
    await Promise.all(this.#ended)
    while (this.inFlight > 0) await pause(20)
  }

  async #loop(ratePerS: number, one: () => Promise<void>, inFlightMax: number) {
    for (let nextMs = performance.now(); this.#going; ) {
      nextMs += (-Math.log(1 - Math.random()) / ratePerS) * 1_000
      const earlyMs = nextMs - performance.now()
      if (earlyMs > 0) await pause(earlyMs)
      if (earlyMs < -lateMaxMs || this.inFlight >= inFlightMax) {
        this.skipped++
        continue
      }
      this.inFlight++
      void one().finally(() => {
        this.inFlight--
      })
    }
  }
}
