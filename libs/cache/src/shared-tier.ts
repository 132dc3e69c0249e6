import { type Clock, randomUnit } from '@gala/kernel'
import { fairMs, Governor, storePolicy } from '@gala/resilience'
import type { Loaded } from './entry.js'
import type { Fences } from './fences.js'
import type { SharedStore } from './shared-store.js'
import { decodeLoaded } from './stored.js'

/**
 * Commands fail after 250 ms. One that took longer even to fail shows that its process stood still, and the answer may have
 * been there all the time.
 */
const stoodStillMs = 262

/** What the shared tier has to say of a key. */
export type Found<T> =
  | { state: 'current'; loaded: Loaded<T> }
  /** Nothing that may be believed is there; perhaps something that may stand in when the source fails. */
  | { state: 'none'; raw: string | null; spare?: Loaded<T> }
  /** The store cannot be asked. */
  | { state: 'away' }

export interface SharedTierOptions {
  clock: Clock
  /** Breaker of the store: leaves one alone that failed, so that a hung one costs a few time-outs and not one per request. */
  storeGovernor?: Governor
  /** How late this process is with its own work, in milliseconds; 0 when left out. */
  ownDelayMs?: () => number
  /** A number in [0, 1): spreads what would otherwise happen at once. */
  random?: () => number
  onError: (error: unknown) => void
}

/**
 * The tier all processes of a data centre share. A value is read together with the fences of its tags: whatever wrote it
 * and whenever, it counts only when no fence is ahead of it.
 */
export class SharedTier {
  readonly #governor: Governor

  constructor(
    private readonly store: SharedStore,
    private readonly fences: Fences,
    private readonly options: SharedTierOptions,
  ) {
    const { clock, random = randomUnit, storeGovernor } = options
    this.#governor = storeGovernor ?? new Governor(storePolicy, clock, random)
  }

  /** The value when it is younger than `freshMs` and nothing it was made from has changed. */
  async get<T>(key: string, tags: readonly string[], freshMs: number): Promise<Found<T>> {
    const kept = await this.#try(() => this.store.read(key, tags))
    if (!kept) return { state: 'away' }
    tags.forEach((tag, i) => {
      this.fences.raise(tag, kept.fences[i] ?? 0)
    })
    const loaded = kept.raw === null ? undefined : decodeLoaded<T>(kept.raw)
    const none = { state: 'none' as const, raw: kept.raw }
    if (!loaded) return none
    const stale = { ...none, spare: loaded }
    if (kept.floor === null || loaded.position < kept.floor) return stale
    if (this.options.clock.nowMs() - loaded.asOfMs >= freshMs) return stale
    // The store knows all fences of these tags, ours are raised to them. Of others only what this process has heard.
    const vouched = loaded.tags.every((tag) => tags.includes(tag))
    if (!this.fences.clear(loaded.tags, loaded.position)) return stale
    // What no fence stands against reflects every change announced before the store was read, as far as the store itself
    // remembers: one that fell back, to a replica's copy or a file's, has forgotten from the end. What it cannot know of
    // this process has heard, or its floor covers.
    const position = vouched ? Math.max(loaded.position, kept.announced ?? 0) : loaded.position
    if (!this.fences.hold(loaded.tags, position)) return stale
    return { state: 'current', loaded: { ...loaded, position } }
  }

  /** Puts a loaded value there, as `encodeLoaded` wrote it, and gives the claim back. */
  async fill(key: string, tags: readonly string[], token: string, raw: string, lifeMs: number) {
    await this.#try(() => this.store.fill(key, tags, token, raw, lifeMs))
  }

  /** Whether the caller is to load `key`, of which it has seen this in the store. It is when the store cannot tell. */
  async claim(key: string, tags: readonly string[], token: string, forMs: number, seen: string | null) {
    return (await this.#try(() => this.store.claim(key, tags, token, forMs, seen))) ?? 'claimed'
  }

  async release(key: string, tags: readonly string[], token: string): Promise<void> {
    await this.#try(() => this.store.release(key, tags, token))
  }

  async #try<R>(command: () => Promise<R>): Promise<R | undefined> {
    const permit = this.#governor.admit()
    if (!permit) return undefined
    const startedMs = this.options.clock.monotonicMs()
    try {
      const answer = await command().catch((error: unknown) => {
        if (this.options.clock.monotonicMs() - startedMs < stoodStillMs) throw error
        return command()
      })
      this.#governor.settle(permit, 'success')
      return answer
    } catch (error) {
      const heldUp =
        (this.options.ownDelayMs?.() ?? 0) > fairMs && this.options.clock.monotonicMs() - startedMs > fairMs
      this.#governor.settle(permit, heldUp ? 'ignored' : 'failure')
      this.options.onError(error)
      return undefined
    }
  }
}
