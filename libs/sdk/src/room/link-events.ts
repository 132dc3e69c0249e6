/** `auto`: a long connection, and polls where there can be none. The other two are for those who know that they want only one. */
export type TransportChoice = 'auto' | 'socket' | 'poll'

export type TimerName = 'retry' | 'welcome' | 'beat' | 'move' | 'poll' | 'upgrade'

/** Where a server asks its client to go, and when. */
export interface MoveOrder {
  afterMs: number
  urls: readonly string[]
  ticket: string
  poll: boolean
}

/** What has happened. */
export type LinkEvent =
  | { is: 'start' }
  /** `connect` was answered; no addresses: poll. */
  | { is: 'offered'; urls: readonly string[]; ticket: string }
  /** `connect` failed; `final`: it would fail again. */
  | { is: 'not-offered'; final: boolean; code: string; retryAfterMs: number }
  | { is: 'poll-failed'; final: boolean; code: string; retryAfterMs: number }
  | { is: 'opened' }
  | { is: 'welcome'; heartbeatMs: number; ticket: string; dc: string; instance: string; maySend: boolean }
  /** Something came, whatever it was. */
  | { is: 'heard' }
  /** Something came that is not what it should be, or more than can be taken in. */
  | { is: 'garbled' }
  | ({ is: 'move' } & MoveOrder)
  /** The socket is gone, or has never come up. */
  | { is: 'closed'; code: number }
  | { is: 'polled'; pollAfterMs: number }
  | { is: 'timer'; name: TimerName }
  | { is: 'page'; hidden: boolean }
  /** Who the viewer is has become known: a connection made before does not know it. */
  | { is: 'identity' }
  | { is: 'stop' }

/** What is to be done about it. */
export type LinkEffect =
  | { do: 'ask' | 'hang-up' | 'ping' | 'poll' }
  | { do: 'open'; url: string }
  | { do: 'hello'; ticket: string }
  | { do: 'timer'; name: TimerName; ms: number }
  | { do: 'no-timer'; name: TimerName }

export type LinkStatus =
  | { is: 'connecting' | 'polling' | 'reconnecting' }
  | { is: 'live'; dc: string; instance: string; maySend: boolean }
  /** For good. `code`: why, if it was not the own wish. */
  | { is: 'closed'; code: string | undefined }
