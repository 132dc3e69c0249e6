import type { EndedSpan } from '@gala/kernel'
import type { KeptReason } from './tail-sampler.js'

export interface Place {
  service: string
  instance: string
  dc: string
}

/** Attributes that have a field of their own in a line. */
export const ownFields = { event: 'gala.event', route: 'http.route' } as const

/** Of one span; what a trace holds is bounded by who holds it. */
const attributesMax = 16
const textMax = 200

/** One span as a line of the spool. Times: milliseconds since 1970, and how long in microseconds. */
export function spanLine(span: EndedSpan, { service, instance, dc }: Place, kept: KeptReason): string {
  const { [ownFields.event]: event, [ownFields.route]: route, ...attributes } = boundedAttributes(span)
  return JSON.stringify({
    trace: span.traceId,
    span: span.spanId,
    parent: span.parentId ?? null,
    name: span.name,
    service,
    instance,
    dc,
    at: Math.floor(span.atMs),
    durationUs: Math.round(span.durationMs * 1_000),
    status: span.error === undefined ? 'ok' : 'error',
    kept,
    event: event ?? null,
    route: route ?? null,
    attributes: { ...attributes, ...(span.error !== undefined && { error: span.error }) },
  })
}

/** So many of its attributes, and so much of each, as are worth keeping. */
export const boundedAttributes = ({ attributes }: Pick<EndedSpan, 'attributes'>): EndedSpan['attributes'] =>
  Object.fromEntries(
    Object.entries(attributes)
      .slice(0, attributesMax)
      .map(([key, value]) => [key, typeof value === 'string' ? value.slice(0, textMax) : value]),
  )
