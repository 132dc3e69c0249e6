import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Cache, Cached } from '@gala/cache'
import { type CacheSource, headers, type Route } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import { paceOf, TokenBucket } from '@gala/resilience'
import { type Copies, quickTraceOf } from '@gala/runtime'
import { type Copy, copyHeaders, joined, type Kept, overload, sourceOf } from './copy.js'
import { etagOf, matches } from './etag.js'
import type { Keys } from './keys.js'
import type { Snapshots } from './snapshots.js'

/** Snapshots looked for on disk for refused requests: to look costs as much as a small answer does. */
const looksPerSMax = 10
/** Nobody has checked the address yet; what was kept under one was kept after that. */
const onDisk = /^[a-z0-9/-]{1,200}$/

interface Parts {
  cache: Cache
  keys: Keys
  snapshots: Snapshots
  clock: Clock
  dc: string
  instance: string
}

/** Answers from memory before the framework sees the request. While less is let in than comes, this is what most get. */
export class Front implements Copies {
  readonly #looks = new TokenBucket(paceOf(looksPerSMax, looksPerSMax))

  constructor(private readonly parts: Parts) {}

  fresh(route: Route, request: IncomingMessage, response: ServerResponse): boolean {
    const { cache } = route
    const key = cache && this.parts.keys.of(route, request.url ?? '')
    const found = key === undefined ? undefined : this.parts.cache.hit<Kept>(key, cache?.freshMs ?? 0)
    return found !== undefined && this.#answer(found, '', request, response)
  }

  left(route: Route, request: IncomingMessage, response: ServerResponse): boolean | Promise<boolean> {
    const { cache, onDegraded } = route
    const url = request.url ?? ''
    const key = cache && this.parts.keys.of(route, url)
    if (!cache || key === undefined) return false
    const found = this.parts.cache.left<Kept>(key, cache)
    if (found) return this.#answer(found, found.source === 'hit' ? '' : overload, request, response)
    if (onDegraded !== 'static' || !onDisk.test(url) || !this.#looks.take(1, this.parts.clock.coarseMs())) return false
    return this.#look(url, request, response)
  }

  async #look(path: string, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const snapshot = await this.parts.snapshots.find(path)
    if (!snapshot) return false
    const { body, asOfMs } = snapshot
    const copy: Copy = { body, etag: etagOf(body), source: 'snapshot', degraded: '' }
    this.#send(copy, 'snapshot', asOfMs, overload, request, response)
    return true
  }

  #answer({ value, source, asOfMs }: Cached<Kept>, why: string, request: IncomingMessage, response: ServerResponse) {
    if (!('copy' in value)) return false
    const { copy } = value
    this.#send(copy, sourceOf(copy, source), asOfMs, joined(copy.degraded, why), request, response)
    return true
  }

  #send(
    copy: Copy,
    source: CacheSource,
    asOfMs: number,
    degraded: string,
    request: IncomingMessage,
    response: ServerResponse,
  ) {
    const { clock, dc, instance } = this.parts
    const { body } = copy
    const unchanged = matches(request.headers['if-none-match'], copy.etag)
    const said: Record<string, string | number> = {
      [headers.dc]: dc,
      [headers.servedBy]: instance,
      traceparent: quickTraceOf(request.headers['traceparent']).traceparent,
      ...copyHeaders(copy, source, asOfMs, degraded, clock.nowMs()),
      ...(!unchanged && { 'content-type': 'application/json; charset=utf-8', 'content-length': body.length }),
    }
    response.writeHead(unchanged ? 304 : 200, said)
    response.end(unchanged ? undefined : body)
  }
}
