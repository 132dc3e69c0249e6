import type { KindCounts } from './counts.js'

/** What a loader brings: the value, what it was made from, and how new it is at least. */
export interface Loaded<T> {
  value: T
  /** Everything the value was made from; a later change of any of these ends its freshness. */
  tags: readonly string[]
  /** The value reflects every change up to this position. */
  position: number
  /** Unix milliseconds at which it was read from its source. */
  asOfMs: number
  /** Believed for no longer than this, whatever the lookup allows: it changes by itself, or is less than it should be. */
  freshMs?: number | undefined
}

export interface Entry<T> extends Loaded<T> {
  readonly kind: string
  readonly counts: KindCounts
  /** As its lookup asked, or less where the value itself says so. */
  readonly freshMs: number
  /** When it was surely current (monotonic milliseconds of this process): freshness counts from here. */
  storedAtMs: number
  /** A number in [0, 1) of its own, so that what was loaded together is not renewed together. */
  chance: number
  /** The generation of fences it was last found fresh at, and until when that is so if the generation stands. */
  heldAt: number
  freshUntilMs: number
  /** What an answer from memory says of itself: the entry is the answer, nothing is made for a hit. */
  source: 'hit'
  /** Until then a failed reload is not tried again (monotonic milliseconds). */
  retryAtMs: number
  /** Why the last reload failed; nothing as long as none has. */
  because: unknown
}
