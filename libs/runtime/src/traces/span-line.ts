import { type AttributeValue, SpanStatusCode } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import type { KeptReason } from './tail-sampler.js'

export interface Place {
  service: string
  instance: string
  dc: string
}

/** Attributes that have a field of their own in a line. */
export const ownFields = { event: 'gala.event', route: 'http.route' } as const

/** One span as a line of the spool. Times: milliseconds since 1970, and how long in microseconds. */
export function spanLine(span: ReadableSpan, { service, instance, dc }: Place, kept: KeptReason): string {
  const { traceId, spanId } = span.spanContext()
  const { [ownFields.event]: event, [ownFields.route]: route, ...attributes } = span.attributes
  const [seconds, nanos] = span.startTime
  const [tookS, tookNanos] = span.duration
  const failed = span.status.code === SpanStatusCode.ERROR
  return JSON.stringify({
    trace: traceId,
    span: spanId,
    parent: span.parentSpanContext?.spanId ?? null,
    name: span.name,
    service,
    instance,
    dc,
    at: seconds * 1_000 + Math.floor(nanos / 1e6),
    durationUs: tookS * 1e6 + Math.round(tookNanos / 1_000),
    status: failed ? 'error' : 'ok',
    kept,
    event: textOf(event),
    route: textOf(route),
    attributes: { ...attributes, ...(span.status.message && { error: span.status.message }) },
  })
}

const textOf = (value: AttributeValue | undefined) => (typeof value === 'string' ? value : null)
