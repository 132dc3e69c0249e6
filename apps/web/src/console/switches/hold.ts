/** Long enough that nobody does it by brushing past a key; short enough that nobody minds at four in the morning. */
export const holdMs = 800

/** The most one look counts for: a page that stood still has not seen whether the finger stayed down. */
const lookMaxMs = 100

/** A control that is being held down. Another finger or key does not take over. */
export interface Hold {
  by: 'pointer' | 'key'
  heldMs: number
  seenMs: number
}

export const pressed = (hold: Hold | undefined, by: Hold['by'], nowMs: number): Hold =>
  hold ?? { by, heldMs: 0, seenMs: nowMs }

export const released = (hold: Hold | undefined, by: Hold['by']): Hold | undefined =>
  hold?.by === by ? undefined : hold

/** The hold a look later. */
export function looked({ by, heldMs, seenMs }: Hold, nowMs: number): Hold {
  return { by, heldMs: heldMs + Math.min(lookMaxMs, Math.max(0, nowMs - seenMs)), seenMs: nowMs }
}

/** From 0 to 1; at 1 it has been held long enough. */
export const progressOf = (hold: Hold | undefined): number => Math.min(1, (hold?.heldMs ?? 0) / holdMs)
