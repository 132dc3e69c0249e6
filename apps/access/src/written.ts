import { headers } from '@gala/contracts'
import { endOfSecond, type Ready } from '@gala/runtime'
import type { Copy, Said, Written } from './copy.js'

/** What a 304 does not say, at the end: type and length of a body. */
const ofBody = 4

export interface Server {
  dc: string
  instance: string
}

/** An answer made of a copy: whatever does not differ from request to request is made once. */
export function written(copy: Copy, said: Said, { dc, instance }: Server): Written {
  const { source, asOfMs, degraded } = said
  const names = {
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
  return { said, whole: { status: 200, ...moving, head, body: copy.body }, unchanged: undefined }
}

/** The same of a copy that was written before; anew when something else is to be said of it. */
export function rewritten(last: Written | undefined, copy: Copy, said: Said, server: Server): Written {
  return last && isSame(last.said, said) ? last : written(copy, said, server)
}

const isSame = (one: Said, other: Said) =>
  one.asOfMs === other.asOfMs &&
  one.source === other.source &&
  one.degraded === other.degraded &&
  one.partial === other.partial

const moving = { traceparent: '', age: 0, until: '0' }

/** The answer as it is now, with this trace in it; without the body for whoever has it. */
export function traced(made: Written, isUnchanged: boolean, traceparent: string, nowMs: number): Ready {
  const { said } = made
  const ready = isUnchanged ? unchangedOf(made) : made.whole
  ready.traceparent = traceparent
  ready.age = Math.max(0, Math.floor((nowMs - said.asOfMs) / 1000))
  ready.until = said.partial ? '0' : endOfSecond(nowMs)
  return ready
}

function unchangedOf(made: Written): Ready {
  made.unchanged ??= { status: 304, ...moving, head: made.whole.head.slice(0, -ofBody), body: Buffer.alloc(0) }
  return made.unchanged
}
