import type { RoomMessage, RoomState } from '@gala/contracts'
import type { Feed } from './feed.js'
import type { LinkStatus, TransportChoice } from './link-events.js'
import type { Say, Sent } from './outbox.js'
import type { Watched } from './watched.js'
import type { ViewerSource } from './who.js'

export interface RoomOptions {
  room: string
  /** Who writes. Without one the room can only be read. */
  viewer?: ViewerSource
  transport?: TransportChoice
  /** How many messages the feed keeps; 500 when left out. */
  feedMax?: number
  /** `name/version` of the page or the program. */
  client?: string
  /** Leaves the room when it aborts. */
  signal?: AbortSignal
  /** Each message once, in the order of the room; control messages as well. */
  onMessage?: (message: RoomMessage) => void
  /** What has changed, and everything that is known. */
  onState?: (changed: RoomState, state: RoomState) => void
  /** Messages are missing that nobody has any more. */
  onGap?: () => void
  /** Messages were left out on purpose. */
  onDropped?: (dropped: { chat: number; notify: number }) => void
}

export interface RoomStatus {
  link: LinkStatus
  /** What is known of the room besides its messages. */
  state: RoomState
}

export interface Room {
  /** The newest messages, ready to be shown. */
  readonly feed: Feed & { remove(key: string): void }
  readonly status: Watched<RoomStatus>
  /** How far it has read, as text. */
  readonly cursor: string
  /** Says something. It is in the feed at once; the promise tells what has become of it, and never rejects. */
  send(say: Say): Promise<Sent>
  /** Leaves the room. */
  close(): void
}
