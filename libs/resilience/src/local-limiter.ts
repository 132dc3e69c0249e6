import type { LimitReport } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import { LRUCache } from 'lru-cache'
import type { Decision } from './decision.js'
import { complete, type Limit } from './limit.js'
import { type Pace, paceOf, TokenBucket } from './token-bucket.js'

const keysMax = 100_000

/**
 * A limit of this process alone, for keys too many and too small to lease: what a data centre admits of a key is at most
 * instances × (burst + rate × time). A bucket is one number; a hundred thousand of them take some 20 MB.
 *
 * At the maximum the key asked for longest ago is forgotten. A key that is not known starts no fuller than the fullest-to-be of
 * those that were forgotten: forgetting never admits more, and whoever floods us with keys costs new ones their burst,
 * not their rate.
 */
export class LocalLimiter {
  readonly #buckets: LRUCache<string, TokenBucket>
  readonly #pace: Pace
  readonly #limit: Required<Limit>
  readonly #counts = { admitted: 0, refused: 0 }
  /** When the last bucket that was forgotten will be full. */
  #forgottenFullAtMs = Number.NEGATIVE_INFINITY

  constructor(
    limit: Omit<Limit, 'away'>,
    private readonly clock: Clock,
  ) {
    this.#limit = complete({ keysMax, ...limit, away: 'closed' })
    this.#pace = paceOf(limit.rate, limit.burst)
    this.#buckets = new LRUCache({
      max: this.#limit.keysMax,
      dispose: ({ fullAtMs }) => {
        this.#forgottenFullAtMs = Math.max(this.#forgottenFullAtMs, fullAtMs)
      },
    })
  }

  take(key: string, cost = 1): Decision {
    const nowMs = this.clock.coarseMs()
    const bucket = this.#buckets.get(key) ?? this.#open(key)
    if (bucket.take(cost, nowMs)) {
      this.#counts.admitted++
      return { admitted: true, remaining: bucket.left(nowMs) }
    }
    this.#counts.refused++
    return { admitted: false, retryAfterMs: Math.ceil(bucket.waitMs(cost, nowMs)), remaining: bucket.left(nowMs) }
  }

  get report(): LimitReport {
    return { name: this.#limit.name, keys: this.#buckets.size, ...this.#counts, trips: 0, alone: false }
  }

  #open(key: string): TokenBucket {
    const bucket = new TokenBucket(this.#pace, this.#forgottenFullAtMs)
    this.#buckets.set(key, bucket)
    return bucket
  }
}
