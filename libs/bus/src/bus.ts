import type { Change } from '@gala/contracts'

/**
 * Carries changes to every process of one data centre (DC). Messages may be lost, repeated or overtake each other: positions
 * count up by one, so a follower notices, asks the ring for what it missed, and until it has it raises its `floor`.
 */
export interface ChangeBus {
  /** Sends a change to every subscriber of the DC and raises the fences its tags stand for. Sending twice is harmless. */
  publish(change: Change): Promise<void>
  /**
   * Tells subscribers that everything up to `position` has been published, and that nothing else was there when the
   * sender looked, at `asOfMs` of its own monotonic clock (now, when left out).
   */
  heartbeat(position: number, asOfMs?: number): Promise<void>
  /** The newest position a heartbeat has told of, or undefined when the store has no memory of one. */
  announced(): Promise<number | undefined>
  /** Calls `take` for every change heard of, at least once and in no promised order. Returns the function that ends it. */
  subscribe(take: (change: Change) => void): () => void
  /** False when the last heartbeat tells of more than a second ago: nobody can say then whether something was missed. */
  readonly live: boolean
  /** Up to when, by the clock here, it is known that nothing was missed (monotonic milliseconds). */
  readonly vouchedAtMs: number
  /** Every change up to here has been heard of, or is covered by the floor. 0 before the first message. */
  readonly appliedPosition: number
  /** The newest position heard of: all fences in Redis up to there are raised. */
  readonly newestPosition: number
  /** Changes up to here may have been missed: a value older than that is not to be believed, whatever its tags. */
  readonly floor: number
  /** Goes up with every change heard of and every move of the floor: while it stands, what was current still is. */
  readonly revision: number
  close(): Promise<void>
}

/** Five heartbeats of 200 ms. */
export const silenceMs = 1000

/** Where the newest position that touched `tag` is kept in Redis, for readers of the shared tier. */
export const fenceKey = (prefix: string, tag: string) => `${prefix}fence:${tag}`

/**
 * Where the floor of the shared tier is kept: fences of changes up to there may be gone, because Redis lost its memory.
 * While there is none, nothing in the shared tier is believed.
 */
export const floorKey = (prefix: string) => `${prefix}floor`
