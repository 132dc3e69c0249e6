const slotMs = 100
/** An hour: no drill runs that long, and what comes later is not counted. */
const slotsMax = 36_000

/** Counts what happens by tenths of a second, on the clock of `performance.now()`. */
export class Slots {
  readonly #counts: number[] = []
  readonly #fromMs: number

  constructor(fromMs = performance.now()) {
    this.#fromMs = fromMs
  }

  add(count = 1, atMs = performance.now()) {
    const slot = this.#slot(atMs)
    if (slot >= 0 && slot < slotsMax) this.#counts[slot] = (this.#counts[slot] ?? 0) + count
  }

  /** How many there were between two moments, to the tenth of a second. */
  between(fromMs: number, toMs: number): number {
    let sum = 0
    for (let slot = this.#slot(fromMs); slot < this.#slot(toMs); slot++) sum += this.#counts[slot] ?? 0
    return sum
  }

  /** The most there were in any stretch of `stretchMs` that lies between two moments. */
  most(fromMs: number, toMs: number, stretchMs: number): number {
    return Math.max(0, ...this.#stretches(fromMs, toMs, stretchMs).map(({ count }) => count))
  }

  /** When the first stretch of `stretchMs` began whose count is as wanted; undefined when there was none. */
  first(fromMs: number, toMs: number, stretchMs: number, wanted: (count: number) => boolean): number | undefined {
    return this.#stretches(fromMs, toMs, stretchMs).find(({ count }) => wanted(count))?.startMs
  }

  #stretches(fromMs: number, toMs: number, stretchMs: number) {
    const steps = Math.max(0, Math.floor((toMs - fromMs - stretchMs) / slotMs) + 1)
    return Array.from({ length: steps }, (_, i) => {
      const startMs = fromMs + i * slotMs
      return { startMs, count: this.between(startMs, startMs + stretchMs) }
    })
  }

  #slot(atMs: number) {
    return Math.floor((atMs - this.#fromMs) / slotMs)
  }
}
