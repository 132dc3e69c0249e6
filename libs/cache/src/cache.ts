import { type ChangeBus, silenceMs } from '@gala/bus'
import { AppError } from '@gala/contracts'
import { type Clock, randomId, randomUnit } from '@gala/kernel'
import type { Entry, Loaded } from './entry.js'
import { Fences } from './fences.js'
import { LocalTier } from './local-tier.js'
import type { SharedStore } from './shared-store.js'
import { SharedTier } from './shared-tier.js'

/** What has happened so far. Plain numbers, because a hit must cost nothing more; read them when metrics are asked for. */
export interface CacheCounts {
  hit: number
  /** Served while it is renewed behind the answer. */
  aging: number
  /** Found in the data centre's store. */
  shared: number
  miss: number
  stale: number
  error: number
  /** A value had been overtaken by a change when it arrived, and was loaded again. */
  overtaken: number
  /** Somebody else of this data centre was loading; this process waited for it. */
  waited: number
}

export interface CacheOptions {
  clock: Clock
  bus: ChangeBus
  /** Memory for values of this process, in bytes as told by `bytesOf`. */
  localBytesMax: number
  /** Tags whose last change is remembered; 100,000 when left out, about 20 MB. */
  tagsMax?: number
  /** Leave it out for a cache of this process alone. */
  shared?: SharedStore
  /** A number in [0, 1): spreads what would otherwise happen at once. */
  random?: () => number
  onError: (error: unknown) => void
}

export interface Lookup<T> {
  key: string
  /** What the value will be made from, as far as known before it is loaded. */
  tags: readonly string[]
  /** How long a value is served without asking again, less up to a tenth by chance; a change on the bus ends it early. */
  freshMs: number
  /** How old a value may be served when asking again fails or is slow. */
  staleMs: number
  /** Brings the value, from a source at position `atLeast` or later if there is one. */
  load: (atLeast: number) => Promise<Omit<Loaded<T>, 'asOfMs'> & { asOfMs?: number }>
  /** Estimated memory of a value; its length as JSON when left out. */
  bytesOf?: (value: T) => number
}

export interface Cached<T> extends Readonly<Loaded<T>> {
  readonly source: 'hit' | 'stale' | 'miss'
}

/** While nobody vouches that no change was missed, nothing is believed for longer than this. */
const unvouchedMs = 1000
/** A waiting caller gets the stale copy after this; the reload goes on behind it. */
const patienceMs = 250
/** How long a failed reload is not repeated while a stale copy stands in. */
const retryAfterMs = 500
/** A value whose time is over, but that nothing has changed, is served for this part of its time again while it is renewed. */
const agingPart = 0.5
const jitterPart = 0.1
/** A process that was given the right to load a key and died keeps the others waiting for this long at most. */
const claimMs = 2000
const claimWaitMs = 1000
const claimPollMs = 15
/** Loads for one answer: a value overtaken by changes twice in a row is answered as stale. */
const triesMax = 3

/** Two tiers, one load at a time, fenced by change positions. One instance a process. */
export class Cache {
  readonly #local: LocalTier<Entry<unknown>>
  readonly #flights = new Map<string, Promise<Entry<unknown>>>()
  readonly #fences: Fences
  readonly #shared: SharedTier | undefined
  readonly #random: () => number
  readonly counts: CacheCounts = {
    hit: 0,
    aging: 0,
    shared: 0,
    miss: 0,
    stale: 0,
    error: 0,
    overtaken: 0,
    waited: 0,
  }

  constructor(private readonly options: CacheOptions) {
    const { bus, clock, shared, onError, localBytesMax, tagsMax = 100_000, random = randomUnit } = options
    this.#local = new LocalTier(localBytesMax)
    this.#fences = new Fences(bus, tagsMax)
    this.#shared = shared && new SharedTier(shared, this.#fences, clock, onError)
    this.#random = random
  }

