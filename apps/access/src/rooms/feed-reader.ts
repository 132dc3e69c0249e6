import type { CloseReason } from '@gala/contracts'

/** When somebody is to go, and where to. */
export interface Move {
  afterMs: number
  urls: string[]
  /** Do not come back by a long connection. */
  poll: boolean
}

/** Somebody who follows a room in this process, as whoever holds the room sees them. */
export interface FeedReader {
  readonly room: string
  /** Writes what there is to write for them. */
  advance(): void
  /** Asks the client to go. */
  move(move: Move): void
  /** Sends it away. */
  close(reason: CloseReason): void
}
