/** Parts of a doubling that are told apart: no value is off by more than a sixty-fourth. */
const parts = 64
/** Up to 2^32 µs, more than an hour. */
const doublings = 27

/** How often which time was seen, in a bounded space; times in microseconds. */
export class Latencies {
  readonly #counts = new Uint32Array(parts * doublings)
  #count = 0
  #sumUs = 0

  get count() {
    return this.#count
  }

  record(us: number) {
    const whole = Math.max(0, Math.round(us))
    const index = Math.min(this.#counts.length - 1, indexOf(whole))
    this.#counts[index] = (this.#counts[index] ?? 0) + 1
    this.#count++
    this.#sumUs += whole
  }

  get meanUs(): number {
    return this.#sumUs / this.#count
  }

  /** The time that this part of all did not take longer than. */
  quantileUs(part: number): number {
    const wanted = Math.ceil(part * this.#count)
    let seen = 0
    for (let index = 0; index < this.#counts.length; index++) {
      seen += this.#counts[index] ?? 0
      if (seen >= wanted) return upperOf(index)
    }
    return Number.NaN
  }
}

function indexOf(us: number): number {
  if (us < parts) return us
  const doubling = 31 - Math.clz32(us) - 5
  return doubling * parts + (us >>> (doubling - 1)) - parts
}

/** The greatest time that falls there. */
function upperOf(index: number): number {
  const doubling = Math.floor(index / parts)
  if (doubling === 0) return index
  return ((index % parts) + parts + 1) * 2 ** (doubling - 1) - 1
}
