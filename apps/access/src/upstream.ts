import {
  AppError,
  type Criticality,
  defaultPool,
  headers,
  internalHeaders,
  isErrorCode,
  type Problem,
  type Viewer,
} from '@gala/contracts'
import { beginCall, type Clock, endedWith, type OpenSpan } from '@gala/kernel'
import { fairMs, LatencyQuantile, type Outcome, type Result, type RetryBudget, type Verdict } from '@gala/resilience'
import type { Pool } from 'undici'
import { Exchange, type Reply } from './exchange.js'
import type { Target, TargetSet } from './targets.js'

export interface UpstreamRequest {
  method: 'GET' | 'POST' | 'PUT'
  /** Path with query, as the application will see it. */
  path: string
  body?: string
  traceparent: string
  /** For all attempts together. */
  timeoutMs: number
  criticality: Criticality
  /** Of what is sent, where that decides how much it matters. */
  kind?: string | undefined
  /** Which pool answers; the default one when left out or unknown here. */
  pool?: string | undefined
  /** Whose token access has looked at. Whatever a client says of itself goes no further than here. */
  viewer?: Viewer | undefined
}

export interface UpstreamAnswer extends Reply {
  /** What the application refused with, if this is a refusal of ours. */
  problem: Problem | undefined
}

export interface UpstreamOptions {
  targets: ReadonlyMap<string, TargetSet>
  /** Whether the own data centre's instances are asked before the others for this request; they are asked after them if not. */
  ownFirst: (traceparent: string) => boolean
  clock: Clock
  budget: RetryBudget
  onFailure: (error: unknown) => void
  onHedge: () => void
  /** How late this process is with its own work, in milliseconds. */
  ownDelayMs: () => number
}

/** What the first of several instances may use of the time, so that a hung one leaves room for the next. */
const firstShare = 0.4
/** Node keeps a list for each length of a timer: a few are kept more cheaply than one for every millisecond there is. */
const timerStepMs = 16
const inSteps = (ms: number) => Math.ceil(ms / timerStepMs) * timerStepMs
/** Left of the time, less is no use to anybody. */
const attemptMinMs = 10
/** A read that takes longer than nineteen of twenty is asked of another instance as well, within these bounds. */
const hedgePart = 0.95
const hedgeMinMs = 20
const hedgeMaxMs = 500
/** Refusals that fewer calls at a time would cure. */
const ofLoad = new Set(['OVERLOADED', 'DEADLINE_EXCEEDED'])

interface Attempt {
  readonly done: Promise<Ended>
}

type Ended = { attempt: Attempt; answer?: UpstreamAnswer; error?: unknown }

/** One request on its way: who is left to be asked, and who is being asked. */
interface Asking {
  request: UpstreamRequest
  deadlineMs: number
  waiting: Target[]
  under: Set<Attempt>
  /** Somebody would have been asked, had there been room. */
  full: boolean
}

/**
 * The application instances access may ask: those of the own data centre in turn, then those of the others, each behind its
 * breaker and its limit of calls under way. Every route may be asked again elsewhere after a failure, because every write of
 * the platform is idempotent; how often that is done in all is bounded by the retry budget.
 */
export class Upstream {
  #turn = 0
  readonly #usualMs: LatencyQuantile

  constructor(private readonly options: UpstreamOptions) {
    this.#usualMs = new LatencyQuantile(hedgePart, hedgeMinMs, hedgeMaxMs, hedgeMaxMs)
  }

