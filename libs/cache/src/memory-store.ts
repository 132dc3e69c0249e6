import type { Clock } from '@gala/kernel'
import type { Kept, SharedStore } from './shared-store.js'

interface Timed {
  text: string
  untilMs: number
}

/** A shared store within one process, for tests. It passes the same conformance suite as the Redis one. */
export class MemoryStore implements SharedStore {
  readonly #values = new Map<string, Timed>()
  readonly #claims = new Map<string, Timed>()
  readonly #fences = new Map<string, number>()
  #floor: number | null = null

  constructor(private readonly clock: Clock) {}

  async read(key: string, tags: readonly string[]): Promise<Kept> {
    const fences = tags.map((tag) => this.#fences.get(tag) ?? 0)
    return { raw: this.#live(this.#values, key)?.text ?? null, fences, floor: this.#floor }
  }

  async fill(key: string, token: string, raw: string, lifeMs: number) {
    this.#values.set(key, { text: raw, untilMs: this.clock.monotonicMs() + lifeMs })
    await this.release(key, token)
  }

  async claim(key: string, token: string, forMs: number) {
    if (this.#live(this.#claims, key)) return false
    this.#claims.set(key, { text: token, untilMs: this.clock.monotonicMs() + forMs })
    return true
  }

  async release(key: string, token: string) {
    if (this.#live(this.#claims, key)?.text === token) this.#claims.delete(key)
  }

  /** What the bus does in the same Redis when it publishes. */
  raise(tag: string, position: number) {
    this.#fences.set(tag, Math.max(this.#fences.get(tag) ?? 0, position))
  }

  /** What the bus does in the same Redis at a heartbeat. */
  setFloor(position: number) {
    this.#floor ??= position
  }

  /** Plays a Redis that was restarted empty. */
  forget() {
    for (const map of [this.#values, this.#claims, this.#fences]) map.clear()
    this.#floor = null
  }

  #live(map: Map<string, Timed>, key: string): Timed | undefined {
    const held = map.get(key)
    return held && held.untilMs > this.clock.monotonicMs() ? held : undefined
  }
}
