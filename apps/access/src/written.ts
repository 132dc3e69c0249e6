import { headers } from '@gala/contracts'
import { endOfSecond, type Ready } from '@gala/runtime'
import type { Copy, Said, Written } from './copy.js'

/** Values that change stand first, at these places: the trace in each answer, the others once a second. */
const traceAt = 1
const ageAt = 3
const edgeAt = 5
/** What a 304 does not say, at the end: type and length of a body. */
const ofBody = 4

export interface Server {
  dc: string
  instance: string
}

/**
 * Whatever does not differ from request to request is made once for each copy, and what it says of its age once a second, not once
 * for each answer: names and values in one list are what Node writes with the least ado.
 */
export function written(copy: Copy, said: Said, nowMs: number, { dc, instance }: Server): Written {
  const { source, asOfMs, degraded, partial } = said
  const names = {
    traceparent: '',
    age: ageS(asOfMs, nowMs),
    'x-accel-expires': edgeUntil(partial, nowMs),
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
  const head = Object.entries(names).flatMap(([name, value]) => [name, String(value)])
  return { said, second: secondOf(nowMs), whole: { status: 200, head, body: copy.body }, unchanged: undefined }
}

/** The same of a copy that was written before, brought to this second; anew when something else is to be said of it. */
export function rewritten(last: Written | undefined, copy: Copy, said: Said, nowMs: number, server: Server): Written {
  if (!last || !isSame(last.said, said)) return written(copy, said, nowMs, server)
  const second = secondOf(nowMs)
  if (last.second === second) return last
  const head = [...last.whole.head]
  head[ageAt] = String(ageS(said.asOfMs, nowMs))
  head[edgeAt] = edgeUntil(said.partial, nowMs)
  return { said, second, whole: { status: 200, head, body: copy.body }, unchanged: undefined }
}

const isSame = (one: Said, other: Said) =>
  one.asOfMs === other.asOfMs &&
  one.source === other.source &&
  one.degraded === other.degraded &&
  one.partial === other.partial

const edgeUntil = (partial: boolean, nowMs: number) => (partial ? '0' : endOfSecond(nowMs))

const ageS = (asOfMs: number, nowMs: number) => Math.max(0, Math.floor((nowMs - asOfMs) / 1000))

const secondOf = (nowMs: number) => Math.floor(nowMs / 1000)

/** The answer with this trace in it; without the body for whoever has it. */
export function traced(made: Written, isUnchanged: boolean, traceparent: string): Ready {
  const ready = isUnchanged ? unchangedOf(made) : made.whole
  ready.head[traceAt] = traceparent
  return ready
}

function unchangedOf(made: Written): Ready {
  made.unchanged ??= { status: 304, head: made.whole.head.slice(0, -ofBody), body: Buffer.alloc(0) }
  return made.unchanged
}
