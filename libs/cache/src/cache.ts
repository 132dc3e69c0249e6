import type { ChangeBus } from '@gala/bus'
import { AppError } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import type { Redis } from 'ioredis'
import { LRUCache } from 'lru-cache'
import type { Entry, Loaded } from './entry.js'
import { Fences } from './fences.js'
import { RedisTier } from './redis-tier.js'

export type CacheOutcome = 'hit' | 'hit-shared' | 'miss' | 'stale' | 'error'

export interface CacheOptions {
  clock: Clock
  bus: ChangeBus
  /** Memory for values of this process, in bytes as told by `bytesOf`. */
  localBytesMax: number
  /** Leave it out for a cache of this process alone. */
  shared?: { redis: Redis; keyPrefix: string }
  onOutcome?: (outcome: CacheOutcome) => void
  onError: (error: unknown) => void
}

export interface Lookup<T> {
  key: string
  /** What the value will be made from, as far as known before it is loaded. */
  tags: readonly string[]
  /** How long a value is served without asking again; a change on the bus ends it early. */
  freshMs: number
  /** How old a value may be served when asking again fails or is slow. */
  staleMs: number
  load: () => Promise<Omit<Loaded<T>, 'asOfMs'> & { asOfMs?: number }>
  /** Estimated memory of a value; its length as JSON when left out. */
  bytesOf?: (value: T) => number
}

export interface Cached<T> extends Loaded<T> {
  source: 'hit' | 'stale' | 'miss'
}

/** While the bus is silent nobody tells us of changes, so nothing is believed for longer than this. */
const freshWithoutBusMs = 1000
/** A waiting caller gets the stale copy after this; the reload goes on behind it. */
const patienceMs = 250
/** How long a failed reload is not repeated while a stale copy stands in. */
const retryAfterMs = 500

/** Two tiers, single flight, fenced by change positions. One instance a process. */
export class Cache {
  readonly #local: LRUCache<string, Entry<unknown>>
  readonly #flights = new Map<string, Promise<Entry<unknown>>>()
  readonly #fences: Fences
  readonly #shared: RedisTier | undefined

  constructor(private readonly options: CacheOptions) {
    const { bus, clock, shared, onError, localBytesMax } = options
    this.#local = new LRUCache({ maxSize: localBytesMax, maxEntrySize: Math.max(1, localBytesMax >> 3) })
    this.#fences = new Fences(bus)
    this.#shared = shared && new RedisTier(shared.redis, shared.keyPrefix, this.#fences, clock, onError)
  }

  /**
   * The value of `key`: from this process, from the data centre's Redis, or loaded; loads of one key never overlap.
   * @throws what `load` throws, when no copy within `staleMs` can stand in.
   */
  async getOrLoad<T>(lookup: Lookup<T>): Promise<Cached<T>> {
    const { clock } = this.options
    const entry = this.#local.get(lookup.key) as Entry<T> | undefined
    if (entry && this.#fresh(entry, lookup.freshMs)) return this.#answer(entry, 'hit', 'hit')
    const spare = entry && clock.nowMs() - entry.asOfMs <= lookup.staleMs ? entry : undefined
    if (spare && clock.monotonicMs() < spare.retryAtMs) return this.#answer(spare, 'stale', 'stale')
    const flight = this.#join(lookup)
    if (!spare) return this.#answer(await flight, 'miss', 'miss')
    return this.#orSpare(flight, spare)
  }

  #fresh(entry: Entry<unknown>, freshMs: number): boolean {
    const { bus, clock } = this.options
    const boundMs = bus.live ? freshMs : Math.min(freshMs, freshWithoutBusMs)
    return (
      clock.monotonicMs() - entry.storedAtMs < boundMs &&
      entry.epoch === this.#fences.epoch &&
      this.#fences.hold(entry.tags, entry.position)
    )
  }

  async #orSpare<T>(flight: Promise<Entry<T>>, spare: Entry<T>): Promise<Cached<T>> {
    const { clock } = this.options
    const settled = new AbortController()
    try {
      const loaded = await Promise.race([flight, clock.sleep(patienceMs, settled.signal)])
      if (loaded) return this.#answer(loaded, 'miss', 'miss')
    } catch (error) {
      // "There is no such thing" is an answer, not a failure: the old copy must not outlive it.
      if (error instanceof AppError && !error.retryable) throw error
      // Reported by the flight itself, once, however many callers were waiting.
      spare.retryAtMs = clock.monotonicMs() + retryAfterMs
    } finally {
      settled.abort()
    }
    return this.#answer(spare, 'stale', 'stale')
  }

  #join<T>(lookup: Lookup<T>): Promise<Entry<T>> {
    const running = this.#flights.get(lookup.key)
    if (running) return running as Promise<Entry<T>>
    const flight = this.#load(lookup).finally(() => this.#flights.delete(lookup.key))
    this.#flights.set(lookup.key, flight)
    flight.catch((error) => {
      if (error instanceof AppError && !error.retryable) return void this.#local.delete(lookup.key)
      this.options.onOutcome?.('error')
      this.options.onError(error)
    })
    return flight
  }

  async #load<T>(lookup: Lookup<T>): Promise<Entry<T>> {
    // Both taken before the read: what happens while it runs counts against it.
    const epoch = this.#fences.epoch
    const storedAtMs = this.options.clock.monotonicMs()
    const found = await this.#shared?.get<T>(lookup.key, lookup.tags, lookup.freshMs)
    if (found) this.options.onOutcome?.('hit-shared')
    const asOfMs = this.options.clock.nowMs()
    const loaded = found ?? { asOfMs, ...(await lookup.load()) }
    const entry: Entry<T> = { ...loaded, storedAtMs, epoch, retryAtMs: 0 }
    this.#keep(lookup, entry)
    if (!found) await this.#shared?.set(lookup.key, loaded, lookup.freshMs)
    return entry
  }

  #keep<T>(lookup: Lookup<T>, entry: Entry<T>) {
    const held = this.#local.peek(lookup.key)
    if (held && held.position > entry.position) return
    const valueBytes = lookup.bytesOf?.(entry.value) ?? JSON.stringify(entry.value)?.length ?? 0
    // 256 covers key, tags and the entry itself, so that many tiny values are not counted as nothing.
    this.#local.set(lookup.key, entry as Entry<unknown>, { size: valueBytes + lookup.key.length + 256 })
  }

  #answer<T>(
    { value, tags, position, asOfMs }: Entry<T>,
    source: Cached<T>['source'],
    outcome: CacheOutcome,
  ): Cached<T> {
    this.options.onOutcome?.(outcome)
    return { value, tags, position, asOfMs, source }
  }
}
