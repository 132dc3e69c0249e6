import type { Cached } from '@gala/cache'
import {
  AppError,
  type CacheSource,
  fieldRefused,
  headers,
  kindOf,
  parseInput,
  type Route,
  type RouteInput,
  type Viewer,
} from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import { endOfSecond, headOf, leftMs, sendProblem, toAppError, traceOf } from '@gala/runtime'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { accepted } from './accepted.js'
import { addressOf } from './address.js'
import { type Application, fieldOf } from './application.js'
import { clientNetwork } from './client-address.js'
import { type Copy, joined, type Kept, overload, sourceOf, unreachable } from './copy.js'
import { etagOf, matches } from './etag.js'
import type { Keys } from './keys.js'
import type { Limits } from './limits.js'
import type { LocalAnswer, LocalHandlers } from './local.js'
import type { Snapshots } from './snapshots.js'
import type { Viewers } from './viewers.js'
import { type Server, traced, written } from './written.js'

interface Parts extends Server {
  application: Application
  keys: Keys
  limits: Limits
  viewers: Viewers
  snapshots: Snapshots
  /** Of the routes access answers itself. */
  local: LocalHandlers
  clock: Clock
  /** One line and one count per unexpected failure, never per request. */
  onInternal: (error: AppError, route: Route) => void
}

/**
 * The one way every request of the audience goes:
 * contract → viewer → limits → response copy → application (own data centre, then another) → stale copy → snapshot → coded problem.
 */
export class Pipeline {
  constructor(private readonly parts: Parts) {}

  handle(route: Route) {
    const limits = this.parts.limits.of(route)
    return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      let leave: (() => void) | undefined
      try {
        const { params, query, body } = request
        const input = parseInput(route, { params, query, body: route.body ? body : undefined })
        if (route.kinds) heldToItsKind(route, input.body, request.headers[headers.kind])
        const viewer = route.viewer && (await this.#viewerOf(route, input, request))
        const network = () => clientNetwork(request)
        const tell = (name: string, value: string) => void reply.header(name, value)
        if (limits) leave = await limits.enter(input, { network, viewer: viewer?.id }, tell)
        if (route.answeredBy === 'access') return await this.#local(route, input, viewer, request, reply)
        if (route.method === 'GET' && route.cache) return await this.#read(route, route.cache, input, request, reply)
        return await this.#pass(route, input, viewer, request, reply)
      } catch (thrown) {
        const error = toAppError(thrown)
        if (error.code === 'INTERNAL') this.parts.onInternal(error, route)
        if (reasonOf(error) === overload) reply.header(headers.degraded, overload)
        return sendProblem(request, reply, error)
      } finally {
        leave?.()
      }
    }
  }

