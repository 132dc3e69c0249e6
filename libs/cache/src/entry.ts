/** What a loader brings: the value, what it was made from, and how new it is at least. */
export interface Loaded<T> {
  value: T
  /** Everything the value was made from; a later change of any of these ends its freshness. */
  tags: readonly string[]
  /** The value reflects every change up to this position. */
  position: number
  /** Unix milliseconds at which it was read from its source. */
  asOfMs: number
}

export interface Entry<T> extends Loaded<T> {
  /** When this process took it in (monotonic milliseconds): freshness counts from here. */
  storedAtMs: number
  /** The suspicion count at that moment; a later suspicion asks for a new read. */
  epoch: number
  /** Until then a failed reload is not tried again (monotonic milliseconds). */
  retryAtMs: number
}