  /**
   * The first good answer, of whatever status below 500.
   * @throws AppError what the last instance refused with, or UPSTREAM_UNAVAILABLE; OVERLOADED when those that may be asked
   * have as much to do as they can. Another data centre is not asked for that reason: it has its own crowd. The own one is, for
   * what was to be asked elsewhere.
   */
  async ask(request: UpstreamRequest): Promise<UpstreamAnswer> {
    const { clock, budget, onHedge, onFailure } = this.options
    const deadlineMs = clock.monotonicMs() + request.timeoutMs
    const asking: Asking = { request, deadlineMs, waiting: this.#inOrder(request), under: new Set(), full: false }
    const { waiting, under } = asking
    let refusal: AppError | undefined
    budget.first()
    this.#next(asking)
    let mayHedge = request.method === 'GET'
    while (under.size > 0) {
      const ended = await this.#firstOf(under, mayHedge && waiting.length > 0)
      if (!ended) {
        mayHedge = false
        if (budget.second() && this.#next(asking)) onHedge()
        continue
      }
      under.delete(ended.attempt)
      // Whoever else is being asked goes on, for what it will say of its instance.
      if (ended.answer && ended.answer.status < 500) return ended.answer
      if (ended.answer) refusal = refusalOf(ended.answer)
      else onFailure(ended.error)
      if (waiting.length > 0 && budget.second()) this.#next(asking)
    }
    if (refusal) throw refusal
    if (asking.full) throw new AppError('OVERLOADED', 'the application has as much to do as it can')
    throw new AppError('UPSTREAM_UNAVAILABLE', 'no application instance may be asked, or none answered in time')
  }

  /** Whether any instance of the usual pool in a data centre may be asked now. */
  mayAsk(dc: string): boolean {
    const { own = [], others = [] } = this.options.targets.get(defaultPool) ?? {}
    return [...own, ...others].some((target) => target.dc === dc && isOpenTo(target))
  }

  async close() {
    const all = [...this.options.targets.values()].flatMap(({ own, others }) => [...own, ...others])
    await Promise.all(all.map(({ pool }) => pool.destroy()))
  }

  /** Starts an attempt at the next instance that may be asked. False when there is none, or no time. */
  #next(asking: Asking): boolean {
    const { waiting, under, request, deadlineMs } = asking
    const leftMs = deadlineMs - this.options.clock.monotonicMs()
    if (leftMs < attemptMinMs) waiting.length = 0
    for (let target = waiting.shift(); target; target = waiting.shift()) {
      const leave = target.limit ? target.limit.enter(request.criticality) : () => {}
      if (!leave) {
        const { dc } = target
        asking.full = true
        waiting.splice(0, waiting.length, ...waiting.filter((other) => other.own || other.dc === dc))
        continue
      }
      const attempt = this.#start(target, request, waiting.length > 0 ? leftMs * firstShare : leftMs, leave)
      if (!attempt) continue
      under.add(attempt)
      return true
    }
    return false
  }

  #start(
    { pool, breaker, dc, host }: Target,
    request: UpstreamRequest,
    timeoutMs: number,
    leave: (outcome: Outcome) => void,
  ): Attempt | undefined {
    const { clock } = this.options
    const startedMs = clock.monotonicMs()
    let exchange: Exchange | undefined
    const end = clock.after(inSteps(timeoutMs), () => exchange?.cancel(new Error('no answer in time')))
    const running = breaker.tryRun(
      () => {
        const { method } = request
        const span = beginCall(`application ${method}`, { 'gala.target_dc': dc, 'server.address': host })
        exchange = begin(pool, request, timeoutMs, span ?? request)
        return span ? tracedAnswer(span, exchange) : answerOf(exchange)
      },
      (result) => this.#judge(result, timeoutMs, clock.monotonicMs() - startedMs),
    )
    if (!running) {
      end()
      leave('unmade')
      return undefined
    }
    const done: Promise<Ended> = running.then(
      (answer) => {
        leave(answer.problem && ofLoad.has(answer.problem.code) ? 'lost' : 'answered')
        if (request.method === 'GET') this.#usualMs.observe(clock.monotonicMs() - startedMs)
        return { attempt, answer }
      },
      (error: unknown) => {
        leave('lost')
        return { attempt, error }
      },
    )
    const attempt: Attempt = { done: done.finally(end) }
    return attempt
  }

