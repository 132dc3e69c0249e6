import type { ChangeBus, PushedValue } from '@gala/bus'
import { AppError } from '@gala/contracts'
import { type Clock, randomId } from '@gala/kernel'
import type { Counts } from './counts.js'
import type { Entry, Loaded } from './entry.js'
import type { Fences } from './fences.js'
import type { HotKeys } from './hot-keys.js'
import type { LocalTier } from './local-tier.js'
import { jitterPart, type Lookup } from './lookup.js'
import type { SharedTier } from './shared-tier.js'
import { decodeLoaded, encodeLoaded } from './stored.js'

interface Parts {
  clock: Clock
  bus: ChangeBus
  fences: Fences
  local: LocalTier<Entry<unknown>>
  hot: HotKeys
  counts: Counts
  shared: SharedTier | undefined
  random: () => number
  onError: (error: unknown) => void
}

type Asked = Pick<Lookup<unknown>, 'kind' | 'freshMs'>

interface Flight {
  lookup: Lookup<unknown>
  entry: Promise<Entry<unknown>>
  /** Ends the wait for somebody else's load. */
  wake: () => void
}

/** A process that was given the right to load a key and died keeps the others waiting for this long at most. */
const claimMs = 2000
const claimWaitMs = 1000
const claimPollMs = 15
/** Below the two hours fences live, so that no value outlives the fence that ends it. */
const sharedLifeMaxMs = 3_600_000
/** A larger value is read from the store by whoever needs it. */
const pushBytesMax = 4096
/** Key, tags and the entry itself, so that many tiny values are not counted as nothing. */
const entryBytes = 256

/** Brings values into memory: from the data centre's store, from its source, or with a message. One load a key at a time. */
export class Loader {
  readonly #flights = new Map<string, Flight>()

  constructor(private readonly on: Parts) {
    if (on.shared) on.bus.onPush((value) => this.#receive(value))
  }

  /** Loads under way. */
  get running(): number {
    return this.#flights.size
  }

  loads(key: string): boolean {
    return this.#flights.has(key)
  }

  /** The value of a load under way, or of one that begins now. */
  join<T>(lookup: Lookup<T>): Promise<Entry<T>> {
    const running = this.#flights.get(lookup.key)
    if (running) return running.entry as Promise<Entry<T>>
    const flight: Flight = { lookup: lookup as Lookup<unknown>, entry: this.#begin(lookup), wake: () => {} }
    this.#flights.set(lookup.key, flight)
    flight.entry.catch((error) => {
      if (error instanceof AppError && !error.retryable) return void this.on.local.delete(lookup.key)
      this.on.counts.of(lookup.kind).error++
      this.on.onError(error)
    })
    return flight.entry as Promise<Entry<T>>
  }

  /** Loads a value whatever there is of it, and whoever else is loading it. */
  async anew<T>(lookup: Lookup<T>): Promise<Entry<T>> {
    const { clock, bus, shared } = this.on
    if (shared && bus.live) await shared.get<T>(lookup.key, lookup.tags, lookup.freshMs)
    const storedAtMs = clock.monotonicMs()
    return this.#keep(lookup, await this.#fromSource(lookup, undefined), storedAtMs)
  }

  async #begin<T>(lookup: Lookup<T>): Promise<Entry<T>> {
    try {
      return await this.#load(lookup)
    } finally {
      this.#flights.delete(lookup.key)
    }
  }

  async #load<T>(lookup: Lookup<T>): Promise<Entry<T>> {
    const { clock, bus, shared, counts } = this.on
    const kind = counts.of(lookup.kind)
    const { key, tags } = lookup
    const deadlineMs = clock.monotonicMs() + claimWaitMs
    const token = randomId()
    const held = this.on.local.peek(key)
    let spare: Loaded<T> | undefined
    // Without the bus nobody raises fences in the store either: what is in it proves nothing.
    while (shared && bus.live) {
      // The fences in the store prove a value current as of the last heartbeat before the read, and not a moment longer.
      const { vouchedAtMs } = bus
      // One that is about to be renewed is left to whoever renews it: taken over, it would only be asked for again.
      const found = await shared.get<T>(key, tags, lookup.freshMs * (1 - jitterPart))
      if (found.state === 'current') {
        kind.shared++
        return this.#keep(lookup, found.loaded, Math.min(vouchedAtMs, this.#readAtMs(found.loaded)))
      }
      if (found.state === 'none') spare = found.spare
      if (found.state === 'away' || clock.monotonicMs() >= deadlineMs) break
      const claimed = await shared.claim(key, tags, token, claimMs, found.raw)
      if (claimed === 'claimed') return this.#loadClaimed(shared, lookup, token, spare)
      if (claimed === 'changed') continue
      kind.waited++
      await this.#pause(key)
      const arrived = this.on.local.peek(key)
      if (arrived && arrived !== held) return arrived as Entry<T>
    }
    const storedAtMs = clock.monotonicMs()
    return this.#keep(lookup, await this.#fromSource(lookup, spare), storedAtMs)
  }

