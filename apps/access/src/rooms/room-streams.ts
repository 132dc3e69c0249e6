import { AppError, cursorText, headers, parseCursor, roomStreamPath, type Viewer } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import type { DirectMessage } from '@gala/rooms'
import { sendProblem, toAppError } from '@gala/runtime'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { clientNetwork } from '../client-address.js'
import type { Doorkeeper } from './doorkeeper.js'
import type { Feed } from './feed.js'
import type { Feeds } from './feeds.js'
import type { Gate } from './gate.js'
import { heartbeatMs } from './heartbeat.js'
import { newestMessages } from './polls.js'
import type { Gone } from './room-sockets.js'
import { RoomStream } from './room-stream.js'
import { inSlices } from './slices.js'
import type { SocketCounts } from './socket-counts.js'
import { TicketRefused, type Tickets } from './tickets.js'

interface Parts {
  clock: Clock
  doorkeeper: Doorkeeper
  tickets: Tickets
  gate: Gate
  feeds: Feeds
  counts: SocketCounts
  pollAfterMs: (feed: Feed) => number
  onGone: (why: Gone) => void
  dc: string
  instance: string
}

/** Proxies of others end what says nothing for half a minute. */
const beatMs = 15_000

/** All streams of server-sent events of this process. */
export class RoomStreams {
  readonly all = new Set<RoomStream>()
  readonly #stop: () => void

  constructor(private readonly parts: Parts) {
    const { clock } = parts
    this.#stop = clock.every(beatMs, () => inSlices(this.all, (stream) => stream.beat(), { clock }))
  }

  serve(server: FastifyInstance) {
    server.get(roomStreamPath, async (request, reply) => {
      try {
        return await this.#open(request, reply)
      } catch (error) {
        return sendProblem(request, reply, refusalOf(error))
      }
    })
  }

  direct({ to, message }: DirectMessage) {
    const isMeant = ({ viewer }: RoomStream) =>
      'viewer' in to ? viewer?.id === to.viewer : viewer?.cohort === to.cohort
    inSlices(this.all, (stream) => isMeant(stream) && stream.say('direct', message), { clock: this.parts.clock })
  }

  close() {
    this.#stop()
    for (const stream of this.all) stream.cut()
  }

  async #open(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { doorkeeper, tickets, gate, feeds, counts, pollAfterMs, onGone } = this.parts
    const { room } = request.params as { room: string }
    const cursor = cursorOf(request)
    const entered = doorkeeper.enter(clientNetwork(request))
    if (entered instanceof AppError) throw entered
    let made = false
    try {
      const ticket = /^Ticket (\S{1,2048})$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
      const { viewer } = await tickets.take(ticket, room)
      await gate.pass(room)
      const feed = await feeds.of(room)
      const newest = { place: feed.ring.placeOfNewest(newestMessages), older: [], gap: false }
      const from = cursor === undefined ? newest : await feed.placeAfter(parseCursor(cursor))
      if (request.raw.socket.destroyed) return reply.hijack()
      const { raw } = reply.hijack()
      raw.writeHead(200, this.#head())
      const gone = (stream: RoomStream, why: Gone) => {
        if (!this.all.delete(stream)) return
        entered()
        onGone(why)
      }
      const ticketFor = () => tickets.issue(room, viewer ?? undefined, heartbeatMs.normal, 'move')
      const { wrote } = counts
      const stream = new RoomStream(room, viewer ?? undefined, raw, { wrote, ticketFor, onGone: gone, pollAfterMs })
      this.all.add(stream)
      made = true
      counts.opened(cursor === undefined ? 'new' : from.gap ? 'gap' : 'whole')
      stream.begin(feed, from.place, from.older, this.#welcome(room, viewer ?? undefined, feed, from.gap))
      return reply
    } finally {
      if (!made) entered()
    }
  }

  #welcome(room: string, viewer: Viewer | undefined, feed: Feed, gap: boolean) {
    const { tickets, dc, instance } = this.parts
    const ticket = tickets.issue(room, viewer, heartbeatMs.normal, 'return')
    return { heartbeatMs: beatMs, gap, state: feed.ring.state, dc, instance, maySend: viewer !== undefined, ticket }
  }

  #head() {
    const { dc, instance } = this.parts
    return {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Neither our edge nor one of somebody else is to hold it back.
      'x-accel-buffering': 'no',
      [headers.dc]: dc,
      [headers.servedBy]: instance,
    }
  }
}

/** Where somebody was: by the address, or by what a browser's own EventSource says when it comes back. */
function cursorOf({ query, headers: told }: FastifyRequest): string | undefined {
  const after = (query as Record<string, unknown>)['after'] ?? told['last-event-id']
  if (after === undefined || after === '') return undefined
  const cursor = cursorText.safeParse(after)
  if (!cursor.success) throw new AppError('VALIDATION_FAILED', 'query.after: must be a cursor this API has given')
  return cursor.data
}

function refusalOf(error: unknown): AppError {
  if (!(error instanceof TicketRefused)) return toAppError(error)
  if (error.reason === 'TICKET_EXPIRED') return new AppError('TOKEN_EXPIRED', 'the ticket is too old: connect again')
  return new AppError('UNAUTHENTICATED', 'send a ticket that has not been used, as authorization: Ticket')
}