  /**
   * What an attempt says of the instance. A refusal it has a code for is the answer of a healthy process, unless it is INTERNAL.
   * What took long while this process itself was held up says nothing.
   */
  #judge(result: Result<UpstreamAnswer>, timeoutMs: number, tookMs: number): Verdict {
    const heldUp = this.options.ownDelayMs() > fairMs || tookMs > timeoutMs + fairMs
    if ('error' in result) {
      const timedOut = tookMs >= timeoutMs
      return timedOut && (heldUp || timeoutMs < fairMs) ? 'ignored' : 'failure'
    }
    const { status, problem } = result.value
    if (status < 400) return heldUp && tookMs > fairMs ? 'ignored' : 'success'
    if (status < 500) return 'ignored'
    return problem && problem.code !== 'INTERNAL' ? 'ignored' : 'failure'
  }

  /** The first attempt that ends; undefined when it is time for a second one beside it. */
  async #firstOf(under: ReadonlySet<Attempt>, hedge: boolean): Promise<Ended | undefined> {
    const ends = [...under].map(({ done }) => done)
    if (!hedge) return Promise.race(ends)
    let cancel = () => {}
    const time = new Promise<undefined>((resolve) => {
      cancel = this.options.clock.after(inSteps(this.#usualMs.ms), () => resolve(undefined))
    })
    try {
      return await Promise.race([...ends, time])
    } finally {
      cancel()
    }
  }

  /** Those that are not left alone: own first, or the others as operators have weighed it, each taking its turn at the front. */
  #inOrder({ pool = defaultPool, traceparent }: UpstreamRequest): Target[] {
    const { targets, ownFirst } = this.options
    const { own = [], others = [] } = targets.get(pool) ?? targets.get(defaultPool) ?? {}
    const turn = this.#turn++
    const all = ownFirst(traceparent)
      ? [...turned(own, turn), ...others]
      : [...turned(others, turn), ...turned(own, turn)]
    return all.filter(isOpenTo)
  }
}

const isOpenTo = ({ breaker: { governor } }: Target) => governor.state !== 'open' || governor.mode === 'observe'

/** The same ones, beginning with another each time. */
function turned(targets: readonly Target[], turn: number): Target[] {
  const start = targets.length > 0 ? turn % targets.length : 0
  return [...targets.slice(start), ...targets.slice(0, start)]
}

/** The refusal an application answered with, as one of ours. */
export function refusalOf({ problem, status, headers }: UpstreamAnswer): AppError {
  if (!problem) {
    return new AppError('UPSTREAM_UNAVAILABLE', `the application answered ${status}`)
  }
  // Of a rule of the application's own, such as a slow mode, only it knows how long that lasts.
  const retryAfterMs = status === 429 ? Number(headers['retry-after']) * 1_000 : Number.NaN
  return new AppError(problem.code, problem.detail, {
    ...(problem.errors && { errors: problem.errors }),
    ...(retryAfterMs > 0 && { retryAfterMs }),
  })
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

type Trace = Pick<UpstreamRequest, 'traceparent'> & { force?: string | undefined }

function begin(pool: Pool, request: UpstreamRequest, timeoutMs: number, { traceparent, force }: Trace): Exchange {
  const { method, path, body, kind, viewer } = request
  const told = ['traceparent', traceparent, internalHeaders.timeoutMs, String(Math.ceil(timeoutMs))]
  if (force !== undefined) told.push(headers.trace, force)
  if (viewer) told.push(internalHeaders.viewer, Buffer.from(JSON.stringify(viewer)).toString('base64url'))
  if (kind !== undefined) told.push(headers.kind, kind)
  if (body !== undefined) told.push('content-type', 'application/json')
  const exchange = new Exchange()
  pool.dispatch({ method, path, headers: told, body: body ?? null }, exchange)
  return exchange
}

async function answerOf(exchange: Exchange): Promise<UpstreamAnswer> {
  const reply = await exchange.reply
  return { ...reply, problem: reply.status === 200 ? undefined : parseProblem(reply.body) }
}

function tracedAnswer(span: OpenSpan, exchange: Exchange): Promise<UpstreamAnswer> {
  const answer = answerOf(exchange).then((got) => {
    span.set({ 'http.response.status_code': got.status })
    if (got.status >= 500) span.end(`answered ${got.status}`)
    return got
  })
  return endedWith(span, answer)
}
