/**
 * When requests are meant to be sent: at the moments of a Poisson process, whatever becomes of those before. What is late
 * waits here and keeps its moment, and its time is counted from that: a server that stands still for a second owes an answer to
 * everybody who would have come in it, not only to those who happened to be connected (coordinated omission, Gil Tene).
 */
export class OpenLoop {
  readonly #waiting: number[] = []
  #first = 0
  #nextMs: number

  constructor(
    private readonly ratePerS: number,
    private readonly random: () => number,
    startMs: number,
    private readonly endMs: number,
  ) {
    this.#nextMs = startMs
  }

  /** How many should have been sent by now and were not. */
  waiting(nowMs: number): number {
    while (this.#nextMs <= nowMs && this.#nextMs < this.endMs) {
      this.#waiting.push(this.#nextMs)
      this.#nextMs += (-Math.log(1 - this.random()) * 1_000) / this.ratePerS
    }
    return this.#waiting.length - this.#first
  }

  /** The moment of the one that waits longest; undefined when none does. */
  take(): number | undefined {
    const atMs = this.#waiting[this.#first]
    if (atMs === undefined) return undefined
    this.#first++
    if (this.#first > 10_000) this.#first -= this.#waiting.splice(0, this.#first).length
    return atMs
  }

  /** Nothing waits and nothing more will. */
  ended(nowMs: number): boolean {
    return this.waiting(nowMs) === 0 && this.#nextMs >= this.endMs
  }
}
