import type { IncomingMessage } from 'node:http'
import { AppError, internalHeaders, type Route } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { sendProblem } from './problem.js'

const dueMs = Symbol('dueMs')
type Timed = IncomingMessage & { [dueMs]?: number }

/** What an asker of ours may say it still waits. Beyond it, a number is not one of ours. */
const askedMsMax = 60_000

/**
 * Milliseconds from its arrival in which a request has to be answered: those of its route, or fewer when the asker says
 * that it waits no longer. What is not a whole number of milliseconds is not looked at.
 */
export function allowedMs(route: Route, asked: string | string[] | undefined): number {
  if (typeof asked !== 'string' || !/^\d{1,5}$/.test(asked) || Number(asked) > askedMsMax) return route.timeoutMs
  return Math.min(route.timeoutMs, Number(asked))
}

/** When a request has to be answered (monotonic milliseconds); whoever works on it later asks what is left. */
export function setDue(request: IncomingMessage, atMs: number) {
  ;(request as Timed)[dueMs] = atMs
}

/** Milliseconds left for a request, 0 at least. Of one whose arrival nobody has noted, all the time of its route. */
export function leftMs(request: FastifyRequest, route: Route, clock: Clock): number {
  const due = (request.raw as Timed)[dueMs]
  return due === undefined ? route.timeoutMs : Math.max(0, due - clock.monotonicMs())
}

/**
 * Drops, right before its handler would begin, a request whose time is over or whose asker has hung up: nobody is there any
 * more for the answer. `onDropped` counts it.
 */
export function dropExpired(server: FastifyInstance, clock: Clock, onDropped: () => void) {
  server.addHook('preHandler', (request, reply, done) => {
    if (request.raw.socket?.destroyed) {
      onDropped()
      return void reply.hijack()
    }
    const due = (request.raw as Timed)[dueMs]
    if (due === undefined || clock.monotonicMs() < due) return done()
    onDropped()
    sendProblem(request, reply, expired())
  })
}

export const expired = () => new AppError('DEADLINE_EXCEEDED', 'nobody waits for this answer any more')

/** What the asker says it still waits, of a request of our own. */
export const askedMs = (request: IncomingMessage) => request.headers[internalHeaders.timeoutMs]
