import { createServer, type RequestListener, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { AppError, errorCodes, headers, type Readiness, type ResilienceReport, type Route } from '@gala/contracts'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest, RawServerDefault } from 'fastify'
import { Histogram } from 'prom-client'
import { z } from 'zod'
import { bounds } from './bounds.js'
import type { AppContext } from './context.js'
import { sendProblem, toAppError } from './problem.js'
import { traceOf, traceparentOf } from './trace.js'

/** A Fastify server bounded in every direction, with JSON in UTF-8 as its only body, whatever a route lets it be called. */
export function createAdapter(
  routes: readonly Route[],
  /** Makes the server answer: by the framework, or by what it puts before it. */
  connect: (framework: RequestListener, server: Server) => void,
): FastifyAdapter {
  const adapter: FastifyAdapter = new FastifyAdapter<RawServerDefault>({
    bodyLimit: 16_384,
    serverFactory: (framework: RequestListener) => {
      // A server that is made for Fastify instead of by it is not given these by it.
      const made = createServer(bounds)
      connect(framework, made)
      return made
    },
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: 4096 },
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      void sendProblem(request, reply, toAppError(error)),
    clientErrorHandler,
  })
  const server = adapter.getInstance() as unknown as FastifyInstance
  server.addHook('onRoute', (options) => {
    const route = routes.find((r) => r.path === options.url && r.method === options.method)
    if (route) options.bodyLimit = route.bodyBytesMax
  })
  server.removeAllContentTypeParsers()
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (_request: FastifyRequest, body: Buffer) => parseJson(body),
  )
  server.addContentTypeParser(
    'text/plain',
    { parseAs: 'buffer' },
    async ({ method, routeOptions }: FastifyRequest, body: Buffer) => {
      const route = routes.find((r) => r.path === routeOptions.url && r.method === method)
      if (route?.plainBody) return parseJson(body)
      throw new AppError('UNSUPPORTED_MEDIA_TYPE', errorCodes.UNSUPPORTED_MEDIA_TYPE.title)
    },
  )
  return adapter
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** @throws AppError MALFORMED_BODY for anything that is not JSON in valid UTF-8. An empty body is `undefined`. */
function parseJson(body: Buffer): unknown {
  if (body.length === 0) return undefined
  try {
    return JSON.parse(utf8.decode(body))
  } catch (error) {
    throw new AppError('MALFORMED_BODY', `${(error as Error).message}`, { cause: error })
  }
}

/** Answers what never became a request: broken HTTP, headers beyond the limit. */
function clientErrorHandler(error: Error & { code?: string }, socket: Socket) {
  if (error.code === 'ECONNRESET' || !socket.writable) return socket.destroy()
  const refusal =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? new AppError('HEADERS_TOO_LARGE', 'send at most 16 KiB of headers')
      : new AppError('BAD_REQUEST', 'this is not HTTP')
  const body = JSON.stringify(refusal.toProblem(traceparentOf(undefined).traceId))
  socket.end(
    `HTTP/1.1 ${refusal.status} Refused\r\ncontent-type: application/problem+json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}

/** Which methods the table knows at `path`, for 405 instead of 404. */
function methodsAt(routes: readonly Route[], path: string): string[] {
  const parts = path.split('/')
  return routes
    .filter((route) => {
      const pattern = route.path.split('/')
      return pattern.length === parts.length && pattern.every((p, i) => p.startsWith(':') || p === parts[i])
    })
    .map((route) => route.method)
}

/** No such route, or not with this method. */
export function noRoute(routes: readonly Route[], request: FastifyRequest): AppError {
  const path = request.url.split('?', 1)[0] ?? ''
  const methods = methodsAt(routes, path)
  // The method may well be right when it is the framework that found no handler (an over-long parameter, say).
  if (methods.length === 0 || methods.includes(request.method))
    return new AppError('ROUTE_NOT_FOUND', `nothing is at ${path.slice(0, 200)}`)
  return new AppError('METHOD_NOT_ALLOWED', `${path.slice(0, 200)} takes ${[...new Set(methods)].join(', ')}`)
}

/** `/livez`, `/readyz`, `/startupz`, `/metrics`, `/cachez`, `/resiliencez`, and one duration histogram over all routes. */
export function addOperationalRoutes(server: FastifyInstance, context: AppContext) {
  const { health, config, metrics } = context
  server.addHook('onRequest', async (request, reply) => {
    reply
      .header(headers.dc, config.GALA_DC)
      .header(headers.servedBy, config.GALA_INSTANCE)
      .header('traceparent', traceOf(request).traceparent)
  })
  const startedAt = new Date(context.clock.nowMs()).toISOString()
  server.get('/livez', async () => ({ alive: true }))
  server.get('/startupz', async (_request, reply) =>
    reply.status(health.started ? 200 : 503).send({ started: health.started }),
  )
  server.get('/readyz', async (_request, reply) => {
    const body: Readiness = {
      ready: health.ready,
      app: context.app,
      dc: config.GALA_DC,
      instance: config.GALA_INSTANCE,
      release: config.GALA_RELEASE,
      startedAt,
      appliedPosition: health.appliedPosition(),
      dependencies: health.dependencies,
    }
    return reply.status(health.ready ? 200 : 503).send(body)
  })
  server.get('/metrics', async (_request, reply) =>
    reply.header('content-type', metrics.contentType).send(await metrics.metrics()),
  )
  server.get('/cachez', async (request, reply) => {
    const { cache } = context.reports
    const asked = cachezQuery.safeParse(request.query)
    if (!cache) return sendProblem(request, reply, new AppError('ROUTE_NOT_FOUND', 'this app has no cache'))
    if (!asked.success)
      return sendProblem(request, reply, new AppError('VALIDATION_FAILED', 'key: 1 to 400 characters'))
    return reply.header('cache-control', 'no-store').send(cache(asked.data.key))
  })
  server.get('/resiliencez', async (request, reply) => {
    const report = resilienceOf(context)
    if (!report) return sendProblem(request, reply, new AppError('ROUTE_NOT_FOUND', 'this app follows no orders'))
    return reply.header('cache-control', 'no-store').send(report)
  })
  addRequestMetrics(server, context)
}

function resilienceOf({ app, config, reports, switches, traffic }: AppContext): ResilienceReport | undefined {
  if (!reports.control) return undefined
  return {
    app,
    dc: config.GALA_DC,
    instance: config.GALA_INSTANCE,
    ...reports.control(),
    breakers: reports.breakers?.() ?? [],
    shedding: reports.shedding?.() ?? null,
    limits: reports.limits?.() ?? [],
    switches: switches.report(),
    traffic: traffic.report,
  }
}

const cachezQuery = z.strictObject({ key: z.string().min(1).max(400).optional() })

function addRequestMetrics(server: FastifyInstance, { metrics, requests, traffic }: AppContext) {
  const duration = new Histogram({
    name: 'gala_http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last byte of its answer',
    labelNames: ['method', 'route'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers: [metrics],
  })
  server.addHook('onResponse', async (request, reply) => {
    // The pattern, never the address: one time series a route.
    const route = request.routeOptions.url ?? 'none'
    duration.observe({ method: request.method, route }, reply.elapsedTime / 1000)
    requests.of(request.method, route).add(reply.statusCode)
    if (!route.startsWith('/v1/')) return
    traffic.add({
      tookMs: reply.elapsedTime,
      status: reply.statusCode,
      hit: reply.getHeader(headers.cache) === 'hit',
      degraded: reply.getHeader(headers.degraded) !== undefined,
    })
  })
}
