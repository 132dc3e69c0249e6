import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Cache, Cached } from '@gala/cache'
import { type CacheSource, cachedRungMs, cutMark, type Route } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import { paceOf, TokenBucket } from '@gala/resilience'
import { type Asked, type Copies, named, quickTraceOf, type Ready } from '@gala/runtime'
import { LRUCache } from 'lru-cache'
import { accepted } from './accepted.js'
import { type Copy, joined, type Kept, overload, sourceOf, type Written } from './copy.js'
import { etagOf, matches } from './etag.js'
import type { Keys } from './keys.js'
import type { Snapshot, Snapshots } from './snapshots.js'
import { aged, forOne, send, traced, written } from './written.js'

/** Snapshots looked for on disk for refused requests: to look costs as much as a small answer does. */
const looksPerSMax = 10
/** Snapshots kept in memory for a moment after they were looked for, found or not. */
const lookedMax = 500
const lookedMs = 5_000
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
  readonly #looked = new LRUCache<string, { snapshot: Snapshot | undefined; untilMs: number }>({ max: lookedMax })

  constructor(private readonly parts: Parts) {}

  fresh(route: Route, request: Asked): Ready | undefined {
    const { cache } = route
    const key = cache && this.parts.keys.of(route, request.url ?? '')
    const found = key === undefined ? undefined : this.parts.cache.hit<Kept>(key, cache?.freshMs ?? 0)
    if (found === undefined || !('copy' in found.value)) return undefined
    const best = accepted(found.value.copy, request)
    // Whoever asks for a coding first gets the body plain rather than late.
    const copy = best instanceof Promise ? found.value.copy : best
    return this.#ready(copy, this.#lastWritten(copy, found.asOfMs), request)
  }

  /** For whatever is as good as new: most answers by far, and within a second they differ in their trace only. */
  #lastWritten(copy: Copy, asOfMs: number): Written {
    const nowMs = this.parts.clock.nowMs()
    const last = copy.written
    if (last?.asOfMs === asOfMs) return aged(last, nowMs)
    copy.written = written(copy, sourceOf(copy, 'hit'), asOfMs, copy.degraded, nowMs, this.parts)
    return copy.written
  }

  left(route: Route, request: IncomingMessage, response: ServerResponse): boolean | Promise<boolean> {
    const { cache, onDegraded } = route
    const url = request.url ?? ''
    const key = cache && this.parts.keys.of(route, url)
    if (!cache || key === undefined) return false
    const found = this.parts.cache.left<Kept>(key, cache)
    if (found) return this.#answer(found, found.source === 'hit' ? '' : overload, request, response)
    if (onDegraded !== 'static' || !onDisk.test(url) || !this.#looks.take(1, this.parts.clock.coarseMs())) return false
    return this.#look(url, overload, request, response)
  }

  cut(
    route: Route,
    rung: 'cached' | 'static',
    partial: boolean,
    request: IncomingMessage,
    response: ServerResponse,
  ): boolean | Promise<boolean> {
    const { cache, onDegraded, switch: own } = route
    const url = request.url ?? ''
    const key = cache && this.parts.keys.of(route, url)
    const why = own === undefined ? '' : cutMark(own, rung)
    const found = key !== undefined && cache && this.#leftOn(rung, key, cache)
    // A copy as good as one made now is marked only where it will not be followed by a better one.
    if (found)
      return this.#answer(found, found.source === 'hit' && rung === 'cached' ? '' : why, request, response, partial)
    if (rung === 'cached' || onDegraded !== 'static' || !onDisk.test(url)) return false
    return this.#look(url, why, request, response, partial)
  }

  #leftOn(rung: 'cached' | 'static', key: string, policy: NonNullable<Route['cache']>): Cached<Kept> | undefined {
    const { cache } = this.parts
    return rung === 'cached'
      ? cache.kept<Kept>(key, policy, cachedRungMs)
      : cache.left<Kept>(key, { ...policy, staleMs: Number.POSITIVE_INFINITY })
  }

  async #look(path: string, why: string, request: IncomingMessage, response: ServerResponse, partial = false) {
    const { clock, snapshots } = this.parts
    let held = this.#looked.get(path)
    // Kept for a moment: what is static is asked for as often as what is not.
    if (!held || clock.monotonicMs() >= held.untilMs) {
      held = { snapshot: await snapshots.find(path), untilMs: clock.monotonicMs() + lookedMs }
      this.#looked.set(path, held)
    }
    const { snapshot } = held
    if (!snapshot) return false
    const { body, asOfMs } = snapshot
    const copy: Copy = { body, etag: etagOf(body), source: 'snapshot', degraded: '' }
    this.#send(copy, 'snapshot', asOfMs, why, request, response, partial)
    return true
  }

  #answer(
    { value, source, asOfMs }: Cached<Kept>,
    why: string,
    request: IncomingMessage,
    response: ServerResponse,
    partial = false,
  ) {
    if (!('copy' in value)) return false
    const { copy } = value
    this.#send(copy, sourceOf(copy, source), asOfMs, joined(copy.degraded, why), request, response, partial)
    return true
  }

  #send(
    copy: Copy,
    source: CacheSource,
    asOfMs: number,
    degraded: string,
    request: IncomingMessage,
    response: ServerResponse,
    partial: boolean,
  ) {
    const made = written(copy, source, asOfMs, degraded, this.parts.clock.nowMs(), this.parts)
    if (partial) forOne(made)
    send(this.#ready(copy, made, request), response)
  }

  #ready({ etag }: Copy, made: Written, request: Asked): Ready {
    const { traceparent } = quickTraceOf(named(request, 'traceparent'))
    return traced(made, matches(named(request, 'if-none-match'), etag), traceparent)
  }
}
