import { headers, type Route } from '@gala/contracts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { setTrace, traceparentIn } from '../trace.js'
import { forceOf } from './forced.js'
import { ownFields } from './span-line.js'
import type { TracedWork, Traces } from './traces.js'

/** A route may take its time limit; an answer that has used this part of it is slow. */
const slowPart = 4

const begun = Symbol('begun')
interface Begun {
  work: TracedWork
  route: Route
}
type Request = FastifyRequest & { [begun]?: Begun }

/**
 * A span for each request to a route of the table that has come past the front. It takes the place of the request's trace, so that
 * what is asked for on its behalf is a child of it.
 */
export function addRequestSpans(server: FastifyInstance, traces: Traces, routes: readonly Route[]) {
  const byKey = new Map(routes.map((route) => [`${route.method} ${route.path}`, route]))
  const routeOf = ({ method, routeOptions: { url } }: FastifyRequest) =>
    byKey.get(`${method === 'HEAD' ? 'GET' : method} ${url}`)
  server.addHook('onRequest', (request: Request, _reply, done) => {
    const route = routeOf(request)
    if (!route) return done()
    const asker = traceparentIn(request.headers['traceparent'])
    const force = forceOf(traces, request.raw)
    const work = traces.begin(route.name, attributesOf(route, request), { kind: 'server', asker, force })
    // What came without a trace is told ours.
    if (!asker) setTrace(request, { traceparent: work.traceparent, traceId: work.traceId })
    request[begun] = { work, route }
    return done()
  })
  // Only here: a body is read outside of whatever was entered before it.
  server.addHook('preHandler', (request: Request, _reply, done) => {
    const traced = request[begun]
    if (traced) traced.work.within(done)
    else done()
  })
  server.addHook('onResponse', (request: Request, reply, done) => {
    const traced = request[begun]
    if (traced) endOf(traced, reply)
    done()
  })
}

function attributesOf(route: Route, request: FastifyRequest) {
  const event = route.isolateBy && (request.params as Record<string, unknown> | undefined)?.[route.isolateBy]
  return {
    'http.request.method': request.method,
    [ownFields.route]: route.path,
    ...(typeof event === 'string' && { [ownFields.event]: event }),
  }
}

function endOf({ work, route }: Begun, reply: FastifyReply) {
  const status = reply.statusCode
  const failed = status >= 500
  const cache = reply.getHeader(headers.cache)
  const degraded = reply.getHeader(headers.degraded)
  work.set({
    'http.response.status_code': status,
    ...(typeof cache === 'string' && { 'gala.cache': cache }),
    ...(typeof degraded === 'string' && { 'gala.degraded': degraded }),
  })
  const tookMs = reply.elapsedTime
  const end = { failed, degraded: degraded !== undefined, tookMs, slowMs: route.timeoutMs / slowPart }
  work.over(end, failed ? `answered ${status}` : undefined)
}
