/** How fast a bucket fills and how much it holds, worked out once. */
export interface Pace {
  readonly perTokenMs: number
  /** The time an empty bucket takes to be full. */
  readonly spanMs: number
}

/**
 * The pace of `rate` tokens a second into a bucket of `burst`.
 * @throws RangeError unless both are positive, the rate is at most a million and the burst at least one.
 */
export function paceOf(rate: number, burst: number): Pace {
  if (!(rate > 0 && rate <= 1_000_000)) throw new RangeError('a rate is over 0 and at most 1,000,000 a second')
  if (!(burst >= 1 && burst <= 100_000_000)) throw new RangeError('a burst is 1 to 100,000,000')
  const perTokenMs = 1_000 / rate
  return { perTokenMs, spanMs: burst * perTokenMs }
}

/** A hundred-thousandth of a millisecond: what adding fractions may leave over. */
const roundingMs = 1e-5

/**
 * A token bucket as one number: the moment it will be full (the "theoretical arrival time" of GCRA, ITU-T I.371, read the
 * other way round). Taking moves that moment on, time passing does the filling: no timer, no allocation.
 * Over any window the tokens taken are at most burst + rate × window.
 */
export class TokenBucket {
  /** `fullAtMs`: a moment in the past is a full bucket, `nowMs + pace.spanMs` an empty one. */
  constructor(
    readonly pace: Pace,
    public fullAtMs = Number.NEGATIVE_INFINITY,
  ) {}

  /** Takes `cost` tokens, or none and says no. */
  take(cost: number, nowMs: number): boolean {
    const from = Math.max(this.fullAtMs, nowMs)
    const fullAtMs = from + cost * this.pace.perTokenMs
    if (fullAtMs - nowMs > this.pace.spanMs + roundingMs) return false
    this.fullAtMs = fullAtMs
    return true
  }

  /** Milliseconds until `cost` tokens are there; 0 when they are. Never in a bucket that is smaller than that. */
  waitMs(cost: number, nowMs: number): number {
    const { perTokenMs, spanMs } = this.pace
    if (cost * perTokenMs > spanMs + roundingMs) return Number.POSITIVE_INFINITY
    return Math.max(0, Math.max(this.fullAtMs, nowMs) + cost * perTokenMs - nowMs - spanMs)
  }

  /** Whole tokens that are there now. */
  left(nowMs: number): number {
    const { perTokenMs, spanMs } = this.pace
    return Math.floor((spanMs + roundingMs - Math.max(0, this.fullAtMs - nowMs)) / perTokenMs)
  }
}
