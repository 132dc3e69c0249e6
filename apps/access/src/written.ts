import type { ServerResponse } from 'node:http'
import { type CacheSource, headers } from '@gala/contracts'
import { endOfSecond, type Ready } from '@gala/runtime'
import type { Copy, Written } from './copy.js'

/** Values that change stand first, at these places: the trace in each answer, the others once a second. */
const traceAt = 1
const ageAt = 3
const edgeAt = 5
/** What a 304 does not say, at the end: type and length of a body. */
const ofBody = 4

/** Up to here Node writes head and body together when the body is a string, in one copy without a list of buffers. */
const textBytesMax = 16_384

export interface Server {
  dc: string
  instance: string
}

/**
 * Whatever does not differ from request to request is made once for each copy, and what it says of its age once a second, not once
 * for each answer: names and values in one list are what Node writes with the least ado.
 */
export function written(
  copy: Copy,
  source: CacheSource,
  asOfMs: number,
  degraded: string,
  nowMs: number,
  { dc, instance }: Server,
): Written {
  const said = {
    traceparent: '',
    age: ageS(asOfMs, nowMs),
    'x-accel-expires': endOfSecond(nowMs),
    [headers.dc]: dc,
    [headers.servedBy]: instance,
    [headers.cache]: source,
    [headers.asOf]: asOfMs,
    etag: copy.etag,
    'cache-control': 'public, max-age=1',
    vary: 'accept-encoding',
    ...(copy.coding && { 'content-encoding': copy.coding }),
    ...(degraded && { [headers.degraded]: degraded }),
    'content-type': 'application/json; charset=utf-8',
    'content-length': copy.body.length,
  }
  const head = Object.entries(said).flatMap(([name, value]) => [name, String(value)])
  return { second: secondOf(nowMs), asOfMs, whole: { status: 200, head, body: textOf(copy) } }
}

/** Brought to this second. */
export function aged(last: Written, nowMs: number): Written {
  const second = secondOf(nowMs)
  if (last.second === second) return last
  const { head } = last.whole
  head[ageAt] = String(ageS(last.asOfMs, nowMs))
  head[edgeAt] = endOfSecond(nowMs)
  last.second = second
  return last
}

/** Which nobody may keep for others. */
export function forOne({ whole }: Written) {
  whole.head[edgeAt] = '0'
}

const ageS = (asOfMs: number, nowMs: number) => Math.max(0, Math.floor((nowMs - asOfMs) / 1000))

const secondOf = (nowMs: number) => Math.floor(nowMs / 1000)

const textOf = ({ body, written: last }: Copy) =>
  last?.whole.body ?? (body.length > textBytesMax ? body : body.toString('latin1'))

/** Head and body in one. */
export function send({ status, head, body }: Ready, response: ServerResponse) {
  response.writeHead(status, head).end(body, 'latin1')
}

/** The answer with this trace in it; without the body for whoever has it. */
export function traced({ whole }: Written, unchanged: boolean, traceparent: string): Ready {
  whole.head[traceAt] = traceparent
  return unchanged ? { status: 304, head: whole.head.slice(0, -ofBody), body: '' } : whole
}
