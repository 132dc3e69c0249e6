import type { Clock } from '@gala/kernel'
import { type Budget, holderMs, type Lease, type LeaseAsk } from './budget.js'
import { paceOf, TokenBucket } from './token-bucket.js'

interface Kept {
  fullAtMs: number
  run: number
  seenMs: Map<string, number>
}

/** A budget within one process, for tests. It passes the same conformance suite as the Redis one. */
export class MemoryBudget implements Budget {
  #kept = new Map<string, Kept>()
  #run = 0
  #startedMs = Number.NEGATIVE_INFINITY

  constructor(private readonly clock: Clock) {}

  async lease({ key, rate, burst, want, least, back, instance, alone }: LeaseAsk): Promise<Lease> {
    const nowMs = this.clock.monotonicMs()
    const pace = paceOf(rate, burst)
    const emptyMs = nowMs + pace.spanMs
    const kept = this.#kept.get(key) ?? { fullAtMs: this.#startedMs + pace.spanMs, run: this.#run, seenMs: new Map() }
    if (kept.run !== this.#run || alone) kept.fullAtMs = emptyMs
    const bucket = new TokenBucket(pace, Math.min(kept.fullAtMs - back * pace.perTokenMs, emptyMs))
    const granted = Math.min(want, bucket.left(nowMs))
    const given = granted < least ? 0 : granted
    bucket.take(given, nowMs)
    kept.seenMs.set(instance, nowMs)
    for (const [name, atMs] of kept.seenMs) if (nowMs - atMs > holderMs) kept.seenMs.delete(name)
    this.#kept.set(key, { ...kept, fullAtMs: bucket.fullAtMs, run: this.#run })
    return { granted: given, waitMs: Math.ceil(bucket.waitMs(least, nowMs)), holders: kept.seenMs.size }
  }

  /** Plays a Redis that was restarted: with nothing, or with what it was when `copy` was made. */
  restart(copy: ReadonlyMap<string, Kept> = new Map()) {
    this.restore(copy)
    this.#run++
    this.#startedMs = this.clock.monotonicMs()
  }

  /** Goes back to what it was, and does not know. No Redis does that; a test may. */
  restore(copy: ReadonlyMap<string, Kept>) {
    this.#kept = structuredClone(new Map(copy))
  }

  /** What is on its disk now. */
  copy(): ReadonlyMap<string, Kept> {
    return structuredClone(this.#kept)
  }
}
