/** One ask of a process for a block of tokens of one key. */
export interface LeaseAsk {
  key: string
  /** Tokens a second, and the most there can be of them. */
  rate: number
  burst: number
  /** Tokens asked for; 0 only gives back. */
  want: number
  /** The fewest that are of use: with less than that, none are given. */
  least: number
  /** Tokens of earlier leases that were not spent. */
  back: number
  /** Who asks. Whoever has asked within `holderMs` counts as a holder of the key. */
  instance: string
  /**
   * Whether the asker spent its portion by itself until now, because the budget did not answer. What the bucket filled with
   * in the meantime has been spent that way, so it is emptied.
   */
  alone: boolean
}

export interface Lease {
  /** Whole tokens, from 0 to `want`. */
  granted: number
  /** Milliseconds until `least` more tokens are there; 0 when they are. */
  waitMs: number
  /** Processes that have asked for this key within `holderMs`, this one included. */
  holders: number
}

export const holderMs = 10_000

/**
 * The one bucket of each key in a data centre, from which its processes lease blocks.
 *
 * Granted less given back is at most burst + rate × time, whatever happens to the memory it is kept in: a bucket that may
 * have been forgotten is no fuller than it could have become, from empty, since that memory was lost.
 *
 * A call rejects fast when nobody answers; whether it took effect is then unknown, and both must be safe.
 * Adapters pass the conformance suite in `./conformance`.
 */
export interface Budget {
  lease(ask: LeaseAsk): Promise<Lease>
}
