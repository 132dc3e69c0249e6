import {
  type Attributes,
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

/** A step of what is being traced, from its beginning to `end`. */
export interface OpenSpan {
  readonly traceId: string
  /** For whoever is asked on its behalf (W3C Trace Context). */
  readonly traceparent: string
  set(attributes: Attributes): void
  /** Calls after the first do nothing. */
  end(error?: unknown): void
}

/** Whatever `run` begins, and all that follows from it, belongs to this span. */
export function runWithin<T>(tracer: Tracer, span: Span, run: () => T): T {
  return context.with(trace.setSpan(ROOT_CONTEXT, span).setValue(tracerKey, tracer), run)
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
  return tracer && openSpan(tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }, active))
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

export function openSpan(span: Span): OpenSpan {
  const { traceId, spanId } = span.spanContext()
  return {
    traceId,
    traceparent: `00-${traceId}-${spanId}-01`,
    set: (attributes) => void span.setAttributes(attributes),
    end: (error) => {
      if (!span.isRecording()) return
      if (error !== undefined) {
        const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
        span.setStatus({ code: SpanStatusCode.ERROR, message: message.slice(0, errorTextMax) })
      }
      span.end()
    },
  }
}
