import { randomHex } from '@gala/kernel'
import type { FastifyRequest } from 'fastify'

const pattern = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}$/

/** The ids of a caller's W3C trace context, when it is valid. Source: W3C Trace Context, section 3.2. */
export function traceparentIn(header: unknown): { traceId: string; spanId: string } | undefined {
  const [, traceId, spanId] = (typeof header === 'string' && pattern.exec(header)) || []
  return traceId !== undefined && spanId !== undefined ? { traceId, spanId } : undefined
}

/** The caller's W3C trace context when it is valid, else a new one. */
export function traceparentOf(header: unknown): Trace {
  const given = traceparentIn(header)
  if (given) return { traceparent: header as string, traceId: given.traceId }
  const traceId = randomHex(16)
  return { traceparent: `00-${traceId}-${randomHex(8)}-01`, traceId }
}

const processId = randomHex(8)
const newSpan = `-${processId}-01`
/** Every number of three hexadecimal digits: to write one out anew costs more than all else here. */
const threeDigits = Array.from({ length: 4096 }, (_, i) => i.toString(16).padStart(3, '0'))
const sixDigits = 2 ** 24
let counted = 0
let highDigits = `00-${processId}0000000000`

/** The same for an answer that may cost next to nothing: what is new is unique by counting, not by chance. */
export function quickTraceOf(header: unknown): Trace {
  if (header !== undefined) return traceparentOf(header)
  const traceparent = newTraceparent()
  return { traceparent, traceId: traceparent.slice(3, 35) }
}

/** A `traceparent` nobody else has. */
function newTraceparent(): string {
  counted++
  const low = counted % sixDigits
  if (low === 0)
    highDigits = `00-${processId}${Math.floor(counted / sixDigits)
      .toString(16)
      .padStart(10, '0')}`
  return highDigits + threeDigits[low >> 12] + threeDigits[low & 4095] + newSpan
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

/** A request that came without a trace has this one. */
export const setTrace = (request: FastifyRequest, trace: Trace) => void traces.set(request, trace)
