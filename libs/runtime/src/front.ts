import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { AppError, headers, type Route } from '@gala/contracts'
import type { AppContext } from './context.js'
import { allowedMs, askedMs, expired, setDue } from './deadline.js'
import { retryAfterS } from './problem.js'
import { RouteTable } from './route-table.js'
import type { Shedding } from './shedding.js'
import { quickTraceOf } from './trace.js'

/**
 * What stands before the framework: it lets a request in, or answers it for a thirtieth of what an answer costs. Only what
 * it recognises as a route of the table; probes, odd methods and everything else go on as they came.
 *
 * `internal` says that whoever asks is one of ours, and may be believed how long it waits.
 */
export function withFront(
  context: AppContext,
  shedding: Shedding,
  routes: readonly Route[],
  internal: boolean,
  framework: RequestListener,
): RequestListener {
  const { clock } = context
  const { headroom, shedder } = shedding
  const table = new RouteTable(routes)
  const refuseFull = refusal(context, new AppError('OVERLOADED', 'come back in a moment'))
  const refuseLate = refusal(context, expired())
  const ended = () => shedding.ended()

  return (request, response) => {
    const route = table.find(request.method ?? '', request.url ?? '')
    if (!route) return framework(request, response)
    const waitedMs = headroom.waitedMs
    const allowed = internal ? allowedMs(route, askedMs(request)) : route.timeoutMs
    if (waitedMs >= allowed) {
      shedding.expired++
      return refuseLate(request, response)
    }
    const { copies } = shedding
    if (copies && shedder.active && copies.fresh(route, request, response)) return
    if (!shedder.admit(route.criticality, clientOf(request))) {
      const refuse = () => refuseFull(request, response)
      if (!copies?.left(route, request, response, refuse)) refuse()
      return
    }
    setDue(request, clock.monotonicMs() - waitedMs + allowed)
    shedding.began()
    response.once('close', ended)
    framework(request, response)
  }
}

/** Whoever the edge asks for. Access does not pass it on: what it asks application for is for many. */
function clientOf({ headers: { 'x-forwarded-for': address } }: IncomingMessage): string | undefined {
  return typeof address === 'string' ? address : undefined
}

/** Writes the refusal: all of it is made beforehand but who was asking and when to come back. */
function refusal({ config }: AppContext, error: AppError) {
  const mark = 'TRACE'
  const [before = '', after = ''] = JSON.stringify(error.toProblem(mark)).split(mark)
  const length = String(before.length + 32 + after.length)
  const own = [
    ...['content-type', 'application/problem+json; charset=utf-8'],
    ...['content-length', length],
    ...['cache-control', 'no-store'],
    ...[headers.dc, config.GALA_DC],
    ...[headers.servedBy, config.GALA_INSTANCE],
    ...[headers.degraded, 'overload'],
  ]
  const byWait = [0, 1, 2, 3, 4, 5].map((seconds) => [...own, 'retry-after', String(seconds), 'traceparent'])
  return (request: IncomingMessage, response: ServerResponse) => {
    const { traceparent, traceId } = quickTraceOf(request.headers['traceparent'])
    response.writeHead(error.status, [...(byWait[retryAfterS()] ?? own), traceparent])
    response.end(before + traceId + after, 'latin1')
  }
}
