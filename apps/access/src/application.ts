import type { Cache, Cached, Loaded, Lookup } from '@gala/cache'
import {
  type CacheSource,
  criticalityOf,
  headers,
  internalHeaders,
  kindOf,
  type Route,
  type RouteInput,
  type Viewer,
} from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import { quickTraceOf, type Traces } from '@gala/runtime'
import { addressOf } from './address.js'
import { type Copy, copyBytes, type Kept, type Question } from './copy.js'
import { etagOf } from './etag.js'
import type { Snapshots } from './snapshots.js'
import { refusalOf, type Upstream, type UpstreamAnswer } from './upstream.js'

/** How long an answer that is less than it should be is not asked for again. */
const poorFreshMs = 1_000
/** Memory of a refusal, roughly. */
const refusalBytes = 256

/** Which pool of application answers a request; undefined: the usual one. */
type PoolOf = (route: Route, input: RouteInput<Route>) => string | undefined

interface Parts {
  upstream: Upstream
  cache: Cache
  snapshots: Snapshots
  clock: Clock
  poolOf: PoolOf
  traces: Pick<Traces, 'task'> | undefined
}

/** A read on its way to a copy. */
interface Reading extends Question {
  traceparent: string
  timeoutMs: number
}

/** What application answers: what is read is got once for all who ask, the rest for each. */
export class Application {
  constructor(private readonly parts: Parts) {}

  /** @throws AppError what the application refused with, or that it cannot be asked and there is no copy. */
  async found(reading: Reading, policy: NonNullable<Route['cache']>): Promise<Cached<Kept> & { copy: Copy }> {
    const found = await this.parts.cache.getOrLoad<Kept>(this.#lookup(reading, policy))
    if ('refusal' in found.value) throw found.value.refusal
    return { ...found, copy: found.value.copy }
  }

  /** Gets anew what is kept, while what is kept is answered. Never rejects: what fails is reported, and not tried again at once. */
  async renew(question: Question): Promise<void> {
    const { traces, cache } = this.parts
    const { route } = question
    const { timeoutMs, cache: policy } = route
    if (!policy) return
    const { traceparent } = quickTraceOf(undefined)
    const work = () => cache.renew(this.#lookup({ ...question, traceparent, timeoutMs }, policy))
    if (!traces) return void (await work())
    const failed = (renewed: boolean) => !renewed
    await traces.task('renew', { 'http.route': route.path }, work, { slowMs: timeoutMs, failed })
  }

  #lookup(reading: Reading, policy: NonNullable<Route['cache']>): Lookup<Kept> {
    const { route, path, query } = reading
    return {
      kind: route.name,
      key: path + query,
      tags: [],
      ...policy,
      bytesOf: (kept) => ('copy' in kept ? copyBytes(kept.copy) : refusalBytes),
      load: () => this.#load(reading),
    }
  }

  /** What access has of a route that is read, for itself. @throws AppError as `found` does. */
  async copyOf(route: Route, params: Record<string, string>, traceparent: string): Promise<Copy> {
    if (!route.cache) throw new Error(`${route.name} is not kept`)
    const input = { params, query: {}, body: undefined } as unknown as RouteInput<Route>
    const { timeoutMs, cache } = route
    return (await this.found({ route, input, ...addressOf(route, input), plain: true, traceparent, timeoutMs }, cache))
      .copy
  }

  /** Asks something for one viewer. @throws AppError what the application refused with. */
  async pass(
    route: Route,
    input: RouteInput<Route>,
    viewer: Viewer | undefined,
    traceparent: string,
    timeoutMs: number,
  ): Promise<UpstreamAnswer> {
    const { path, query } = addressOf(route, input)
    const kind = kindOf(route, input.body)
    const answer = await this.parts.upstream.ask({
      method: route.method,
      path: path + query,
      ...(route.body && { body: JSON.stringify(input.body) }),
      traceparent,
      timeoutMs,
      criticality: criticalityOf(route, kind),
      kind,
      pool: this.parts.poolOf(route, input),
      viewer,
    })
    if (answer.status >= 300) throw refusalOf(answer)
    return answer
  }

  async #load({ route, input, path, query, plain, traceparent, timeoutMs }: Reading): Promise<Loaded<Kept>> {
    const { upstream, snapshots, clock, poolOf } = this.parts
    const answer = await upstream.ask({
      method: 'GET',
      path: path + query,
      traceparent,
      timeoutMs,
      criticality: route.criticality,
      pool: poolOf(route, input),
    })
    const tags = fieldOf(answer, internalHeaders.tags)?.split(',')
    const degraded = fieldOf(answer, headers.degraded) ?? ''
    const source = (fieldOf(answer, headers.cache) as CacheSource | undefined) ?? 'miss'
    const freshMs = Number(fieldOf(answer, internalHeaders.freshMs) ?? Number.POSITIVE_INFINITY)
    const made = {
      tags: tags ?? [],
      freshMs: degraded || source === 'stale' ? Math.min(freshMs, poorFreshMs) : freshMs,
      position: Number(fieldOf(answer, internalHeaders.position) ?? 0),
      asOfMs: Number(fieldOf(answer, headers.asOf) ?? clock.nowMs()),
    }
    // That there is nothing is remembered when it is known what would change it.
    if (answer.status === 404 && tags) return { value: { refusal: refusalOf(answer) }, ...made }
    if (answer.status !== 200) throw refusalOf(answer)
    const { body } = answer
    const question = { route, input, path, query, plain }
    if (plain && !degraded && route.onDegraded === 'static') snapshots.keep(path, body)
    return { value: { copy: { body, etag: etagOf(body), source, degraded }, question }, ...made }
  }
}

/** A field of an answer's head. */
export function fieldOf({ headers: all }: UpstreamAnswer, name: string): string | undefined {
  const value = all[name]
  return Array.isArray(value) ? value.join(',') : value
}
