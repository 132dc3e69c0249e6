import type { Clock } from '@gala/kernel'

export interface HotKeysOptions {
  /** One read in so many is counted, on average. */
  sampleEvery: number
  /** Counted reads, for certain, that make a key hot within two windows; half as many keep it so. */
  hotAt: number
}

/** 512 × 4 reads in 10 to 20 s: a key is hot from 100 to 200 reads a second in one process. */
const defaults: HotKeysOptions = { sampleEvery: 512, hotAt: 4 }
const windowMs = 10_000
const countersMax = 256
/** Of the keys of one process. What is beyond them is kept by being read, like everything else. */
const hotMax = 64

interface Counter {
  count: number
  /** What it may have inherited from the key whose place it took. */
  error: number
}

/**
 * The keys a process reads most, found with a bounded number of counters (Space-Saving by Metwally, Agrawal and
 * El Abbadi, 2005) over a sample of the reads. All counts are halved every ten seconds, so that what was hot cools.
 */
export class HotKeys {
  readonly #counters = new Map<string, Counter>()
  readonly #hot = new Set<string>()
  readonly #options: HotKeysOptions
  /** Keys that had the least count when it was last looked for. */
  #least: { count: number; keys: string[] } = { count: 0, keys: [] }
  #untilSample = 0
  #halvedAtMs = 0

  constructor(
    private readonly clock: Clock,
    private readonly random: () => number,
    private readonly onChange: (key: string, hot: boolean) => void,
    options: Partial<HotKeysOptions> = {},
  ) {
    this.#options = { ...defaults, ...options }
  }

  /** Called for every read: true when this one is in the sample. The gaps are random, so no rhythm of reads is missed. */
  sampled(): boolean {
    if (this.#untilSample-- > 0) return false
    this.#untilSample = Math.floor(this.random() * (2 * this.#options.sampleEvery - 1))
    return true
  }

  /** Counts a read of the sample. */
  count(key: string) {
    const nowMs = this.clock.coarseMs()
    if (nowMs - this.#halvedAtMs >= windowMs) this.#halve(nowMs)
    const counter = this.#counters.get(key) ?? this.#place(key)
    counter.count++
    if (counter.count - counter.error < this.#options.hotAt || this.#hot.has(key) || this.#hot.size >= hotMax) return
    this.#hot.add(key)
    this.onChange(key, true)
  }

  has(key: string): boolean {
    return this.#hot.has(key)
  }

  get keys(): Iterable<string> {
    return this.#hot
  }

  /** Hot keys, hottest first, with roughly how often each was read within the last window. */
  top(): { key: string; reads: number }[] {
    return [...this.#hot]
      .map((key) => ({ key, reads: (this.#counters.get(key)?.count ?? 0) * this.#options.sampleEvery }))
      .sort((a, b) => b.reads - a.reads)
  }

  /** A counter for a key that has none: the least of the others gives up its place, and its count as the error. */
  #place(key: string): Counter {
    const inherited = this.#counters.size < countersMax ? 0 : this.#takePlace()
    const counter = { count: inherited, error: inherited }
    this.#counters.set(key, counter)
    return counter
  }

  /** Removes a counter that has the least count, and returns it. All that have it are looked up together, for the next times. */
  #takePlace(): number {
    for (let looked = 0; looked < 2; looked++) {
      for (let victim = this.#least.keys.pop(); victim !== undefined; victim = this.#least.keys.pop()) {
        const counter = this.#counters.get(victim)
        if (counter?.count !== this.#least.count || this.#hot.has(victim)) continue
        this.#counters.delete(victim)
        return counter.count
      }
      this.#findLeast()
    }
    return 0
  }

  #findLeast() {
    const least: { count: number; keys: string[] } = { count: Number.POSITIVE_INFINITY, keys: [] }
    for (const [key, { count }] of this.#counters) {
      if (count > least.count || this.#hot.has(key)) continue
      if (count < least.count) {
        least.count = count
        least.keys = []
      }
      least.keys.push(key)
    }
    this.#least = least
  }

  #halve(nowMs: number) {
    this.#halvedAtMs = nowMs
    for (const [key, counter] of this.#counters) {
      counter.count = Math.floor(counter.count / 2)
      counter.error = Math.floor(counter.error / 2)
      if (this.#hot.has(key) && counter.count - counter.error < this.#options.hotAt / 2) {
        this.#hot.delete(key)
        this.onChange(key, false)
      }
      if (counter.count === 0) this.#counters.delete(key)
    }
  }
}
