import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { AppError, headers, type Route } from '@gala/contracts'
import type { AppContext } from './context.js'
import { allowedMs, askedMs, expired, setDue } from './deadline.js'
import { retryAfterS } from './problem.js'
import { RouteTable } from './route-table.js'
import type { Shedding } from './shedding.js'
import { quickTraceOf } from './trace.js'

/**
 * What stands before the framework: it answers what is in memory and fresh, and of the rest it lets in what there is room for.
 * Only what it recognises as a route of the table; probes, odd methods and everything else go on as they came.
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
  const counts = new Map(routes.map((route) => [route, context.requests.of(route.method, route.path)]))
  const refuseFull = refusal(context, new AppError('OVERLOADED', 'come back in a moment'))
  const refuseLate = refusal(context, expired())
  const ended = () => shedding.ended()

  const answered = (route: Route, { statusCode }: ServerResponse) => counts.get(route)?.add(statusCode)
  const refuse = (route: Route, request: IncomingMessage, response: ServerResponse) => {
    refuseFull(request, response)
    answered(route, response)
  }

  return (request, response) => {
    const route = table.find(request.method ?? '', request.url ?? '')
    if (!route) return framework(request, response)
    const { copies } = shedding
    if (copies?.fresh(route, request, response)) return answered(route, response)
    if (!shedding.on) return framework(request, response)
    const waitedMs = headroom.waitedMs
    const allowed = internal ? allowedMs(route, askedMs(request)) : route.timeoutMs
    if (waitedMs >= allowed) {
      shedding.expired++
      refuseLate(request, response)
      return answered(route, response)
    }
    if (!shedder.admit(route.criticality, clientOf(request))) {
      const left = copies?.left(route, request, response) ?? false
      if (left === false) return refuse(route, request, response)
      if (left === true) return answered(route, response)
      return void left.then((found) => (found ? answered(route, response) : refuse(route, request, response)))
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
function refusal({ config }: AppContext, error: AppError): RequestListener {
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
  return (request, response) => {
    const { traceparent, traceId } = quickTraceOf(request.headers['traceparent'])
    response.writeHead(error.status, [...(byWait[retryAfterS()] ?? own), traceparent])
    response.end(before + traceId + after, 'latin1')
  }
}
