import type { Change } from '@gala/contracts'

/**
 * Carries changes to every process of one data centre (DC). Delivery is at most once and fast; what is missed is noticed,
 * because positions count up by one: a step of more than one, or a heartbeat ahead of us, means something was lost.
 */
export interface ChangeBus {
  /** Sends a change to every subscriber of the DC and raises the fences its tags stand for. Sending twice is harmless. */
  publish(change: Change): Promise<void>
  /** Tells subscribers which position has been published, so that silence and loss can be told apart. */
  heartbeat(position: number): Promise<void>
  /** Returns the function that ends the subscription. */
  subscribe(subscriber: BusSubscriber): () => void
  /** False after a second without a message: nobody can say then whether something was missed. */
  readonly live: boolean
  /** Newest position seen, or 0 before the first message. */
  readonly appliedPosition: number
  close(): Promise<void>
}

export interface BusSubscriber {
  change(change: Change): void
  /** Messages were lost: whatever was cached before this call has to be asked for again. */
  suspect(): void
}

/** Five heartbeats of 200 ms. */
export const silenceMs = 1000

/** Where the newest position that touched `tag` is kept in Redis, for readers of the shared tier. */
export const fenceKey = (prefix: string, tag: string) => `${prefix}fence:${tag}`
