import { createHmac, timingSafeEqual } from 'node:crypto'
import { type Viewer, viewerSchema } from '@gala/contracts'
import { type Clock, randomHex } from '@gala/kernel'
import type { TokenKey } from '@gala/runtime'
import { z } from 'zod'
import type { UsedTickets } from './used-tickets.js'

/** Clocks of two machines in one fleet differ by less than this. */
const toleranceMs = 5_000
const ticketCharsMax = 2_048
/** Half a minute is long enough to connect. Whoever has been in may come back for ten, before asking for a new one. */
const lifeMs = { first: 30_000, return: 600_000, move: 600_000 } as const

const claimsSchema = z.strictObject({
  id: z.string().max(64),
  room: z.string().max(64),
  viewer: viewerSchema.nullable(),
  expiresAtMs: z.int(),
  issuedAtMs: z.int(),
  /** Of the connection it was given over; that of a first one is nobody's yet. */
  heartbeatMs: z.int(),
  /** To come with, to come back with when the link has broken, or to go on with elsewhere when told to move. */
  use: z.enum(['first', 'return', 'move']),
})
export type Ticket = z.output<typeof claimsSchema>

/** Why a ticket is not taken, as it is told when a connection is closed. */
export class TicketRefused extends Error {
  constructor(readonly reason: 'TICKET_EXPIRED' | 'TICKET_USED' | 'TICKET_REFUSED') {
    super(reason)
  }
}

/**
 * What a long connection is opened with: who it is for and which room, signed, good once and for a short while. It goes in the first
 * frame and never in an address, where it would be written into logs. Any process of any data centre takes it.
 */
export class Tickets {
  readonly #secrets: readonly Buffer[]

  constructor(
    keys: readonly TokenKey[],
    private readonly clock: Clock,
    private readonly used: UsedTickets,
  ) {
    // A key of its own, so that nothing signed as a token is ever a ticket.
    this.#secrets = keys.map(({ secret }) => createHmac('sha256', secret).update('ticket').digest())
  }

  issue(room: string, viewer: Viewer | undefined, heartbeatMs: number, use: Ticket['use']): string {
    const [secret] = this.#secrets
    if (!secret) throw new Error('there is no key to sign with')
    const issuedAtMs = this.clock.nowMs()
    const expiresAtMs = issuedAtMs + lifeMs[use]
    const claims: Ticket = {
      id: randomHex(12),
      room,
      viewer: viewer ?? null,
      expiresAtMs,
      issuedAtMs,
      heartbeatMs,
      use,
    }
    const said = Buffer.from(JSON.stringify(claims)).toString('base64url')
    return `${said}.${signature(secret, said)}`
  }

  /** Takes a ticket, which nobody can use again. @throws TicketRefused */
  async take(ticket: string, room: string): Promise<Ticket> {
    const claims = this.#read(ticket)
    if (claims?.room !== room) throw new TicketRefused('TICKET_REFUSED')
    if (this.clock.nowMs() > claims.expiresAtMs + toleranceMs) throw new TicketRefused('TICKET_EXPIRED')
    if (!(await this.used.use(claims.id, claims.expiresAtMs + toleranceMs))) throw new TicketRefused('TICKET_USED')
    return claims
  }

  #read(ticket: string): Ticket | undefined {
    if (ticket.length > ticketCharsMax) return undefined
    const [said = '', given = ''] = ticket.split('.', 2)
    const told = Buffer.from(given)
    const ours = this.#secrets.some((secret) => {
      const wanted = Buffer.from(signature(secret, said))
      return told.length === wanted.length && timingSafeEqual(told, wanted)
    })
    return ours ? claimsSchema.safeParse(JSON.parse(Buffer.from(said, 'base64url').toString('utf8'))).data : undefined
  }
}

const signature = (secret: Buffer, said: string) => createHmac('sha256', secret).update(said).digest('base64url')
