import type { Cache, Cached } from '@gala/cache'
import { cachedRungMs, cutMark, type Route } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import { paceOf, TokenBucket } from '@gala/resilience'
import { type Asked, type Copies, type Left, type LetIn, named, quickTraceOf, type Ready } from '@gala/runtime'
import { LRUCache } from 'lru-cache'
import { accepted } from './accepted.js'
import { type Copy, joined, type Kept, overload, type Question, type Said, sourceOf, type Written } from './copy.js'
import { etagOf, matches } from './etag.js'
import type { Keys } from './keys.js'
import type { Snapshot, Snapshots } from './snapshots.js'
import { rewritten, traced, written } from './written.js'

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
  /** Gets an answer anew. Never rejects. */
  renew: (question: Question) => Promise<void>
}

/** Answers from memory before the framework sees the request. While less is let in than comes, this is what most get. */
export class Front implements Copies {
  readonly #looks = new TokenBucket(paceOf(looksPerSMax, looksPerSMax))
  readonly #looked = new LRUCache<string, { snapshot: Snapshot | undefined; untilMs: number }>({ max: lookedMax })

  constructor(private readonly parts: Parts) {}

  fresh(route: Route, request: Asked, letIn: LetIn): Ready | undefined {
    const { cache } = route
    const key = cache && this.parts.keys.of(route, request.url ?? '')
    if (!cache || key === undefined) return undefined
    const found = this.parts.cache.hit<Kept>(key, cache.freshMs) ?? this.#aging(key, route, cache, request, letIn)
    if (found === undefined || !('copy' in found.value)) return undefined
    const best = accepted(found.value.copy, request)
    // Whoever asks for a coding first gets the body plain rather than late.
    const copy = best instanceof Promise ? found.value.copy : best
    const said = { source: sourceOf(copy, 'hit'), asOfMs: found.asOfMs, degraded: copy.degraded, partial: false }
    copy.written = rewritten(copy.written, copy, said, this.parts)
    return this.#ready(copy, copy.written, request)
  }

  /** While it lasts, everybody is answered with what is there; the first of them has it renewed. */
  #aging(
    key: string,
    route: Route,
    policy: NonNullable<Route['cache']>,
    request: Asked,
    letIn: LetIn,
  ): Cached<Kept> | undefined {
    const aging = this.parts.cache.aging<Kept>(key, policy)
    if (!aging) return undefined
    const { found, due } = aging
    if (!('question' in found.value)) return undefined
    const over = due ? letIn(route, request) : undefined
    if (over) void this.parts.renew(found.value.question).finally(over)
    return found
  }

  left(route: Route, request: Asked): Left {
    const { cache, onDegraded } = route
    const url = request.url ?? ''
    const key = cache && this.parts.keys.of(route, url)
    if (!cache || key === undefined) return undefined
    const found = this.parts.cache.left<Kept>(key, cache)
    if (found) return this.#answer(found, found.source === 'hit' ? '' : overload, request, false)
    if (onDegraded !== 'static' || !onDisk.test(url) || !this.#looks.take(1, this.parts.clock.coarseMs()))
      return undefined
    return this.#look(url, overload, request, false)
  }

  cut(route: Route, rung: 'cached' | 'static', partial: boolean, request: Asked): Left {
    const { cache, onDegraded, switch: own } = route
    const url = request.url ?? ''
    const key = cache && this.parts.keys.of(route, url)
    const why = own === undefined ? '' : cutMark(own, rung)
    const found = key !== undefined && cache && this.#leftOn(rung, key, cache)
    // A copy as good as one made now is marked only where it will not be followed by a better one.
    if (found) return this.#answer(found, found.source === 'hit' && rung === 'cached' ? '' : why, request, partial)
    if (rung === 'cached' || onDegraded !== 'static' || !onDisk.test(url)) return undefined
    return this.#look(url, why, request, partial)
  }

  #leftOn(rung: 'cached' | 'static', key: string, policy: NonNullable<Route['cache']>): Cached<Kept> | undefined {
    const { cache } = this.parts
    return rung === 'cached'
      ? cache.kept<Kept>(key, policy, cachedRungMs)
      : cache.left<Kept>(key, { ...policy, staleMs: Number.POSITIVE_INFINITY })
  }

  async #look(path: string, why: string, request: Asked, partial: boolean): Promise<Ready | undefined> {
    const { clock, snapshots } = this.parts
    let held = this.#looked.get(path)
    // Kept for a moment: what is static is asked for as often as what is not.
    if (!held || clock.monotonicMs() >= held.untilMs) {
      held = { snapshot: await snapshots.find(path), untilMs: clock.monotonicMs() + lookedMs }
      this.#looked.set(path, held)
    }
    const { snapshot } = held
    if (!snapshot) return undefined
    const { body, asOfMs } = snapshot
    const copy: Copy = { body, etag: etagOf(body), source: 'snapshot', degraded: '' }
    const said: Said = { source: 'snapshot', asOfMs, degraded: why, partial }
    return this.#ready(copy, written(copy, said, this.parts), request)
  }

  #answer({ value, source, asOfMs }: Cached<Kept>, why: string, request: Asked, partial: boolean): Ready | undefined {
    if (!('copy' in value)) return undefined
    const { copy } = value
    const said = { source: sourceOf(copy, source), asOfMs, degraded: joined(copy.degraded, why), partial }
    copy.writtenLeft = rewritten(copy.writtenLeft, copy, said, this.parts)
    return this.#ready(copy, copy.writtenLeft, request)
  }

  #ready({ etag }: Copy, made: Written, request: Asked): Ready {
    const { traceparent } = quickTraceOf(named(request, 'traceparent'))
    return traced(made, matches(named(request, 'if-none-match'), etag), traceparent, this.parts.clock.nowMs())
  }
}