  /** What a token in the body has said is known then: it goes no further. */
  async #viewerOf(
    { viewer, tokenField }: Route,
    { body }: RouteInput<Route>,
    { headers: { authorization } }: FastifyRequest,
  ) {
    const fields = body as Record<string, unknown> | undefined
    const token = tokenField && fields?.[tokenField]
    if (tokenField) delete fields?.[tokenField]
    const told = authorization ?? (typeof token === 'string' ? `Bearer ${token}` : undefined)
    if (viewer === 'known-if-told' && told === undefined) return undefined
    return this.parts.viewers.verify(told)
  }

  async #local(
    route: Route,
    input: RouteInput<Route>,
    viewer: Viewer | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ) {
    const handler = this.parts.local[route.name]
    if (!handler) throw new AppError('ROUTE_NOT_FOUND', `nobody answers ${route.name} here`)
    const timeoutMs = leftMs(request, route, this.parts.clock)
    const { traceparent } = traceOf(request)
    const answer = await handler({ input, viewer, network: clientNetwork(request), traceparent, timeoutMs })
    return sendLocal(answer, request, reply)
  }

  async #read(
    route: Route,
    policy: NonNullable<Route['cache']>,
    input: RouteInput<Route>,
    request: FastifyRequest,
    reply: FastifyReply,
  ) {
    const { path, query } = addressOf(route, input)
    const plain = !request.url.includes('?')
    this.parts.keys.learn(request.url, path + query)
    try {
      const { traceparent } = traceOf(request)
      const timeoutMs = leftMs(request, route, this.parts.clock)
      const found = await this.parts.application.found(
        { route, input, path, query, plain, traceparent, timeoutMs },
        policy,
      )
      // Here there was a way to go anyway: the edge keeps what it gets, and should get it coded.
      return this.#sendCopy(found, await accepted(found.copy, request.raw), request, reply)
    } catch (error) {
      const final = error instanceof AppError && !error.retryable
      const snapshot =
        !final && plain && route.onDegraded === 'static' ? await this.parts.snapshots.find(path) : undefined
      if (!snapshot) {
        // A refusal is shared for the rest of the second too: a crowd asking for what is not there is still a crowd.
        if (final && error.status === 404) reply.header('x-accel-expires', endOfSecond(this.parts.clock.nowMs()))
        throw error
      }
      const copy = {
        body: snapshot.body,
        etag: etagOf(snapshot.body),
        source: 'snapshot' as const,
        degraded: reasonOf(error),
      }
      return this.#send(copy, 'snapshot', snapshot.asOfMs, copy.degraded, request, reply)
    }
  }

  #sendCopy({ source, asOfMs, because }: Cached<Kept>, copy: Copy, request: FastifyRequest, reply: FastifyReply) {
    const degraded = source === 'stale' ? joined(copy.degraded, reasonOf(because)) : copy.degraded
    return this.#send(copy, sourceOf(copy, source), asOfMs, degraded, request, reply)
  }

  #send(
    copy: Copy,
    source: CacheSource,
    asOfMs: number,
    degraded: string,
    request: FastifyRequest,
    reply: FastifyReply,
  ) {
    // What is counted of this answer is read from here; it is written as every copy is, past the framework.
    reply.header(headers.cache, source)
    if (degraded) reply.header(headers.degraded, degraded)
    const made = written(copy, { source, asOfMs, degraded, partial: false }, this.parts)
    const unchanged = matches(request.headers['if-none-match'], copy.etag)
    const ready = traced(made, unchanged, traceOf(request).traceparent, this.parts.clock.nowMs())
    reply.hijack().raw.writeHead(ready.status, headOf(ready)).end(ready.body)
    return reply
  }

  async #pass(
    route: Route,
    input: RouteInput<Route>,
    viewer: Viewer | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ) {
    const timeoutMs = leftMs(request, route, this.parts.clock)
    const answer = await this.parts.application.pass(route, input, viewer, traceOf(request).traceparent, timeoutMs)
    const degraded = fieldOf(answer, headers.degraded)
    if (degraded) reply.header(headers.degraded, degraded)
    return reply
      .status(answer.status)
      .header(headers.cache, 'bypass')
      .header('age', 0)
      .header('etag', etagOf(answer.body))
      .header('cache-control', 'no-store')
      .header('content-type', 'application/json; charset=utf-8')
      .send(answer.body)
  }
}

/** An answer of access's own, with a validator where it has one. */
function sendLocal({ body, type, etag, edgeUntil, head }: LocalAnswer, request: FastifyRequest, reply: FastifyReply) {
  const shared = edgeUntil !== undefined
  reply
    .header(headers.cache, 'bypass')
    .header('age', 0)
    .header('cache-control', shared ? 'public, max-age=1' : 'no-store')
    .header('content-type', type ?? 'application/json; charset=utf-8')
    .headers(head ?? {})
  if (shared) reply.header('x-accel-expires', edgeUntil)
  if (etag === undefined) return reply.send(body)
  reply.header('etag', etag)
  return matches(request.headers['if-none-match'], etag) ? reply.status(304).send() : reply.send(body)
}

/** Why there is no new answer: there is too much to do, or nobody to do it. */
const reasonOf = (error: unknown) =>
  error instanceof AppError && (error.code === 'OVERLOADED' || error.code === 'DEADLINE_EXCEEDED')
    ? overload
    : unreachable

/** Who has been let in as what matters more has to be that. @throws AppError VALIDATION_FAILED */
function heldToItsKind(route: Route, body: unknown, said: string | string[] | undefined) {
  const kind = kindOf(route, body)
  if (said !== undefined && said !== kind) throw fieldRefused(`headers.${headers.kind}`, `the body is of kind ${kind}`)
}
