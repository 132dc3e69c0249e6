/** What one process of viewers is to do. */
export interface CrowdPlan {
  room: string
  /** Where tickets are had, by turns: edges, or access itself. */
  urls: readonly string[]
  viewers: number
  /** The first of its addresses of loopback. */
  firstAddress: number
  /** So many of them read a kilobyte a second and no more. */
  slow: number
  connectPerS: number
  seed: number
}

/** A message somebody was told was accepted. Sent to two data centres, it may be shown by another id than that. */
export interface Accepted {
  id: string
  type: 'chat' | 'gift'
  sender: string
  /** Of its sender. */
  seq: number
}

export type CrowdOrder = { do: 'mark' } | { do: 'judge'; accepted: Accepted[] } | { do: 'stop' }

export type CrowdWord =
  | ({ kind: 'state' } & CrowdState)
  | ({ kind: 'judged' } & Judged)
  | { kind: 'marked'; instances: Record<string, number> }

/** Told a few times a second. */
export interface CrowdState {
  open: number
  /** Of all, how many ever were. */
  everOpen: number
  closes: Record<string, number>
  trouble: Record<string, number>
}

/** What all viewers of a process have seen, held against what was accepted. */
export interface Judged {
  viewers: { healthy: number; slow: number }
  healthy: Findings
  slow: Findings
  /** Healthy ones whose link was broken without their doing. */
  healthyCut: number
  /** From sending to seeing, of healthy viewers: how many took so many milliseconds. */
  giftDelays: Record<number, number>
  chatDelays: Record<number, number>
  /** Those who were cut off or sent away, since the mark. */
  returns: Return[]
  /** Welcomes by the second of the clock. */
  welcomesPerS: Record<number, number>
}

export interface Return {
  /** Of whom it was a viewer before. */
  from: string
  to: string
  leftAtMs: number
  backAtMs: number
}

export interface Findings {
  expectedGifts: number
  giftsLost: number
  expectedChat: number
  chatSeen: number
  /** Told as left out. */
  chatDropped: number
  /** Accepted, and neither seen nor told as left out. */
  chatLost: number
  /** Told as left out beyond what was accepted: what was taken although its sender has never heard so. */
  chatSurplus: number
  /** Shown twice although the cursor should have told. */
  twice: number
  /** In another order than their sender sent them. */
  disorder: number
  /** Times a server said that what came between is gone. */
  gaps: number
  /** The first of what was not seen, to be told when something is wrong. */
  notSeen: string[]
  /** Seen, and never acknowledged to anybody: its answer was lost. */
  strangers: number
}
