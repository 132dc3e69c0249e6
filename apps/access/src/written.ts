import { type CacheSource, headers } from '@gala/contracts'
import type { Ready } from '@gala/runtime'
import { type Copy, copyHeaders, type Written } from './copy.js'

/** What stands first among the headers of every answer: the only value that is new in each. */
const traceAt = 1

/**
 * Up to here Node writes head and body together when the body is a string, in one copy without a list of buffers: a fifth more
 * answers from the same processor time with 1 KB.
 */
const textBytesMax = 16_384

export interface Server {
  dc: string
  instance: string
}

/**
 * Whatever does not differ from request to request is made once a second for each copy, not once for each answer: names and
 * values in one list are what Node writes with the least ado.
 */
export function written(
  copy: Copy,
  source: CacheSource,
  asOfMs: number,
  degraded: string,
  nowMs: number,
  { dc, instance }: Server,
): Written {
  const said = { [headers.dc]: dc, [headers.servedBy]: instance, ...copyHeaders(copy, source, asOfMs, degraded, nowMs) }
  const unchanged = ['traceparent', '', ...Object.entries(said).flatMap(([name, value]) => [name, String(value)])]
  const more = ['content-type', 'application/json; charset=utf-8', 'content-length', String(copy.body.length)]
  return {
    second: secondOf(nowMs),
    asOfMs,
    whole: { status: 200, head: [...unchanged, ...more], body: textOf(copy) },
    unchanged: { status: 304, head: unchanged, body: '' },
  }
}

const textOf = ({ body, written: last }: Copy) =>
  last?.whole.body ?? (body.length > textBytesMax ? body : body.toString('latin1'))

export const secondOf = (nowMs: number) => Math.floor(nowMs / 1000)

/** With this trace in it. */
export function traced(ready: Ready, traceparent: string): Ready {
  ready.head[traceAt] = traceparent
  return ready
}
