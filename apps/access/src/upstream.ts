import { AppError, internalHeaders, isErrorCode, type Problem } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import { LatencyQuantile, type Result, type RetryBudget, type Verdict } from '@gala/resilience'
import type { Pool } from 'undici'
import { defaultPool, type Target, type TargetSet } from './targets.js'

export interface UpstreamRequest {
  method: 'GET' | 'POST' | 'PUT'
  /** Path with query, as the application will see it. */
  path: string
  body?: string
  traceparent: string
  /** For all attempts together. */
  timeoutMs: number
  /** Which pool answers; the default one when left out or unknown here. */
  pool?: string | undefined
}

export interface UpstreamAnswer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: Buffer
}

export interface UpstreamOptions {
  targets: ReadonlyMap<string, TargetSet>
  clock: Clock
  budget: RetryBudget
  onFailure: (error: unknown) => void
  onHedge: () => void
}

/** What the first of several instances may use of the time, so that a hung one leaves room for the next. */
const firstShare = 0.4
/** One that is given less time than this and does not answer in it has shown nothing. */
const fairMs = 100
/** Left of the time, less is no use to anybody. */
const attemptMinMs = 10
/** A read that takes longer than nineteen of twenty is asked of another instance as well, within these bounds. */
const hedgePart = 0.95
const hedgeMinMs = 20
const hedgeMaxMs = 500
const lost = new Error('another instance has answered')

interface Attempt {
  target: Target
  cancel: AbortController
  done: Promise<Ended>
}

type Ended = { attempt: Attempt; answer?: UpstreamAnswer; error?: unknown }

/**
 * The application instances access may ask: those of the own data centre in turn, then those of the others, each behind its
 * breaker. Every route may be asked again elsewhere after a failure, because every write of the platform is idempotent; how
 * often that is done in all is bounded by the retry budget.
 */
export class Upstream {
  #turn = 0
  readonly #usualMs: LatencyQuantile

  constructor(private readonly options: UpstreamOptions) {
    this.#usualMs = new LatencyQuantile(hedgePart, hedgeMinMs, hedgeMaxMs, hedgeMaxMs)
  }

  /**
   * The first good answer, of whatever status below 500.
   * @throws AppError what the last instance refused with, or UPSTREAM_UNAVAILABLE.
   */
  async ask(request: UpstreamRequest): Promise<UpstreamAnswer> {
    const { clock, budget, onHedge } = this.options
    const deadlineMs = clock.monotonicMs() + request.timeoutMs
    const waiting = this.#inOrder(request.pool)
    const under = new Set<Attempt>()
    let refusal = new AppError('UPSTREAM_UNAVAILABLE', 'no application instance may be asked, or none answered in time')
    const next = () => this.#next(waiting, under, request, deadlineMs - clock.monotonicMs())
    budget.first()
    next()
    let mayHedge = request.method === 'GET'
    while (under.size > 0) {
      const ended = await this.#firstOf(under, mayHedge && waiting.length > 0)
      if (!ended) {
        mayHedge = false
        if (budget.second() && next()) onHedge()
        continue
      }
      under.delete(ended.attempt)
      if (ended.answer && ended.answer.status < 500) {
        for (const { cancel } of under) cancel.abort(lost)
        return ended.answer
      }
      if (ended.answer) refusal = refusalOf(ended.answer)
      else this.options.onFailure(ended.error)
      if (waiting.length > 0 && budget.second()) next()
    }
    throw refusal
  }

  async close() {
    const all = [...this.options.targets.values()].flatMap(({ own, others }) => [...own, ...others])
    await Promise.all(all.map(({ pool }) => pool.destroy()))
  }

  /** Starts an attempt at the next instance that may be asked. False when there is none, or no time. */
  #next(waiting: Target[], under: Set<Attempt>, request: UpstreamRequest, leftMs: number): boolean {
    if (leftMs < attemptMinMs) waiting.length = 0
    for (let target = waiting.shift(); target; target = waiting.shift()) {
      const attempt = this.#start(target, request, waiting.length > 0 ? leftMs * firstShare : leftMs)
      if (!attempt) continue
      under.add(attempt)
      return true
    }
    return false
  }

  #start(target: Target, request: UpstreamRequest, timeoutMs: number): Attempt | undefined {
    const { clock } = this.options
    const cancel = new AbortController()
    const startedMs = clock.monotonicMs()
    const end = clock.after(timeoutMs, () => cancel.abort(new DOMException('no answer in time', 'TimeoutError')))
    const running = target.breaker.tryRun(
      () => send(target.pool, request, timeoutMs, cancel.signal),
      (result) => judge(result, cancel.signal.reason === lost || timeoutMs < fairMs),
    )
    if (!running) {
      end()
      return undefined
    }
    const attempt: Attempt = {
      target,
      cancel,
      done: running.then(
        (answer) => ({ attempt, answer }),
        (error: unknown) => ({ attempt, error }),
      ),
    }
    void attempt.done.then(({ answer }) => {
      end()
      if (answer && request.method === 'GET') this.#usualMs.observe(clock.monotonicMs() - startedMs)
    })
    return attempt
  }

  /** The first attempt that ends; undefined when it is time for a second one beside it. */
  async #firstOf(under: ReadonlySet<Attempt>, hedge: boolean): Promise<Ended | undefined> {
    const ends = [...under].map(({ done }) => done)
    if (!hedge) return Promise.race(ends)
    let cancel = () => {}
    const time = new Promise<undefined>((resolve) => {
      cancel = this.options.clock.after(this.#usualMs.ms, () => resolve(undefined))
    })
    try {
      return await Promise.race([...ends, time])
    } finally {
      cancel()
    }
  }

  /** Those that are not left alone: own first, each taking its turn at the front. */
  #inOrder(pool = defaultPool): Target[] {
    const { targets } = this.options
    const { own = [], others = [] } = targets.get(pool) ?? targets.get(defaultPool) ?? {}
    const start = own.length > 0 ? this.#turn++ % own.length : 0
    const all = [...own.slice(start), ...own.slice(0, start), ...others]
    return all.filter(({ breaker }) => breaker.governor.state !== 'open' || breaker.governor.mode === 'observe')
  }
}

/** What an attempt says of the instance. A refusal it has a code for is an answer of a healthy process, unless it is INTERNAL. */
function judge(result: Result<UpstreamAnswer>, excused: boolean): Verdict {
  if ('error' in result) return excused ? 'ignored' : 'failure'
  const { status, body } = result.value
  if (status < 400) return 'success'
  if (status < 500) return 'ignored'
  const problem = parseProblem(body)
  return problem && problem.code !== 'INTERNAL' ? 'ignored' : 'failure'
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

async function send(
  pool: Pool,
  { method, path, body, traceparent }: UpstreamRequest,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<UpstreamAnswer> {
  const response = await pool.request({
    method,
    path,
    headers: {
      traceparent,
      [internalHeaders.timeoutMs]: String(Math.ceil(timeoutMs)),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    body: body ?? null,
    signal,
  })
  return {
    status: response.statusCode,
    headers: response.headers,
    body: Buffer.from(await response.body.arrayBuffer()),
  }
}