  async #loadClaimed<T>(
    shared: SharedTier,
    lookup: Lookup<T>,
    token: string,
    spare: Loaded<T> | undefined,
  ): Promise<Entry<T>> {
    const { key, tags } = lookup
    const storedAtMs = this.on.clock.monotonicMs()
    try {
      const loaded = await this.#fromSource(lookup, spare)
      const raw = encodeLoaded(loaded)
      await shared.fill(key, tags, token, raw, Math.min(Math.max(lookup.freshMs, lookup.staleMs), sharedLifeMaxMs))
      if (this.on.hot.has(key) && raw.length <= pushBytesMax) this.on.bus.push({ key, raw }).catch(this.on.onError)
      return this.#keep(lookup, loaded, storedAtMs)
    } catch (error) {
      await shared.release(key, tags, token)
      throw error
    }
  }

  /** A failure leaves what the store still had, so that there is something to serve as stale. */
  async #fromSource<T>(lookup: Lookup<T>, spare: Loaded<T> | undefined): Promise<Loaded<T>> {
    const { clock, fences, counts } = this.on
    const kind = counts.of(lookup.kind)
    const asOfMs = clock.nowMs()
    const startedMs = clock.monotonicMs()
    kind.loads++
    try {
      return { asOfMs, ...(await lookup.load(fences.needed(lookup.tags))) }
    } catch (error) {
      if (spare && !this.on.local.peek(lookup.key)) this.#keep(lookup, spare, Number.NEGATIVE_INFINITY)
      throw error
    } finally {
      kind.loadMs += clock.monotonicMs() - startedMs
    }
  }

  /** When a value was read from its source, by whoever did, on the clock here: its time runs from then. */
  #readAtMs({ asOfMs }: Loaded<unknown>): number {
    const { clock } = this.on
    return clock.monotonicMs() - Math.max(0, clock.nowMs() - asOfMs)
  }

  /** Waits for the one who loads: a while, or until the value comes with a message. */
  async #pause(key: string) {
    const waiting = new AbortController()
    const flight = this.#flights.get(key)
    if (flight) flight.wake = () => waiting.abort()
    await this.on.clock.sleep(claimPollMs * (1 + this.on.random()), waiting.signal)
  }

  /** A value that came with a message: taken by whoever has the key or waits for it. */
  #receive({ key, raw }: PushedValue) {
    const { local, fences, bus, counts } = this.on
    const held = local.peek(key)
    const flight = this.#flights.get(key)
    const asked = held ?? flight?.lookup
    if (!asked) return
    const loaded = decodeLoaded(raw)
    if (!loaded || (held && held.position >= loaded.position)) return
    if (!fences.hold(loaded.tags, loaded.position)) return void counts.of(asked.kind).fenced++
    counts.of(asked.kind).pushed++
    // What holds against all that was heard is current as of the last heartbeat, however long the message was under way.
    this.#put(key, asked, loaded, Math.min(bus.vouchedAtMs, this.#readAtMs(loaded)), raw.length)
    flight?.wake()
  }

  #keep<T>(lookup: Lookup<T>, loaded: Loaded<T>, storedAtMs: number): Entry<T> {
    const held = this.on.local.peek(lookup.key)
    // Read from a replica that is behind: not current, and older than what is here.
    if (held && held.position > loaded.position && !this.on.fences.hold(loaded.tags, loaded.position)) {
      this.on.counts.of(lookup.kind).fenced++
      return this.#entry(lookup, loaded, storedAtMs)
    }
    const bytes = lookup.bytesOf?.(loaded.value) ?? JSON.stringify(loaded.value)?.length ?? 0
    return this.#put(lookup.key, lookup, loaded, storedAtMs, bytes)
  }

  #put<T>(key: string, asked: Asked, loaded: Loaded<T>, storedAtMs: number, bytes: number): Entry<T> {
    const entry = this.#entry(asked, loaded, storedAtMs)
    this.on.local.set(key, entry as Entry<unknown>, bytes + key.length + entryBytes)
    return entry
  }

  #entry<T>({ kind, freshMs }: Asked, loaded: Loaded<T>, storedAtMs: number): Entry<T> {
    return {
      ...loaded,
      kind,
      freshMs: Math.min(freshMs, loaded.freshMs ?? freshMs),
      counts: this.on.counts.of(kind),
      storedAtMs,
      chance: this.on.random(),
      retryAtMs: 0,
      because: undefined,
      heldAt: -1,
      freshUntilMs: 0,
      source: 'hit',
    }
  }
}
