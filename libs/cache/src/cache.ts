import { silenceMs } from '@gala/bus'
import { AppError } from '@gala/contracts'
import { askedAnew, randomUnit } from '@gala/kernel'
import type { Aging, Cached, CacheOptions, Inspection } from './cache-options.js'
import { Counts } from './counts.js'
import type { Entry } from './entry.js'
import { Fences } from './fences.js'
import { HotKeys } from './hot-keys.js'
import { Loader } from './loader.js'
import { LocalTier } from './local-tier.js'
import { jitterPart, type Lookup } from './lookup.js'
import { type Found, SharedTier } from './shared-tier.js'

/** While nobody vouches that no change was missed, nothing is believed for longer than this. */
const unvouchedMs = 1000
/** A waiting caller gets the stale copy after this; the reload goes on behind it. */
const patienceMs = 400
/** How long a failed reload is not repeated while a stale copy stands in. */
const retryAfterMs = 500
/** A value whose time is over, but that nothing has changed, is served for this part of its time again while it is renewed. */
const renewPart = 0.5
/** Loads for one answer: a value overtaken by changes twice in a row is answered as stale. */
const triesMax = 3

/** Two tiers, one load at a time, fenced by change positions. One instance a process. */
export class Cache {
  readonly counts = new Counts()
  readonly #local: LocalTier<Entry<unknown>>
  readonly #fences: Fences
  readonly #shared: SharedTier | undefined
  readonly #loader: Loader
  readonly #hot: HotKeys
  /** How to load the hot keys. */
  readonly #hotLookups = new Map<string, Lookup<unknown>>()
  #renewing = false

