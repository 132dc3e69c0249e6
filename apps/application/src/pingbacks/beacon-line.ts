import type { Beacon } from '@gala/contracts'

/** What is known of a beacon besides itself. */
interface Known {
  session: string
  dc: string
  /** By our clock, Unix milliseconds. */
  at: number
  received: number
  /** Whose token came with it; undefined: nobody's, and nobody vouches for it. */
  viewer: string | undefined
}

/** A beacon as the pipeline reads it. `id` is the same however often it comes. */
export function beaconLine(beacon: Beacon, { session, dc, at, received, viewer }: Known): string {
  const { seq, event, kind, joinMs, stallMs, bitrateKbps, code, cmcd } = beacon
  return JSON.stringify({
    id: `${session}-${seq}`,
    at,
    received,
    dc,
    event,
    kind,
    session,
    viewer: viewer ?? null,
    verified: viewer !== undefined,
    joinMs,
    stallMs,
    bitrateKbps,
    code,
    cmcd,
  })
}
