/** What happened in the last ten seconds, by second and name. */
export class Rates<Name extends string> {
  readonly #seconds: { second: number; counts: Map<Name, number> }[] = []

  add(name: Name, count: number, nowMs: number) {
    const second = Math.floor(nowMs / 1_000)
    const index = second % keptS
    let at = this.#seconds[index]
    if (at?.second !== second) {
      at = { second, counts: new Map() }
      this.#seconds[index] = at
    }
    at.counts.set(name, (at.counts.get(name) ?? 0) + count)
  }

  /** A second, over the last `overS` of them and what has passed of this one. */
  perS(name: Name, nowMs: number, overS: number = keptS - 1): number {
    const second = Math.floor(nowMs / 1_000)
    let sum = 0
    for (const at of this.#seconds) {
      if (at && at.second <= second && second - at.second <= overS) sum += at.counts.get(name) ?? 0
    }
    return sum / (overS + (nowMs % 1_000) / 1_000)
  }
}

const keptS = 11
