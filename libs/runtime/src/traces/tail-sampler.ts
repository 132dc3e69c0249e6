import type { Clock } from '@gala/kernel'
import { paceOf, TokenBucket } from '@gala/resilience'
import { HeldSpans } from './held-spans.js'

/** Why a trace is kept, the one that counts most first. */
export const keptReasons = ['forced', 'error', 'slow', 'degraded', 'sampled'] as const
export type KeptReason = (typeof keptReasons)[number]

/** What is known of a trace once its answer has been given. */
export interface TraceEnd {
  forced: boolean
  failed: boolean
  degraded: boolean
  tookMs: number
  /** From here on it is slow for what it is. */
  slowMs: number
}

/** Part of the traces is kept for no reason; the same part everywhere, because the id alone says which. */
export const isSampled = (traceId: string, oneIn: number) => Number.parseInt(traceId.slice(-8), 16) % oneIn === 0

export function whyKept(traceId: string, end: TraceEnd, oneIn: number): KeptReason | undefined {
  if (end.forced) return 'forced'
  if (end.failed) return 'error'
  if (end.tookMs >= end.slowMs) return 'slow'
  if (end.degraded) return 'degraded'
  return isSampled(traceId, oneIn) ? 'sampled' : undefined
}

export interface TailSamplerOptions<S> {
  clock: Pick<Clock, 'monotonicMs'>
  oneIn: number
  write: (spans: readonly S[], why: KeptReason) => void
}

/** Whoever decides does so within the time limit of a route and tells it within a second: this is several times that. */
const keepMs = 15_000
/** Some 1 KB each. */
const spansMax = 16_384
const perTraceMax = 256
/** Kept traces remembered, for spans that end after their trace. */
const verdictsMax = 8_192
/** As many ids fit into one message of the bus. */
const toTellMax = 1_000
/** In an outage every trace has a reason to be kept: so many in a second tell the story. */
const keptPerS = 50
const keptAtOnce = 200

/**
 * Decides on traces when they are over, and holds their spans until then. What is decided here is told to whoever else has a part of
 * the trace; what is decided elsewhere is told to us.
 */
export class TailSampler<S> {
  readonly held = new HeldSpans<S>({ spansMax, perTraceMax, keepMs })
  readonly kept: Record<KeptReason, number> = { forced: 0, error: 0, slow: 0, degraded: 0, sampled: 0 }
  /** Traces with a reason to be kept that were too many. */
  leftOut = 0
  /** Decisions nobody else was told, because there were too many at once. */
  untold = 0
  readonly #budget = new TokenBucket(paceOf(keptPerS, keptAtOnce))
  readonly #verdicts = new Map<string, { why: KeptReason; untilMs: number }>()
  #toTell = new Map<string, KeptReason>()

  constructor(private readonly options: TailSamplerOptions<S>) {}

  /** Takes a span that has ended. */
  add(traceId: string, span: S) {
    const verdict = this.#verdicts.get(traceId)
    if (verdict) this.options.write([span], verdict.why)
    else this.held.add(traceId, span, this.options.clock.monotonicMs())
  }

  /** A trace that began at this process is over. @returns why it is kept, if it is. */
  decide(traceId: string, end: TraceEnd): KeptReason | undefined {
    const { clock, oneIn } = this.options
    let why = whyKept(traceId, end, oneIn)
    if (why && why !== 'forced' && !this.#budget.take(1, clock.monotonicMs())) {
      this.leftOut++
      why = undefined
    }
    if (why) {
      this.kept[why]++
      if (this.#toTell.size < toTellMax) this.#toTell.set(traceId, why)
      else this.untold++
      this.#keep(traceId, why)
    } else this.held.take(traceId)
    return why
  }

  /** Somebody else has decided that a trace is kept. */
  hear(traceId: string, why: KeptReason) {
    if (!this.#verdicts.has(traceId)) this.#keep(traceId, why)
  }

  /** What has been decided since the last time. */
  toTell(): ReadonlyMap<string, KeptReason> {
    const told = this.#toTell
    this.#toTell = new Map()
    return told
  }

  expire() {
    const nowMs = this.options.clock.monotonicMs()
    this.held.expire(nowMs)
    for (const [traceId, { untilMs }] of this.#verdicts) {
      if (untilMs > nowMs) return
      this.#verdicts.delete(traceId)
    }
  }

  #keep(traceId: string, why: KeptReason) {
    const spans = this.held.take(traceId)
    if (spans.length > 0) this.options.write(spans, why)
    this.#verdicts.delete(traceId)
    this.#verdicts.set(traceId, { why, untilMs: this.options.clock.monotonicMs() + keepMs })
    if (this.#verdicts.size <= verdictsMax) return
    const [oldest] = this.#verdicts.keys()
    if (oldest !== undefined) this.#verdicts.delete(oldest)
  }
}
