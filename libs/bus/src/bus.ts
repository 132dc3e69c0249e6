import type { Change } from '@gala/contracts'

/**
 * Carries changes to every process of one data centre (DC). Messages may be lost, repeated or overtake each other: positions
 * count up by one, so a follower notices, asks the ring for what it missed, and until it has it raises its `floor`.
 */
export interface ChangeBus {
  /**
   * Sends changes, oldest first, to every subscriber of the DC and raises the fences their tags stand for. Sending twice is
   * harmless; when it fails, some may have been sent.
   */
  publish(changes: readonly Change[]): Promise<void>
  /**
   * Tells subscribers that everything up to `position` has been published, and that nothing else was there when the
   * sender looked, at `asOfMs` of its own monotonic clock (now, when left out).
   */
  heartbeat(position: number, asOfMs?: number): Promise<void>
  /** For a sender that cannot tell what was changed up to `position`: nothing older in the store is to be believed. */
  forget(position: number): Promise<void>
  /** The newest position a heartbeat has told of, or undefined when the store has no memory of one. */
  announced(): Promise<number | undefined>
  /** Calls `take` for every change heard of, at least once and in no promised order. Returns the function that ends it. */
  subscribe(take: (change: Change) => void): () => void
  /**
   * Sends a value to whoever has its key or waits for it. A courtesy: it may be lost, and proves nothing by arriving. One of
   * more than `pushLengthMax` characters is not taken in by anybody.
   */
  push(value: PushedValue): Promise<void>
  /** Calls `take` for every value sent along, whatever its key. */
  onPush(take: (value: PushedValue) => void): void
  /** Sends a message to itself, the whole way round. Resolves when it has come back; rejects when it cannot be sent. */
  echo(): Promise<void>
  /** False when the last heartbeat tells of more than a second ago: nobody can say then whether something was missed. */
  readonly live: boolean
  /** Up to when, by the clock here, it is known that nothing was missed (monotonic milliseconds). */
  readonly vouchedAtMs: number
  /** Every change up to here has been heard of, or is covered by the floor. 0 before the first message. */
  readonly appliedPosition: number
  /** The newest position a heartbeat has told of: all fences in Redis up to there are raised. */
  readonly announcedPosition: number
  /** Changes up to here may have been missed: a value older than that is not to be believed, whatever its tags. */
  readonly floor: number
  /** Goes up with every change heard of and every move of the floor: while it stands, what was current still is. */
  readonly revision: number
  readonly counts: Readonly<RepairCounts>
  close(): Promise<void>
}

/** A key of the shared store with its value, as the store keeps it. */
export interface PushedValue {
  key: string
  raw: string
}

/** What had to be done about missing messages, for metrics. */
export interface RepairCounts {
  /** Something was missing. */
  gaps: number
  /** It could be read again. */
  repaired: number
  /** It could not: everything older is not believed any more. */
  lost: number
}

/** UTF-16 units: a longer message would hold up the heartbeats behind it. */
export const pushLengthMax = 65_536

/** Five heartbeats of 200 ms. */
export const silenceMs = 1000
