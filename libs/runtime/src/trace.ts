import { randomHex } from '@gala/kernel'
import type { FastifyRequest } from 'fastify'

const pattern = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/

/** The caller's W3C trace context when it is valid, else a new one. Source: W3C Trace Context, section 3.2. */
export function traceparentOf(header: unknown): Trace {
  const match = typeof header === 'string' ? pattern.exec(header) : null
  if (match?.[1] && !/^0+$/.test(match[1]) && !/^0+$/.test(match[2] ?? '')) {
    return { traceparent: match[0], traceId: match[1] }
  }
  const traceId = randomHex(16)
  return { traceparent: `00-${traceId}-${randomHex(8)}-01`, traceId }
}

const processId = randomHex(8)
const newTraceOf = `00-${processId}`
const newSpan = `-${processId}-01`
let counted = 0

/** The same for an answer that may cost next to nothing: what is new is unique by counting, not by chance. */
export function quickTraceOf(header: unknown): Trace {
  if (header !== undefined) return traceparentOf(header)
  const traceparent = newTraceparent()
  return { traceparent, traceId: traceparent.slice(3, 35) }
}

/** A `traceparent` nobody else has. */
function newTraceparent(): string {
  counted = (counted + 1) % 2 ** 48
  return newTraceOf + counted.toString(16).padStart(16, '0') + newSpan
}

export interface Trace {
  traceparent: string
  traceId: string
}

const traces = new WeakMap<FastifyRequest, Trace>()

/** The trace of a request: read or made once, the same for its headers, its problem and its audit row. */
export function traceOf(request: FastifyRequest): Trace {
  let trace = traces.get(request)
  if (!trace) {
    trace = traceparentOf(request.headers['traceparent'])
    traces.set(request, trace)
  }
  return trace
}
