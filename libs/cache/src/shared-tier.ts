import { parseStored } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import { z } from 'zod'
import type { Loaded } from './entry.js'
import type { Fences } from './fences.js'
import type { SharedStore } from './shared-store.js'

/** Value as kept in the store. Short names: there are millions of these. */
const storedSchema = z.object({ v: z.unknown(), t: z.array(z.string()), p: z.int(), a: z.int() })

/** After a failure the store is left alone this long, so that a hung one costs one time-out and not one per request. */
const restMs = 500

/** What the shared tier has to say of a key. */
export type Found<T> =
  | { state: 'current'; loaded: Loaded<T> }
  /** Nothing that may be believed is there. */
  | { state: 'none' }
  /** The store cannot be asked. */
  | { state: 'away' }

/**
 * The tier all processes of a data centre share. A value is read together with the fences of its tags: whatever wrote it
 * and whenever, it counts only when no fence is ahead of it.
 */
export class SharedTier {
  #restUntilMs = 0

  constructor(
    private readonly store: SharedStore,
    private readonly fences: Fences,
    private readonly clock: Clock,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** The value when it is younger than `freshMs` and nothing it was made from has changed. */
  async get<T>(key: string, tags: readonly string[], freshMs: number): Promise<Found<T>> {
    const announced = this.fences.announced
    const kept = await this.#try(() => this.store.read(key, tags))
    if (!kept) return { state: 'away' }
    tags.forEach((tag, i) => {
      this.fences.raise(tag, kept.fences[i] ?? 0)
    })
    const stored = kept.raw === null ? undefined : parseStored(storedSchema, kept.raw)
    if (!stored || kept.floor === null || stored.p < kept.floor) return { state: 'none' }
    const { v, t, p, a } = stored
    if (this.clock.nowMs() - a >= freshMs) return { state: 'none' }
    // The store knows all fences of these tags, ours are raised to them. Of others only what this process has heard.
    const vouched = t.every((tag) => tags.includes(tag))
    if (!(vouched ? this.fences.clear(t, p) : this.fences.hold(t, p))) return { state: 'none' }
    // What holds against all fences of this moment reflects every change that had been announced before it.
    return {
      state: 'current',
      loaded: { value: v as T, tags: t, position: vouched ? Math.max(p, announced) : p, asOfMs: a },
    }
  }

  /** Puts a loaded value there and gives the claim back. */
  async fill<T>(key: string, token: string, { value, tags, position, asOfMs }: Loaded<T>, lifeMs: number) {
    const stored = JSON.stringify({ v: value, t: tags, p: position, a: asOfMs })
    await this.#try(() => this.store.fill(key, token, stored, lifeMs))
  }

  /** True when the caller is to load: it has the claim, or the store cannot tell who has. */
  async claim(key: string, token: string, forMs: number): Promise<boolean> {
    return (await this.#try(() => this.store.claim(key, token, forMs))) ?? true
  }

  async release(key: string, token: string): Promise<void> {
    await this.#try(() => this.store.release(key, token))
  }

  async #try<R>(command: () => Promise<R>): Promise<R | undefined> {
    if (this.clock.monotonicMs() < this.#restUntilMs) return undefined
    try {
      return await command()
    } catch (error) {
      this.#restUntilMs = this.clock.monotonicMs() + restMs
      this.onError(error)
      return undefined
    }
  }
}