  /**
   * The value of `key`: from this process, from the data centre's store, or loaded; loads of one key never overlap, in
   * this process at all and in the data centre while its store answers.
   * @throws what `load` throws, when no copy within `staleMs` can stand in.
   */
  async getOrLoad<T>(lookup: Lookup<T>): Promise<Cached<T>> {
    const { clock } = this.options
    const entry = this.#local.get(lookup.key) as Entry<T> | undefined
    if (entry && this.#fresh(entry, lookup.freshMs)) return this.#hit(entry)
    if (entry && this.#age(entry, lookup.freshMs) === 'aging') {
      this.counts.aging++
      this.#join(lookup).catch(reported)
      return this.#hit(entry)
    }
    const spare = entry && clock.nowMs() - entry.asOfMs <= lookup.staleMs ? entry : undefined
    if (spare && clock.monotonicMs() < spare.retryAtMs) return this.#answer(spare, 'stale')
    return spare ? this.#orSpare(lookup, spare) : this.#arrive(lookup)
  }

  /**
   * The value of `key` when this process holds it fresh, at once and without a promise: what a hot path asks first.
   * Undefined does not mean that there is none; ask `getOrLoad`.
   */
  hit<T>(key: string, freshMs: number): Cached<T> | undefined {
    const entry = this.#local.get(key) as Entry<T> | undefined
    return entry && this.#fresh(entry, freshMs) ? this.#hit(entry) : undefined
  }

  /** Each entry is held against fences and clock once per change heard of and once per second, not once per read. */
  #fresh(entry: Entry<unknown>, freshMs: number): boolean {
    if (entry.heldAt === this.#fences.generation && this.options.clock.coarseMs() < entry.freshUntilMs) return true
    return this.#age(entry, freshMs) === 'fresh'
  }

  #age(entry: Entry<unknown>, freshMs: number): 'fresh' | 'aging' | 'old' {
    const { bus, clock } = this.options
    if (!this.#fences.hold(entry.tags, entry.position)) return 'old'
    // What holds reflects every change heard of so far: whoever builds on the answer may know.
    if (entry.position < this.#fences.heard) entry.position = this.#fences.heard
    const nowMs = clock.monotonicMs()
    const vouchedUntilMs = bus.vouchedAtMs + silenceMs
    const live = nowMs <= vouchedUntilMs
    const dueMs = entry.storedAtMs + (live ? freshMs * (1 - jitterPart * entry.chance) : Math.min(freshMs, unvouchedMs))
    if (nowMs < dueMs) {
      entry.heldAt = this.#fences.generation
      entry.freshUntilMs = live ? Math.min(dueMs, vouchedUntilMs) : dueMs
      return 'fresh'
    }
    return live && nowMs < dueMs + freshMs * agingPart ? 'aging' : 'old'
  }

  #hit<T>(entry: Entry<T>): Cached<T> {
    this.counts.hit++
    return entry
  }

  /** Waits for the value. One that was overtaken by a change on its way is loaded again. */
  async #arrive<T>(lookup: Lookup<T>): Promise<Cached<T>> {
    for (let tries = 1; ; tries++) {
      const entry = await this.#join(lookup)
      if (this.#age(entry, lookup.freshMs) !== 'old') return this.#answer(entry, 'miss')
      // Changing faster than it can be loaded, or read from a replica that is behind: the best there is, and marked.
      if (tries === triesMax) return this.#answer(entry, 'stale')
      this.counts.overtaken++
    }
  }

  async #orSpare<T>(lookup: Lookup<T>, spare: Entry<T>): Promise<Cached<T>> {
    const { clock } = this.options
    let cancel = () => {}
    const patience = new Promise<undefined>((resolve) => {
      cancel = clock.after(patienceMs, () => resolve(undefined))
    })
    const arriving = this.#arrive(lookup)
    arriving.catch(reported)
    try {
      const arrived = await Promise.race([arriving, patience])
      if (arrived) return arrived
    } catch (error) {
      // "There is no such thing" is an answer, not a failure: the old copy must not outlive it.
      if (error instanceof AppError && !error.retryable) throw error
      spare.retryAtMs = clock.monotonicMs() + retryAfterMs
    } finally {
      cancel()
    }
    return this.#answer(spare, 'stale')
  }

