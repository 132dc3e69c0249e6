import type { CacheSource } from '@gala/contracts'

export interface AnswerFacts {
  /** What the value was made from: an invalidation of any of these ends it. */
  tags?: readonly string[]
  source?: CacheSource
  /** Unix milliseconds at which the oldest part was read from its source. */
  asOfMs?: number
  /** Change position the value is at least as new as. */
  position?: number
  /** For how long it is right at most, in milliseconds, when it changes by the clock. */
  freshMs?: number
  /** Why the answer is less than it could be. */
  degraded?: readonly string[]
}

/** A reply together with what is known of its freshness; the runtime turns the facts into headers. */
export class Answer<T> {
  constructor(
    readonly value: T,
    readonly facts: AnswerFacts = {},
  ) {}
}
