import { type Clock, groundOf, OpenSpan, randomHex, runWithin } from '@gala/kernel'
import {
  type Attributes,
  type Context,
  context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { AlwaysOnSampler, type ReadableSpan, type SpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { holdsForce } from './force-token.js'
import type { Place } from './span-line.js'
import type { TailSampler, TraceEnd } from './tail-sampler.js'

/** Of one span; what a trace holds is bounded by who holds it. */
const spanLimits = { attributeCountLimit: 16, attributeValueLengthLimit: 200, eventCountLimit: 0, linkCountLimit: 0 }
/** Work nobody waits for is slow after this, where nothing else is said. */
const taskSlowMs = 5_000

export interface TracesOptions {
  clock: Clock
  place: Place
  tail: TailSampler<ReadableSpan>
  /** What tokens that force a trace are signed with. */
  forceKey: Uint8Array | undefined
  /** Whether whoever has asked us decides what is kept of its trace. */
  decidedByAsker: boolean
  /** Ends what has been begun for it. */
  onClose: () => Promise<unknown>
}

/** A request or a piece of work that begins in this process. */
export class TracedWork extends OpenSpan {
  constructor(
    span: Span,
    private readonly ground: Context,
    /** Undefined where somebody else decides. */
    private readonly tail: TailSampler<ReadableSpan> | undefined,
  ) {
    super(span)
  }

  /** Whatever `run` begins is part of it. */
  within<T>(run: () => T): T {
    return runWithin(this.ground, this.span, run)
  }

  /** Ends the span and, where that is ours to say, decides whether the trace is kept. */
  over(end: TraceEnd, error?: unknown) {
    this.end(error)
    this.tail?.decide(this.traceId, end)
  }
}

/** Spans of a process, with W3C contexts, from their beginning to the decision whether anybody is to see them. */
export class Traces {
  readonly #tracer: Tracer
  readonly #ground: Context
  readonly #provider: TracerProvider
  /** Requests with a token that was not ours, or too old. */
  forged = 0

  constructor(private readonly options: TracesOptions) {
    const { place, tail } = options
    // One for all apps of a process; what is traced by whom stands in the context itself.
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    this.#provider = new TracerProvider({
      resource: resourceFromAttributes({
        'service.name': `gala-${place.service}`,
        'service.instance.id': place.instance,
        'deployment.environment.name': place.dc,
      }),
      sampler: new AlwaysOnSampler(),
      idGenerator: { generateTraceId: () => randomHex(16), generateSpanId: () => randomHex(8) },
      spanLimits,
      spanProcessors: [intoTail(tail)],
    })
    this.#tracer = this.#provider.getTracer('gala')
    this.#ground = groundOf(this.#tracer)
  }

  /** Whether a request brings a token that forces its trace. One that does not hold is counted, and no more than that. */
  isForced(token: string): boolean {
    const { forceKey, clock } = this.options
    if (forceKey && holdsForce(forceKey, token, clock.nowMs())) return true
    this.forged++
    return false
  }

  /** Begins what this process answers; `asker` is the W3C context it came with. */
  begin(name: string, attributes: Attributes, asker?: { traceId: string; spanId: string }): TracedWork {
    return this.#begin(name, SpanKind.SERVER, attributes, asker)
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
    const own = this.#begin(name, SpanKind.INTERNAL, attributes)
    const over = (isFailed: boolean, error?: unknown) => {
      const tookMs = clock.monotonicMs() - startedMs
      own.over({ forced: false, failed: isFailed, degraded: false, tookMs, slowMs }, error)
    }
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
    await this.#provider.shutdown()
    await this.options.onClose()
  }

  #begin(
    name: string,
    kind: SpanKind,
    attributes: Attributes,
    asker?: { traceId: string; spanId: string },
  ): TracedWork {
    const { tail, decidedByAsker } = this.options
    const parent = asker
      ? trace.setSpanContext(ROOT_CONTEXT, { ...asker, traceFlags: 1, isRemote: true })
      : ROOT_CONTEXT
    const span = this.#tracer.startSpan(name, { kind }, parent).setAttributes(attributes)
    return new TracedWork(span, this.#ground, asker && decidedByAsker ? undefined : tail)
  }
}

const intoTail = (tail: TailSampler<ReadableSpan>): SpanProcessor => ({
  onStart: () => {},
  onEnd: (span) => tail.add(span.spanContext().traceId, span),
  forceFlush: async () => {},
  shutdown: async () => {},
})
