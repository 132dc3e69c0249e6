import type { Ticket } from './tickets.js'

/** Below what middleboxes of mobile networks are known to forget a silent connection after. */
export const heartbeatMs = { normal: 25_000, min: 10_000, max: 55_000 } as const
/** A link that has lasted so long while little was said over it bears a longer silence. */
const lastedMs = 300_000

/** How often a client is to be heard: more often after its link has broken soon, less often when the last one has held. */
export function heartbeatAfter(ticket: Pick<Ticket, 'use' | 'issuedAtMs' | 'heartbeatMs'>, nowMs: number): number {
  if (ticket.use === 'first') return heartbeatMs.normal
  if (ticket.use === 'move') return ticket.heartbeatMs
  const factor = nowMs - ticket.issuedAtMs >= lastedMs ? 1.5 : 0.6
  return Math.round(Math.min(heartbeatMs.max, Math.max(heartbeatMs.min, ticket.heartbeatMs * factor)))
}
