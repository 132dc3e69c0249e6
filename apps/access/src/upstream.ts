import { AppError, type Criticality, internalHeaders, isErrorCode, type Problem } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import type { ConcurrencyLimit } from '@gala/resilience'
import { Pool } from 'undici'

export interface UpstreamRequest {
  method: 'GET' | 'POST' | 'PUT'
  /** Path with query, as the application will see it. */
  path: string
  body?: string
  traceparent: string
  /** For all attempts together. */
  timeoutMs: number
  criticality: Criticality
}

export interface UpstreamAnswer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: Buffer
}

interface Endpoint {
  pool: Pool
  /** Not asked before then, unless nobody else is left (monotonic milliseconds). */
  restUntilMs: number
}

/** Refusals that fewer calls at a time would cure. */
const ofLoad = new Set(['UPSTREAM_UNAVAILABLE', 'OVERLOADED', 'DEADLINE_EXCEEDED'])
/** An endpoint that failed is left alone this long; long enough to spare it, short enough to notice it is back. */
const restMs = 1000
/** What the first of several endpoints may use of the time, so that a hung one leaves room for the next. */
const firstShare = 0.4
const bodyBytesMax = 4 * 1024 * 1024
const connectTimeoutMs = 300

/**
 * The application instances access may ask: those of the own data centre in turn, then those of the others. Every route
 * may be asked again elsewhere after a failure, because every write of the platform is idempotent.
 */
export class Upstream {
  readonly #own: Endpoint[]
  readonly #others: Endpoint[]
  #turn = 0

  constructor(
    ownUrls: readonly string[],
    otherUrls: readonly string[],
    private readonly clock: Clock,
    private readonly onFailure: (error: unknown) => void,
    private readonly limit?: ConcurrencyLimit,
  ) {
    this.#own = ownUrls.map(endpoint)
    this.#others = otherUrls.map(endpoint)
  }

  /**
   * Asks within the limit of what may be in flight.
   * @throws AppError as `#ask` does, or OVERLOADED when there is no room.
   */
  async ask(request: UpstreamRequest): Promise<UpstreamAnswer> {
    if (!this.limit) return this.#ask(request)
    const leave = this.limit.enter(request.criticality)
    if (!leave) throw new AppError('OVERLOADED', 'the application has as much to do as it can')
    try {
      const answer = await this.#ask(request)
      leave('answered')
      return answer
    } catch (error) {
      leave(error instanceof AppError && ofLoad.has(error.code) ? 'lost' : 'answered')
      throw error
    }
  }

  /**
   * The first good answer, of whatever status below 500.
   * @throws AppError what the last endpoint refused with, or UPSTREAM_UNAVAILABLE.
   */
  async #ask(request: UpstreamRequest): Promise<UpstreamAnswer> {
    const deadlineMs = this.clock.monotonicMs() + request.timeoutMs
    const endpoints = this.#inOrder()
    let refusal = new AppError('UPSTREAM_UNAVAILABLE', 'no application instance answered in time')
    for (const [i, target] of endpoints.entries()) {
      const leftMs = deadlineMs - this.clock.monotonicMs()
      if (leftMs < 10) break
      const last = i === endpoints.length - 1
      try {
        const answer = await send(target.pool, request, last ? leftMs : leftMs * firstShare)
        target.restUntilMs = 0
        if (answer.status < 500) return answer
        refusal = refusalOf(answer)
      } catch (error) {
        target.restUntilMs = this.clock.monotonicMs() + restMs
        this.onFailure(error)
      }
    }
    throw refusal
  }

  async close() {
    await Promise.all([...this.#own, ...this.#others].map(({ pool }) => pool.destroy()))
  }

  /** Own first, each taking its turn at the front; resting ones at the very end. */
  #inOrder(): Endpoint[] {
    const start = this.#turn++ % this.#own.length
    const all = [...this.#own.slice(start), ...this.#own.slice(0, start), ...this.#others]
    const nowMs = this.clock.monotonicMs()
    const resting = all.filter((e) => e.restUntilMs > nowMs)
    return resting.length === 0 ? all : [...all.filter((e) => e.restUntilMs <= nowMs), ...resting]
  }
}

/** The refusal an application answered with, as one of ours. */
export function refusalOf({ body, status }: UpstreamAnswer): AppError {
  const problem = parseProblem(body)
  if (!problem) {
    return new AppError('UPSTREAM_UNAVAILABLE', `the application answered ${status}`)
  }
  return new AppError(problem.code, problem.detail, problem.errors && { errors: problem.errors })
}

function parseProblem(body: Buffer): Problem | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'))
    const ours = typeof parsed === 'object' && parsed !== null && 'code' in parsed && isErrorCode(parsed.code)
    return ours ? (parsed as Problem) : undefined
  } catch {
    return undefined
  }
}

const endpoint = (url: string): Endpoint => ({
  pool: new Pool(url, {
    connections: 64,
    pipelining: 1,
    connect: { timeout: connectTimeoutMs },
    // Below the 75 s after which an application closes an idle connection.
    keepAliveTimeout: 30_000,
    maxResponseSize: bodyBytesMax,
  }),
  restUntilMs: 0,
})

async function send(pool: Pool, request: UpstreamRequest, timeoutMs: number): Promise<UpstreamAnswer> {
  const response = await pool.request({
    method: request.method,
    path: request.path,
    headers: {
      traceparent: request.traceparent,
      [internalHeaders.timeoutMs]: String(Math.floor(timeoutMs)),
      ...(request.body !== undefined && { 'content-type': 'application/json' }),
    },
    body: request.body ?? null,
    signal: AbortSignal.timeout(Math.ceil(timeoutMs)),
  })
  return {
    status: response.statusCode,
    headers: response.headers,
    body: Buffer.from(await response.body.arrayBuffer()),
  }
}
