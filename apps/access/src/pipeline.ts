import type { Cache, Cached, Loaded } from '@gala/cache'
import {
  AppError,
  type CacheSource,
  headers,
  internalHeaders,
  parseInput,
  type Route,
  type RouteInput,
} from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import { endOfSecond, leftMs, sendProblem, toAppError, traceOf } from '@gala/runtime'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { accepted } from './accepted.js'
import { addressOf } from './address.js'
import { type Copy, copyBytes, joined, type Kept, overload, sourceOf, unreachable } from './copy.js'
import { etagOf, matches } from './etag.js'
import type { Keys } from './keys.js'
import type { Limits } from './limits.js'
import type { Snapshots } from './snapshots.js'
import { refusalOf, type Upstream, type UpstreamAnswer } from './upstream.js'
import { type Server, send, traced, written } from './written.js'

/** How long an answer that is less than it should be is not asked for again. */
const poorFreshMs = 1_000
/** Memory of a refusal, roughly. */
const refusalBytes = 256

interface Parts extends Server {
  upstream: Upstream
  cache: Cache
  keys: Keys
  limits: Limits
  snapshots: Snapshots
  clock: Clock
  /** Where requests about this are answered; undefined: where everything is. */
  poolOf: (subject: string) => string | undefined
  /** One line and one count per unexpected failure, never per request. */
  onInternal: (error: AppError, route: Route) => void
}

/**
 * The one way every request of the audience goes:
 * contract → limits → response copy → application (own data centre, then another) → stale copy → snapshot → coded problem.
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
        if (limits) leave = await limits.enter(input, request, reply)
        if (route.method === 'GET' && route.cache) return await this.#read(route, route.cache, input, request, reply)
        return await this.#pass(route, input, request, reply)
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
      const found = await this.parts.cache.getOrLoad<Kept>({
        kind: route.name,
        key: path + query,
        tags: [],
        ...policy,
        bytesOf: (kept) => ('copy' in kept ? copyBytes(kept.copy) : refusalBytes),
        load: () => this.#load(route, path, query, plain, request, this.#poolFor(route, input)),
      })
      if ('refusal' in found.value) throw found.value.refusal
      // Here there was a way to go anyway: the edge keeps what it gets, and should get it coded.
      return this.#sendCopy(found, await accepted(found.value.copy, request.raw), request, reply)
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

  async #load(
    route: Route,
    path: string,
    query: string,
    plain: boolean,
    request: FastifyRequest,
    pool: string | undefined,
  ): Promise<Loaded<Kept>> {
    const answer = await this.parts.upstream.ask({
      method: 'GET',
      path: path + query,
      traceparent: traceOf(request).traceparent,
      timeoutMs: leftMs(request, route, this.parts.clock),
      criticality: route.criticality,
      pool,
    })
    const tags = text(answer, internalHeaders.tags)?.split(',')
    const degraded = text(answer, headers.degraded) ?? ''
    const source = (text(answer, headers.cache) as CacheSource | undefined) ?? 'miss'
    const freshMs = Number(text(answer, internalHeaders.freshMs) ?? Number.POSITIVE_INFINITY)
    const made = {
      tags: tags ?? [],
      freshMs: degraded || source === 'stale' ? Math.min(freshMs, poorFreshMs) : freshMs,
      position: Number(text(answer, internalHeaders.position) ?? 0),
      asOfMs: Number(text(answer, headers.asOf) ?? this.parts.clock.nowMs()),
    }
    // That there is nothing is remembered when it is known what would change it.
    if (answer.status === 404 && tags) return { value: { refusal: refusalOf(answer) }, ...made }
    if (answer.status !== 200) throw refusalOf(answer)
    const { body } = answer
    if (plain && !degraded && route.onDegraded === 'static') this.parts.snapshots.keep(path, body)
    return { value: { copy: { body, etag: etagOf(body), source, degraded } }, ...made }
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
    const made = written(copy, source, asOfMs, degraded, this.parts.clock.nowMs(), this.parts)
    const unchanged = matches(request.headers['if-none-match'], copy.etag)
    send(traced(made, unchanged, traceOf(request).traceparent), reply.hijack().raw)
    return reply
  }

  #poolFor({ isolateBy }: Route, input: RouteInput<Route>): string | undefined {
    const subject = isolateBy === undefined ? undefined : (input.params as Record<string, unknown>)[isolateBy]
    return typeof subject === 'string' ? this.parts.poolOf(subject) : undefined
  }

  async #pass(route: Route, input: RouteInput<Route>, request: FastifyRequest, reply: FastifyReply) {
    const { path, query } = addressOf(route, input)
    const answer = await this.parts.upstream.ask({
      method: route.method,
      path: path + query,
      ...(route.body && { body: JSON.stringify(input.body) }),
      traceparent: traceOf(request).traceparent,
      timeoutMs: leftMs(request, route, this.parts.clock),
      criticality: route.criticality,
      pool: this.#poolFor(route, input),
    })
    if (answer.status >= 300) throw refusalOf(answer)
    const degraded = text(answer, headers.degraded)
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

/** Why there is no new answer: there is too much to do, or nobody to do it. */
const reasonOf = (error: unknown) =>
  error instanceof AppError && (error.code === 'OVERLOADED' || error.code === 'DEADLINE_EXCEEDED')
    ? overload
    : unreachable

function text({ headers: all }: UpstreamAnswer, name: string): string | undefined {
  const value = all[name]
  return Array.isArray(value) ? value.join(',') : value
}
