import type { BeaconRefusal } from '@gala/contracts'

/** Clocks are set to the wrong time zone or day; one that is off by more says nothing of when something was. */
const skewMaxMs = 26 * 3_600_000
/** What is older than that is in no pane any more. A page keeps what it cannot send for less. */
const ageMaxMs = 15 * 60_000
/** Two readings of one clock, the second of which was set back a little. */
const aheadMaxMs = 1_000

/**
 * When something was by our clock: as long before the batch came as it was before the batch was sent, by the clock of the client.
 * How long the batch was under way is lost by that, some hundred milliseconds.
 */
export function ourTime(
  at: number,
  sentAt: number,
  receivedMs: number,
): { at: number } | { refusal: Extract<BeaconRefusal, 'CLOCK_SKEWED' | 'IN_THE_FUTURE' | 'TOO_OLD'> } {
  if (Math.abs(receivedMs - sentAt) > skewMaxMs) return { refusal: 'CLOCK_SKEWED' }
  const ageMs = sentAt - at
  if (ageMs < -aheadMaxMs) return { refusal: 'IN_THE_FUTURE' }
  if (ageMs > ageMaxMs) return { refusal: 'TOO_OLD' }
  return { at: receivedMs - Math.max(0, ageMs) }
}
