import {
  type Attributes,
  type Clock,
  type EndedSpan,
  OpenSpan,
  randomHex,
  type SpanKind,
  type Tracing,
} from '@gala/kernel'
import { holdsForce } from './force-token.js'
import type { TailSampler, TraceEnd } from './tail-sampler.js'

/** Work nobody waits for is slow after this, where nothing else is said. */
const taskSlowMs = 5_000

export interface TracesOptions {
  clock: Clock
  tail: TailSampler<EndedSpan>
  /** What tokens that force a trace are signed with. */
  forceKey: Uint8Array | undefined
  /** Whether whoever has asked us decides what is kept of its trace. */
  decidedByAsker: boolean
  /** Ends what has been begun for it. */
  onClose: () => Promise<unknown>
}

/** What a piece of work begins with. */
interface Beginning {
  kind: SpanKind
  /** The W3C context it came with. */
  asker?: { traceId: string; spanId: string } | undefined
  /** Token that forces it: kept whatever becomes of it, and given nothing from memory. */
  force?: string | undefined
}

/** A request or a piece of work that begins in this process. */
export class TracedWork extends OpenSpan {
  readonly #tail: TailSampler<EndedSpan>
  readonly #ours: boolean

  constructor(
    tracing: Tracing,
    name: string,
    attributes: Attributes,
    { kind, asker, force }: Beginning,
    tail: TailSampler<EndedSpan>,
    /** Whether it is ours to say what is kept of it. */
    ours: boolean,
  ) {
    const traceId = asker?.traceId ?? randomHex(16)
    super(tracing, name, kind, attributes, { traceId, parentId: asker?.spanId, force })
    this.#tail = tail
    this.#ours = ours
  }

  /** Ends the span and decides whether the trace is kept; where somebody else does, a forced one is kept without waiting for them. */
  over(end: Omit<TraceEnd, 'forced'>, error?: unknown) {
    this.end(error)
    const forced = this.force !== undefined
    if (this.#ours) this.#tail.decide(this.traceId, { ...end, forced })
    else if (forced) this.#tail.hear(this.traceId, 'forced')
  }
}

/** Spans of a process, with W3C contexts, from their beginning to the decision whether anybody is to see them. */
export class Traces {
  readonly #tracing: Tracing
  /** Requests with a token that was not ours, or too old. */
  forged = 0

  constructor(private readonly options: TracesOptions) {
    const { clock, tail } = options
    this.#tracing = { clock, onEnd: (span) => tail.add(span.traceId, span) }
  }

  /** Whether a request brings a token that forces its trace. One that does not hold is counted, and no more than that. */
  isForced(token: string): boolean {
    const { forceKey, clock } = this.options
    if (forceKey && holdsForce(forceKey, token, clock.nowMs())) return true
    this.forged++
    return false
  }

  /** Begins what this process answers, or does of its own accord. */
  begin(name: string, attributes: Attributes, beginning: Beginning = { kind: 'server' }): TracedWork {
    const { tail, decidedByAsker } = this.options
    const ours = !(beginning.asker && decidedByAsker)
    return new TracedWork(this.#tracing, name, attributes, beginning, tail, ours)
  }

  /** Traces work that nobody has asked for. `failed` says whether what it came to is a failure, as throwing is. */
  async task<T>(
    name: string,
    attributes: Attributes,
    work: (own: OpenSpan) => Promise<T>,
    { slowMs = taskSlowMs, failed = () => false }: { slowMs?: number; failed?: (result: T) => boolean } = {},
  ): Promise<T> {
    const { clock } = this.options
    const startedMs = clock.monotonicMs()
    const own = this.begin(name, attributes, { kind: 'internal' })
    const over = (isFailed: boolean, error?: unknown) =>
      own.over({ failed: isFailed, degraded: false, tookMs: clock.monotonicMs() - startedMs, slowMs }, error)
    try {
      const result = await own.within(() => work(own))
      const isFailed = failed(result)
      over(isFailed, isFailed ? new Error('failed') : undefined)
      return result
    } catch (error) {
      over(true, error)
      throw error
    }
  }

  async close(): Promise<void> {
    await this.options.onClose()
  }
}
