import { type CacheSource, headers, kindOf, type Route, type RouteReply } from '@gala/contracts'
import type { z } from 'zod'
import { errorOf, GalaError } from './error.js'

export interface CallOptions {
  signal?: AbortSignal
  /** For one attempt, in milliseconds; the route's own time and a half when left out. */
  timeoutMs?: number
  /** How often a retryable failure is tried again; twice when left out, a write of an operator once. */
  retriesMax?: number
  /** Of a write of an operator: its own for each call when left out. One's own lets the same act be sent again by another call. */
  idempotencyKey?: string
}

/** What the platform says of an answer. */
export interface AnswerMeta {
  status: number
  dc: string | undefined
  cache: CacheSource | undefined
  /** Why the answer is less than it could be; empty in health. */
  degraded: readonly string[]
  /** Seconds since the value was read from its source. */
  ageS: number | undefined
  asOfMs: number | undefined
  etag: string | undefined
  traceparent: string | undefined
  /** The write had been done by an earlier attempt: this is what that one was answered. */
  replayed: boolean
}

export interface Answered<T> {
  data: T
  meta: AnswerMeta
}

export interface Transport {
  baseUrl: string
  headers?: Record<string, string>
  fetch?: typeof fetch
}

type In<R, Part extends 'params' | 'query'> =
  R extends Route<infer P, infer Q, z.ZodType, z.ZodType> ? z.input<z.ZodObject<Part extends 'params' ? P : Q>> : never

/** What a call of route `R` takes: only the parts the route has. */
export type CallInput<R> = (R extends Route<infer P, infer _Q, infer B, z.ZodType>
  ? (keyof P extends never ? unknown : { params: In<R, 'params'> }) &
      (B extends z.ZodUndefined ? unknown : { body: z.input<B> })
  : never) & { query?: In<R, 'query'> }

const retriesMost = 2
/** Of a write of an operator, who is waiting for it: once again, and soon. One person is no crowd that has to be spread. */
const keyedRetriesMost = 1
const keyedPauseMostMs = 2_000
const backoffMs = 300

/**
 * Calls a route. A retryable failure is tried again after the time the platform asked for or a random back-off. Every route may be
 * repeated: reads, likes by their `seq`, writes of operators by the key that all attempts of a call share, a move of the writer by
 * its token.
 * @throws GalaError
 */
export async function call<R extends Route>(
  transport: Transport,
  route: R,
  input: { params?: object; query?: object; body?: unknown },
  options: CallOptions = {},
): Promise<Answered<RouteReply<R>>> {
  const retriesMax = options.retriesMax ?? (route.keyed ? keyedRetriesMost : retriesMost)
  const pauseMostMs = route.keyed ? keyedPauseMostMs : Number.POSITIVE_INFINITY
  const kind = kindOf(route, input.body)
  const sent = {
    ...(route.keyed && { [headers.idempotencyKey]: options.idempotencyKey ?? newKey() }),
    ...(kind !== undefined && { [headers.kind]: kind }),
  }
  for (let attempt = 0; ; attempt++) {
    try {
      return await once(transport, route, input, sent, options)
    } catch (error) {
      const again = error instanceof GalaError && error.retryable && attempt < retriesMax && !options.signal?.aborted
      if (!again) throw error
      const pauseMs = error.retryAfterMs ?? Math.random() * backoffMs * 2 ** attempt
      await pause(Math.min(pauseMs, pauseMostMs), options.signal)
    }
  }
}

async function once<R extends Route>(
  { baseUrl, headers: own, fetch: through = fetch }: Transport,
  route: R,
  { params = {}, query = {}, body }: { params?: object; query?: object; body?: unknown },
  sent: Record<string, string>,
  { signal, timeoutMs = route.timeoutMs * 1.5 }: CallOptions,
): Promise<Answered<RouteReply<R>>> {
  const limit = AbortSignal.timeout(timeoutMs)
  let response: Response
  try {
    response = await through(baseUrl + addressOf(route, params, query), {
      method: route.method,
      headers: { ...own, ...sent, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    })
    if (!response.ok) throw await errorOf(response)
    return { data: (await response.json()) as RouteReply<R>, meta: metaOf(response) }
  } catch (error) {
    if (error instanceof GalaError) throw error
    if (signal?.aborted) throw new GalaError('NETWORK', 'given up by the caller', { retryable: false })
    if (limit.aborted) throw new GalaError('TIMEOUT', `no answer within ${timeoutMs} ms`)
    throw new GalaError('NETWORK', (error as Error).message)
  }
}

function addressOf(route: Route, params: object, query: object): string {
  const values = params as Record<string, unknown>
  const path = route.path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(values[name])))
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined)
  return pairs.length > 0 ? `${path}?${new URLSearchParams(pairs.map(([k, v]) => [k, String(v)]))}` : path
}

function metaOf({ status, headers: got }: Response): AnswerMeta {
  const number = (name: string) => (got.has(name) ? Number(got.get(name)) : undefined)
  return {
    status,
    dc: got.get(headers.dc) ?? undefined,
    cache: (got.get(headers.cache) as CacheSource | null) ?? undefined,
    degraded: got.get(headers.degraded)?.split(',') ?? [],
    ageS: number('age'),
    asOfMs: number(headers.asOf),
    etag: got.get('etag') ?? undefined,
    traceparent: got.get('traceparent') ?? undefined,
    replayed: got.get(headers.idempotencyReplayed) === 'true',
  }
}

/** 128 random bits in hex. `randomUUID` is not there on a page without TLS. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Ends early, without an error, when the caller gives up: the next attempt then fails by itself. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
