/**
 * What has happened so far to values of one kind. Plain numbers, because a hit must cost nothing more; read them when
 * metrics are asked for.
 */
export interface KindCounts {
  hit: number
  /** Served while it is renewed behind the answer. */
  aging: number
  /** Found in the data centre's store. */
  shared: number
  /** Came with the message that told of its change. */
  pushed: number
  miss: number
  stale: number
  error: number
  /** A value had been overtaken by a change when it arrived, and was loaded again. */
  overtaken: number
  /** A value offered by the store or by a message was refused, because a change or a gap stands against it. */
  fenced: number
  /** Somebody else of this data centre was loading; this process waited for it. */
  waited: number
  loads: number
  /** All loads together, in milliseconds. */
  loadMs: number
}

/** Kinds are named in code, so there are few; whatever comes beyond that is counted together. */
const kindsMax = 64

/** The counts of every kind of value in one cache. */
export class Counts implements Iterable<[string, Readonly<KindCounts>]> {
  readonly #kinds = new Map<string, KindCounts>()

  of(kind: string): KindCounts {
    const known = this.#kinds.get(kind)
    if (known) return known
    if (this.#kinds.size >= kindsMax) return this.of('other')
    const counts: KindCounts = {
      hit: 0,
      aging: 0,
      shared: 0,
      pushed: 0,
      miss: 0,
      stale: 0,
      error: 0,
      overtaken: 0,
      fenced: 0,
      waited: 0,
      loads: 0,
      loadMs: 0,
    }
    // The place for what comes beyond is kept free from the start.
    this.#kinds.set(this.#kinds.size === kindsMax - 1 ? 'other' : kind, counts)
    return counts
  }

  [Symbol.iterator]() {
    return this.#kinds.entries()
  }
}