  #join<T>(lookup: Lookup<T>): Promise<Entry<T>> {
    const running = this.#flights.get(lookup.key)
    if (running) return running as Promise<Entry<T>>
    const flight = this.#load(lookup).finally(() => this.#flights.delete(lookup.key))
    this.#flights.set(lookup.key, flight)
    flight.catch((error) => {
      if (error instanceof AppError && !error.retryable) return void this.#local.delete(lookup.key)
      this.counts.error++
      this.options.onError(error)
    })
    return flight
  }

  async #load<T>(lookup: Lookup<T>): Promise<Entry<T>> {
    const { clock, bus } = this.options
    const deadlineMs = clock.monotonicMs() + claimWaitMs
    const token = randomId()
    // Without the bus nobody raises fences in the store either: what is in it proves nothing.
    while (this.#shared && bus.live) {
      // The fences in the store prove a value current as of the last heartbeat before the read, and not a moment longer.
      const { vouchedAtMs } = bus
      const found = await this.#shared.get<T>(lookup.key, lookup.tags, lookup.freshMs)
      if (found.state === 'current') {
        this.counts.shared++
        return this.#keep(lookup, found.loaded, vouchedAtMs)
      }
      if (found.state === 'away' || clock.monotonicMs() >= deadlineMs) break
      if (await this.#shared.claim(lookup.key, token, claimMs)) return this.#loadClaimed(this.#shared, lookup, token)
      this.counts.waited++
      await clock.sleep(claimPollMs * (1 + this.#random()))
    }
    const storedAtMs = clock.monotonicMs()
    return this.#keep(lookup, await this.#fromSource(lookup), storedAtMs)
  }

  async #loadClaimed<T>(shared: SharedTier, lookup: Lookup<T>, token: string): Promise<Entry<T>> {
    const storedAtMs = this.options.clock.monotonicMs()
    try {
      const loaded = await this.#fromSource(lookup)
      await shared.fill(lookup.key, token, loaded, lookup.freshMs)
      return this.#keep(lookup, loaded, storedAtMs)
    } catch (error) {
      await shared.release(lookup.key, token)
      throw error
    }
  }

  async #fromSource<T>(lookup: Lookup<T>): Promise<Loaded<T>> {
    const asOfMs = this.options.clock.nowMs()
    return { asOfMs, ...(await lookup.load(this.#fences.needed(lookup.tags))) }
  }

  #keep<T>(lookup: Lookup<T>, loaded: Loaded<T>, storedAtMs: number): Entry<T> {
    const entry: Entry<T> = {
      ...loaded,
      storedAtMs,
      chance: this.#random(),
      retryAtMs: 0,
      heldAt: -1,
      freshUntilMs: 0,
      source: 'hit',
    }
    const held = this.#local.peek(lookup.key)
    // Read from a replica that is behind: not current, and older than what is here.
    if (held && held.position > entry.position && !this.#fences.hold(entry.tags, entry.position)) return entry
    const valueBytes = lookup.bytesOf?.(entry.value) ?? JSON.stringify(entry.value)?.length ?? 0
    // 256 covers key, tags and the entry itself, so that many tiny values are not counted as nothing.
    this.#local.set(lookup.key, entry as Entry<unknown>, valueBytes + lookup.key.length + 256)
    return entry
  }

  #answer<T>({ value, tags, position, asOfMs }: Entry<T>, source: 'miss' | 'stale'): Cached<T> {
    this.counts[source]++
    return { value, tags, position, asOfMs, source }
  }
}

/** Failures of a flight are reported by the flight itself, once, however many wait for it or do not. */
const reported = () => {}
