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
import { sendProblem, toAppError, traceOf } from '@gala/runtime'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { addressOf } from './address.js'
import { etagOf, matches } from './etag.js'
import type { Snapshots } from './snapshots.js'
import { refusalOf, type Upstream, type UpstreamAnswer } from './upstream.js'

/** A good answer as kept in memory: ready to be sent. */
interface Copy {
  body: Buffer
  etag: string
  source: CacheSource
  degraded: string
}

/** What is kept of an address: its answer, or that there is nothing. Both until a change of what they were made from. */
type Kept = { copy: Copy } | { refusal: AppError }

/** What is kept, for people. */
export const preview = (kept: Kept): string =>
  'copy' in kept ? kept.copy.body.toString('utf8') : `${kept.refusal.status} ${kept.refusal.code}`

/** Memory of a refusal, roughly. */
const refusalBytes = 256

interface Parts {
  upstream: Upstream
  cache: Cache
  snapshots: Snapshots
  clock: Clock
  /** Where requests about this are answered; undefined: where everything is. */
  poolOf: (subject: string) => string | undefined
  /** One line and one count per unexpected failure, never per request. */
  onInternal: (error: AppError, route: Route) => void
}

/**
 * The one way every request of the audience goes:
 * contract → response copy → application (own data centre, then another) → stale copy → snapshot → coded problem.
 */
export class Pipeline {
  constructor(private readonly parts: Parts) {}

  handle(route: Route) {
    return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      try {
        const { params, query, body } = request
        const input = parseInput(route, { params, query, body: route.body ? body : undefined })
        if (route.method === 'GET' && route.cache) return await this.#read(route, route.cache, input, request, reply)
        return await this.#pass(route, input, request, reply)
      } catch (thrown) {
        const error = toAppError(thrown)
        if (error.code === 'INTERNAL') this.parts.onInternal(error, route)
        return sendProblem(request, reply, error)
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
    try {
      const found = await this.parts.cache.getOrLoad<Kept>({
        kind: route.name,
        key: path + query,
        tags: [],
        ...policy,
        bytesOf: (kept) => ('copy' in kept ? kept.copy.body.length : refusalBytes),
        load: () => this.#load(route, path, query, plain, traceOf(request).traceparent, this.#poolFor(route, input)),
      })
      if ('refusal' in found.value) throw found.value.refusal
      return this.#sendCopy(found, found.value.copy, request, reply)
    } catch (error) {
      const final = error instanceof AppError && !error.retryable
      const snapshot =
        !final && plain && route.onDegraded === 'static' ? await this.parts.snapshots.find(path) : undefined
      if (!snapshot) {
        // A refusal is shared for the rest of the second too: a crowd asking for what is not there is still a crowd.
        if (final && error.status === 404) reply.header('x-accel-expires', this.#endOfSecond())
        throw error
      }
      const copy = {
        body: snapshot.body,
        etag: etagOf(snapshot.body),
        source: 'snapshot' as const,
        degraded: unreachable,
      }
      return this.#send(copy, 'snapshot', snapshot.asOfMs, copy.degraded, request, reply)
    }
  }

  async #load(
    route: Route,
    path: string,
    query: string,
    plain: boolean,
    traceparent: string,
    pool: string | undefined,
  ): Promise<Loaded<Kept>> {
    const { timeoutMs } = route
    const answer = await this.parts.upstream.ask({ method: 'GET', path: path + query, traceparent, timeoutMs, pool })
    const tags = text(answer, internalHeaders.tags)?.split(',')
    const made = {
      tags: tags ?? [],
      position: Number(text(answer, internalHeaders.position) ?? 0),
      asOfMs: Number(text(answer, headers.asOf) ?? this.parts.clock.nowMs()),
    }
    // That there is nothing is remembered when it is known what would change it.
    if (answer.status === 404 && tags) return { value: { refusal: refusalOf(answer) }, ...made }
    if (answer.status !== 200) throw refusalOf(answer)
    const { body } = answer
    const degraded = text(answer, headers.degraded) ?? ''
    if (plain && !degraded && route.onDegraded === 'static') this.parts.snapshots.keep(path, body)
    const source = (text(answer, headers.cache) as CacheSource | undefined) ?? 'miss'
    return { value: { copy: { body, etag: etagOf(body), source, degraded } }, ...made }
  }

  #sendCopy({ source, asOfMs }: Cached<Kept>, value: Copy, request: FastifyRequest, reply: FastifyReply) {
    // A copy of a stale answer is stale, however fresh the copy.
    const shown = source === 'miss' ? value.source : source === 'hit' && value.source === 'stale' ? 'stale' : source
    const degraded = source === 'stale' ? [value.degraded, unreachable].filter(Boolean).join(',') : value.degraded
    return this.#send(value, shown, asOfMs, degraded, request, reply)
  }

  #send(
    copy: Copy,
    source: CacheSource,
    asOfMs: number,
    degraded: string,
    request: FastifyRequest,
    reply: FastifyReply,
  ) {
    const nowMs = this.parts.clock.nowMs()
    reply
      .header(headers.cache, source)
      .header(headers.asOf, asOfMs)
      .header('age', Math.max(0, Math.floor((nowMs - asOfMs) / 1000)))
      .header('etag', copy.etag)
      .header('cache-control', 'public, max-age=1')
      .header('vary', 'accept-encoding')
      .header('x-accel-expires', this.#endOfSecond())
    if (degraded) reply.header(headers.degraded, degraded)
    if (matches(request.headers['if-none-match'], copy.etag)) return reply.status(304).send()
    return reply.header('content-type', 'application/json; charset=utf-8').send(copy.body)
  }

  /**
   * For the edge: keep it for the rest of this second. nginx counts cache time in whole seconds and keeps a `max-age=1`
   * answer for up to two; an absolute time keeps it for one at most.
   */
  #endOfSecond() {
    return `@${Math.floor(this.parts.clock.nowMs() / 1000)}`
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
      timeoutMs: route.timeoutMs,
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

const unreachable = 'application-unreachable'

function text({ headers: all }: UpstreamAnswer, name: string): string | undefined {
  const value = all[name]
  return Array.isArray(value) ? value.join(',') : value
}
