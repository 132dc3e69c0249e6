const bucketsCount = 10

export interface Sums {
  calls: number
  failures: number
  slow: number
}

/** Counts of the last `windowMs` milliseconds, exact to a tenth of that. Costs the same however many calls there are. */
export class RollingWindow {
  readonly #calls = new Uint32Array(bucketsCount)
  readonly #failures = new Uint32Array(bucketsCount)
  readonly #slow = new Uint32Array(bucketsCount)
  readonly #bucketMs: number
  readonly #sums: Sums = { calls: 0, failures: 0, slow: 0 }
  /** Number of the newest bucket, counted from the beginning of time. */
  #newest = 0

  constructor(windowMs: number) {
    this.#bucketMs = windowMs / bucketsCount
  }

  add(nowMs: number, failed: boolean, slow: boolean) {
    this.#turn(nowMs)
    const i = this.#newest % bucketsCount
    this.#calls[i] = (this.#calls[i] ?? 0) + 1
    this.#sums.calls++
    if (failed) {
      this.#failures[i] = (this.#failures[i] ?? 0) + 1
      this.#sums.failures++
    }
    if (slow) {
      this.#slow[i] = (this.#slow[i] ?? 0) + 1
      this.#sums.slow++
    }
  }

  sums(nowMs: number): Readonly<Sums> {
    this.#turn(nowMs)
    return this.#sums
  }

  /** When the oldest failure or slow call still counted was noted, to a tenth of the window; undefined when there is none. */
  troubledSinceMs(nowMs: number): number | undefined {
    this.#turn(nowMs)
    for (let number = this.#newest - bucketsCount + 1; number <= this.#newest; number++) {
      const i = ((number % bucketsCount) + bucketsCount) % bucketsCount
      if ((this.#failures[i] ?? 0) + (this.#slow[i] ?? 0) > 0) return number * this.#bucketMs
    }
    return undefined
  }

  clear() {
    this.#calls.fill(0)
    this.#failures.fill(0)
    this.#slow.fill(0)
    Object.assign(this.#sums, { calls: 0, failures: 0, slow: 0 })
  }

  /** Empties the buckets whose time has come round again. */
  #turn(nowMs: number) {
    const number = Math.floor(nowMs / this.#bucketMs)
    if (number <= this.#newest) return
    if (number - this.#newest >= bucketsCount) this.clear()
    else
      for (let n = this.#newest + 1; n <= number; n++) {
        const i = n % bucketsCount
        this.#sums.calls -= this.#calls[i] ?? 0
        this.#sums.failures -= this.#failures[i] ?? 0
        this.#sums.slow -= this.#slow[i] ?? 0
        this.#calls[i] = 0
        this.#failures[i] = 0
        this.#slow[i] = 0
      }
    this.#newest = number
  }
}
