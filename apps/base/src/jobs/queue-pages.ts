import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { FastifyAdapter } from '@bull-board/fastify'
import { AppError } from '@gala/contracts'
import { randomHex } from '@gala/kernel'
import { APP_CONTEXT, type RequestActor, sendProblem } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { BaseContext } from '../base.config.js'
import { Scheduling } from './scheduling.service.js'

const path = '/ops/queues'
const cookie = 'gala-queues'
/** A ticket is used at once, by the tab that was opened with it. */
const ticketLastsMs = 60_000
const sessionLastsMs = 600_000
const heldMax = 1_000

/** The pages are a bundle of their own, which sets styles and its first state in the page. */
const policy = [
  "default-src 'none'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/**
 * Pages of the queue, to look at: what is to be run, and whether it has been, is the ledger's to say. A browser that opens a page
 * sends no token, so it is let in by a ticket that an operator's token was good for, and known by a cookie from then on.
 */
@Injectable()
export class QueuePages {
  /** Ends of tickets and sessions by their secrets, oldest first. */
  readonly #tickets = new Map<string, number>()
  readonly #sessions = new Map<string, number>()

  constructor(
    @Inject(APP_CONTEXT) private readonly context: Pick<BaseContext, 'clock'>,
    private readonly scheduling: Scheduling,
  ) {}

  ticket({ expiresAtMs }: Pick<RequestActor, 'expiresAtMs'>) {
    const nowMs = this.context.clock.nowMs()
    const untilMs = Math.min(nowMs + sessionLastsMs, expiresAtMs)
    const ticket = this.#keep(this.#tickets, Math.min(nowMs + ticketLastsMs, untilMs))
    return { url: `${path}/enter?ticket=${ticket}`, expiresAt: new Date(untilMs).toISOString() }
  }

  /** Mounts the pages. */
  serve(server: FastifyInstance) {
    const adapter = new FastifyAdapter()
    adapter.setBasePath(path)
    createBullBoard({
      queues: this.scheduling.queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true })),
      serverAdapter: adapter,
      options: { uiConfig: { boardTitle: 'Gala queues', hideRedisDetails: true } },
    })
    const pages = adapter.registerPlugin()
    server.register(
      (scope, _, done) => {
        scope.addHook('onRequest', (request, reply, next) => this.#guard(request, reply, next))
        scope.get('/enter', (request, reply) => this.#enter(request, reply))
        scope.register(pages as never)
        done()
      },
      { prefix: path },
    )
  }

  #guard(request: FastifyRequest, reply: FastifyReply, next: (error?: Error) => void) {
    reply.header('content-security-policy', policy)
    reply.header('x-content-type-options', 'nosniff')
    reply.header('referrer-policy', 'no-referrer')
    reply.header('cache-control', 'no-store')
    const entering = request.url.startsWith(`${path}/enter`)
    // Answered here: what is thrown would be answered by the pages' own handler, in its own form.
    const refuse = (refusal: AppError) => sendProblem(request, reply, refusal)
    if (request.method !== 'GET') refuse(new AppError('METHOD_NOT_ALLOWED', 'these pages are only to look at'))
    else if (entering || this.#holds(this.#sessions, cookieOf(request))) next()
    else refuse(new AppError('UNAUTHENTICATED', 'open the queues from the console'))
  }

  #enter(request: FastifyRequest, reply: FastifyReply) {
    const { ticket } = request.query as { ticket?: unknown }
    if (typeof ticket !== 'string' || !this.#holds(this.#tickets, ticket)) {
      sendProblem(
        request,
        reply,
        new AppError('UNAUTHENTICATED', 'the ticket is used or over: open the queues from the console'),
      )
      return reply
    }
    this.#tickets.delete(ticket)
    const session = this.#keep(this.#sessions, this.context.clock.nowMs() + sessionLastsMs)
    const ends = `Max-Age=${sessionLastsMs / 1_000}`
    reply.header('set-cookie', `${cookie}=${session}; ${ends}; Path=${path}; HttpOnly; SameSite=Strict`)
    return reply.redirect(`${path}/`)
  }

  #keep(held: Map<string, number>, untilMs: number): string {
    const [oldest] = held.keys()
    if (held.size >= heldMax && oldest !== undefined) held.delete(oldest)
    const secret = randomHex(32)
    held.set(secret, untilMs)
    return secret
  }

  /** Found by a hash map of 256 random bits: how long it takes tells nothing of use. */
  #holds(held: Map<string, number>, secret: string | undefined): boolean {
    const untilMs = secret === undefined ? undefined : held.get(secret)
    return untilMs !== undefined && this.context.clock.nowMs() < untilMs
  }
}

const cookieOf = ({ headers }: FastifyRequest) =>
  new RegExp(`(?:^|; )${cookie}=([0-9a-f]{64})`).exec(headers.cookie ?? '')?.[1]
