import {
  type Attributes,
  type Context,
  context,
  createContextKey,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'

const tracerKey = createContextKey('gala tracer')

/** What everything traced by `tracer` runs within: made once, because each step of a context is a copy of the one before. */
export const groundOf = (tracer: Tracer): Context => ROOT_CONTEXT.setValue(tracerKey, tracer)

/** Whatever `run` begins, and all that follows from it, belongs to this span. */
export function runWithin<T>(ground: Context, span: Span, run: () => T): T {
  return context.with(trace.setSpan(ground, span), run)
}

/** Trace id of what is being done now; undefined when it is not traced. */
export const tracedNow = (): string | undefined => trace.getSpan(context.active())?.spanContext().traceId

/** The same function, as a part of what is being done now, whoever calls it later. */
export const boundHere = <A extends unknown[], R>(run: (...args: A) => R): ((...args: A) => R) =>
  context.bind(context.active(), run)

/**
 * Begins a call to another part on behalf of what is being traced now; undefined when nothing is, which costs one look. Nothing a
 * client has sent may stand in the name or the attributes.
 */
export function beginCall(name: string, attributes: Attributes): OpenSpan | undefined {
  const active = context.active()
  const tracer = active.getValue(tracerKey) as Tracer | undefined
  // Attributes of a span that is being started are looked through twice.
  return tracer && new OpenSpan(tracer.startSpan(name, { kind: SpanKind.CLIENT }, active).setAttributes(attributes))
}

/** Traces one call, when something is being traced; else only makes it. */
export function asCall<T>(name: string, attributes: Attributes, call: () => Promise<T>): Promise<T> {
  const span = beginCall(name, attributes)
  return span ? endedWith(span, call()) : call()
}

/** Ends the span with what becomes of it. @returns the same promise. */
export function endedWith<T>(span: OpenSpan, work: Promise<T>): Promise<T> {
  work.then(
    () => span.end(),
    (error: unknown) => span.end(error ?? new Error('failed')),
  )
  return work
}

/** Text of an error; what a part says of a failure is short. */
const errorTextMax = 200

/** A step of what is being traced, from its beginning to `end`. */
export class OpenSpan {
  constructor(protected readonly span: Span) {}

  get traceId(): string {
    return this.span.spanContext().traceId
  }

  /** For whoever is asked on its behalf (W3C Trace Context). */
  get traceparent(): string {
    const { traceId, spanId } = this.span.spanContext()
    return `00-${traceId}-${spanId}-01`
  }

  set(attributes: Attributes) {
    this.span.setAttributes(attributes)
  }

  /** Calls after the first do nothing. */
  end(error?: unknown) {
    if (!this.span.isRecording()) return
    if (error !== undefined) {
      const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
      this.span.setStatus({ code: SpanStatusCode.ERROR, message: message.slice(0, errorTextMax) })
    }
    this.span.end()
  }
}