  constructor(private readonly options: CacheOptions) {
    const { bus, clock, shared, onError, localBytesMax, tagsMax = 100_000, random = randomUnit } = options
    const local = new LocalTier<Entry<unknown>>(localBytesMax)
    const fences = new Fences(bus, tagsMax)
    const hot = new HotKeys(clock, random, (key, is) => this.#heat(key, is), options.hot)
    const tier = shared && new SharedTier(shared, fences, options)
    this.#local = local
    this.#fences = fences
    this.#hot = hot
    this.#shared = tier
    this.#loader = new Loader({ clock, bus, fences, local, hot, counts: this.counts, shared: tier, random, onError })
    bus.subscribe(() => this.#renewSoon())
  }

  /**
   * The value of `key`: from this process, from the data centre's store, or loaded; loads of one key never overlap, in
   * this process at all and in the data centre while its store answers. Work that is to get nothing from memory has it loaded
   * for itself, after it has asked the store like everybody else, and leaves it for the others.
   * @throws what `load` throws, when no copy within `staleMs` can stand in.
   */
  async getOrLoad<T>(lookup: Lookup<T>): Promise<Cached<T>> {
    if (askedAnew()) return this.#anew(lookup)
    const { clock } = this.options
    const entry = this.#local.get(lookup.key) as Entry<T> | undefined
    if (this.#hot.sampled()) this.#sample(lookup as Lookup<unknown>, entry)
    if (entry && this.#fresh(entry, lookup.freshMs)) return this.#hit(entry)
    if (entry && this.#age(entry, lookup) === 'aging') {
      entry.counts.aging++
      if (this.#isDue(entry, lookup.key)) void this.renew(lookup)
      return this.#hit(entry)
    }
    if (this.#hot.has(lookup.key)) this.#hotLookups.set(lookup.key, lookup as Lookup<unknown>)
    if (!entry || !this.#may(entry, lookup)) return this.#orLeft(lookup)
    if (clock.monotonicMs() < entry.retryAtMs) return this.#answer(entry, 'stale')
    return this.#orSpare(lookup, entry)
  }

  /**
   * The value of `key` when this process holds it fresh, at once and without a promise: what a hot path asks first.
   * Undefined does not mean that there is none; ask `getOrLoad`.
   */
  hit<T>(key: string, freshMs: number): Cached<T> | undefined {
    const entry = this.#local.get(key) as Entry<T> | undefined
    if (!entry || !this.#fresh(entry, freshMs)) return undefined
    if (this.#hot.sampled()) this.#hot.count(key)
    return this.#hit(entry)
  }

  /** The value of `key` that is as good as fresh but should be renewed: its time is over, no change has touched it. */
  aging<T>(key: string, policy: Pick<Lookup<T>, 'freshMs' | 'renewMs'>): Aging<T> | undefined {
    const entry = this.#local.get(key) as Entry<T> | undefined
    if (!entry || this.#age(entry, policy) !== 'aging') return undefined
    if (this.#hot.sampled()) {
      this.#hot.count(key)
      this.options.onAge?.(entry.kind, this.options.clock.nowMs() - entry.asOfMs)
    }
    entry.counts.aging++
    return { found: this.#hit(entry), due: this.#isDue(entry, key) }
  }

  /** Loads a value behind the answers given meanwhile. Never rejects: false when it failed, which has been reported. */
  async renew<T>(lookup: Lookup<T>): Promise<boolean> {
    const { key } = lookup
    if (this.#hot.has(key)) this.#hotLookups.set(key, lookup as Lookup<unknown>)
    try {
      await this.#loader.join(lookup)
      return true
    } catch {
      const held = this.#local.peek(key)
      if (held) held.retryAtMs = this.options.clock.monotonicMs() + retryAfterMs
      return false
    }
  }

  /**
   * What this process has left of `key`, within `staleMs`, at once and whatever has changed since: for whoever will not have
   * it loaded. Nothing is renewed. What would have been served while it is renewed is a hit here too.
   */
  left<T>(key: string, policy: Pick<Lookup<T>, 'freshMs' | 'renewMs' | 'staleMs'>): Cached<T> | undefined {
    const entry = this.#local.get(key) as Entry<T> | undefined
    if (!entry || !this.#may(entry, policy)) return undefined
    return this.#age(entry, policy) === 'old' ? this.#answer(entry, 'stale') : this.#hit(entry)
  }

  /** What this process has of `key` that is not older than `withinMs` and that no change has touched, whatever time has done to it. */
  kept<T>(key: string, { freshMs }: Pick<Lookup<T>, 'freshMs'>, withinMs: number): Cached<T> | undefined {
    const entry = this.#local.get(key) as Entry<T> | undefined
    if (!entry || !this.#may(entry, { staleMs: withinMs })) return undefined
    if (this.#fresh(entry, freshMs)) return this.#hit(entry)
    return this.#fences.hold(entry.tags, entry.position) ? this.#answer(entry, 'stale') : undefined
  }

  /** What this process holds of a key, or undefined. Changes nothing. */
  inspect(key: string): Inspection | undefined {
    const entry = this.#local.peek(key)
    if (!entry) return undefined
    const { value, tags, position, asOfMs, kind } = entry
    const state = this.#age(entry, entry)
    return { value, tags, position, asOfMs, kind, state, bytes: this.#local.bytesOf(key), hot: this.#hot.has(key) }
  }

  /** What the data centre's store has to say of a key; `away` when there is no store. */
  async inspectShared<T>({ key, tags, freshMs }: Lookup<T>): Promise<Found<T>> {
    return (await this.#shared?.get<T>(key, tags, freshMs)) ?? { state: 'away' }
  }

  /** How new a value made from these tags has to be, as far as is known here. */
  needed(tags: readonly string[]): number {
    return this.#fences.needed(tags)
  }

  /** Keys read most in this process, hottest first, with roughly how often within the last ten to twenty seconds. */
  get hot(): { key: string; reads: number }[] {
    return this.#hot.top()
  }

  get size(): { entries: number; bytes: number; bytesMax: number; loading: number } {
    const { entries, bytes } = this.#local
    return { entries, bytes, bytesMax: this.options.localBytesMax, loading: this.#loader.running }
  }

  /** Each entry is held against fences and clock once per change heard of and once per second, not once per read. */
  #fresh(entry: Entry<unknown>, freshMs: number): boolean {
    if (entry.heldAt === this.#fences.generation && this.options.clock.coarseMs() < entry.freshUntilMs) return true
    return this.#age(entry, { freshMs }) === 'fresh'
  }

  #age(entry: Entry<unknown>, asked: Pick<Lookup<unknown>, 'freshMs' | 'renewMs'>): 'fresh' | 'aging' | 'old' {
    const { bus, clock } = this.options
    const freshMs = Math.min(asked.freshMs, entry.freshMs)
    // What ends by itself is over then, and not renewed behind an answer that is wrong already.
    const renewMs = entry.freshMs < asked.freshMs ? 0 : (asked.renewMs ?? freshMs * renewPart)
    const { generation } = this.#fences
    if (entry.heldAt !== generation && !this.#fences.hold(entry.tags, entry.position)) return 'old'
    entry.heldAt = generation
    // What holds reflects every change heard of so far: whoever builds on the answer may know.
    if (entry.position < this.#fences.heard) entry.position = this.#fences.heard
    const nowMs = clock.monotonicMs()
    const vouchedUntilMs = bus.vouchedAtMs + silenceMs
    const live = nowMs <= vouchedUntilMs
    const dueMs = entry.storedAtMs + (live ? freshMs * (1 - jitterPart * entry.chance) : Math.min(freshMs, unvouchedMs))
    if (nowMs < dueMs) {
      entry.freshUntilMs = live ? Math.min(dueMs, vouchedUntilMs) : dueMs
      return 'fresh'
    }
    return live && nowMs < dueMs + renewMs ? 'aging' : 'old'
  }

  /** Nobody renews it, and it is not a moment ago that somebody failed to. */
  #isDue(entry: Entry<unknown>, key: string): boolean {
    return !this.#loader.loads(key) && this.options.clock.monotonicMs() >= entry.retryAtMs
  }

  /** True while a copy may stand in for what cannot be loaded. */
  #may(entry: Entry<unknown>, { staleMs }: Pick<Lookup<unknown>, 'staleMs'>): boolean {
    return this.options.clock.nowMs() - entry.asOfMs <= staleMs
  }

  #hit<T>(entry: Entry<T>): Cached<T> {
    entry.counts.hit++
    return entry
  }

  /** Waits for the value. One that was overtaken by a change on its way is loaded again. */
  async #arrive<T>(lookup: Lookup<T>): Promise<Cached<T>> {
    for (let tries = 1; ; tries++) {
      const entry = await this.#loader.join(lookup)
      if (this.#age(entry, lookup) !== 'old') return this.#answer(entry, 'miss')
      // Changing faster than it can be loaded, or read from a replica that is behind: the best there is, and marked.
      if (tries === triesMax) return this.#answer(entry, 'stale')
      entry.counts.overtaken++
    }
  }

  #anew<T>(lookup: Lookup<T>): Promise<Cached<T>> {
    const left = (error: unknown) => this.#leftAfter(error, lookup)
    return this.#loader.anew(lookup).then((entry) => this.#answer(entry, 'miss'), left)
  }

  /** The value; when it cannot be loaded, what the store of the data centre had left of it. */
  async #orLeft<T>(lookup: Lookup<T>): Promise<Cached<T>> {
    return this.#arrive(lookup).catch((error) => this.#leftAfter(error, lookup))
  }

  /** What this process has left after a load that failed. */
  #leftAfter<T>(error: unknown, lookup: Lookup<T>): Cached<T> {
    const left = this.#local.peek(lookup.key) as Entry<T> | undefined
    if (!left || !this.#may(left, lookup) || isFinal(error)) throw error
    left.retryAtMs = this.options.clock.monotonicMs() + retryAfterMs
    left.because = error
    return this.#answer(left, 'stale')
  }

  async #orSpare<T>(lookup: Lookup<T>, spare: Entry<T>): Promise<Cached<T>> {
    const { clock } = this.options
    let cancel = () => {}
    const patience = new Promise<undefined>((resolve) => {
      cancel = clock.after(patienceMs, () => {
        // After a long turn of the event loop the value may be here and unread: reading comes before the next timer.
        cancel = clock.after(1, () => resolve(undefined))
      })
    })
    const arriving = this.#arrive(lookup)
    arriving.catch(reported)
    try {
      const arrived = await Promise.race([arriving, patience])
      if (arrived) return arrived
    } catch (error) {
      if (isFinal(error)) throw error
      spare.retryAtMs = clock.monotonicMs() + retryAfterMs
      spare.because = error
    } finally {
      cancel()
    }
    return this.#answer(spare, 'stale')
  }

  #answer<T>({ value, tags, position, asOfMs, counts, because }: Entry<T>, source: 'miss' | 'stale'): Cached<T> {
    counts[source]++
    return { value, tags, position, asOfMs, source, ...(source === 'stale' && { because }) }
  }

  #sample(lookup: Lookup<unknown>, entry: Entry<unknown> | undefined) {
    this.#hot.count(lookup.key)
    if (this.#hot.has(lookup.key)) this.#hotLookups.set(lookup.key, lookup)
    this.options.onAge?.(lookup.kind, entry && this.options.clock.nowMs() - entry.asOfMs)
    this.options.onSample?.(lookup)
  }

  /** A hot key is not evicted. */
  #heat(key: string, hot: boolean) {
    this.#local.pin(key, hot)
    if (!hot) this.#hotLookups.delete(key)
  }

  /** After all changes of this moment have been taken in: there may be hundreds, and in their midst nothing is known. */
  #renewSoon() {
    if (this.#renewing || this.#hotLookups.size === 0) return
    this.#renewing = true
    void Promise.resolve().then(() => {
      this.#renewing = false
      this.#renewHot()
    })
  }

  /** What many read and a change has just ended is loaded at once, so that nobody has to wait for it. */
  #renewHot() {
    for (const [key, lookup] of this.#hotLookups) {
      const entry = this.#local.peek(key)
      if (entry && !this.#fences.hold(entry.tags, entry.position)) this.#loader.join(lookup).catch(reported)
    }
  }
}

/** "There is no such thing" is an answer, not a failure: no old copy may outlive it. */
const isFinal = (error: unknown) => error instanceof AppError && !error.retryable

/** Failures of a flight are reported by the flight itself, once, however many wait for it or do not. */
const reported = () => {}
