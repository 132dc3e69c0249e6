import type { Clock } from '@gala/kernel'
import type { Claimed, Kept, SharedStore } from './shared-store.js'

interface Timed {
  text: string
  untilMs: number
}

/** A shared store within one process, for tests. It passes the same conformance suite as the Redis one. */
export class MemoryStore implements SharedStore {
  #values = new Map<string, Timed>()
  #claims = new Map<string, Timed>()
  #fences = new Map<string, number>()
  #floor: number | null = null
  #announced: number | null = null

  constructor(private readonly clock: Clock) {}

  async read(key: string, tags: readonly string[]): Promise<Kept> {
    const fences = tags.map((tag) => this.#fences.get(tag) ?? 0)
    return { raw: this.#live(this.#values, key)?.text ?? null, fences, floor: this.#floor, announced: this.#announced }
  }

  async fill(key: string, tags: readonly string[], token: string, raw: string, lifeMs: number) {
    this.#values.set(key, { text: raw, untilMs: this.clock.monotonicMs() + lifeMs })
    await this.release(key, tags, token)
  }

  async claim(
    key: string,
    _tags: readonly string[],
    token: string,
    forMs: number,
    seen: string | null,
  ): Promise<Claimed> {
    if ((this.#live(this.#values, key)?.text ?? null) !== seen) return 'changed'
    if (this.#live(this.#claims, key)) return 'taken'
    this.#claims.set(key, { text: token, untilMs: this.clock.monotonicMs() + forMs })
    return 'claimed'
  }

  async release(key: string, _tags: readonly string[], token: string) {
    if (this.#live(this.#claims, key)?.text === token) this.#claims.delete(key)
  }

  /** What the bus does in the same Redis when it publishes. */
  raise(tag: string, position: number) {
    this.#fences.set(tag, Math.max(this.#fences.get(tag) ?? 0, position))
  }

  /** What the bus does in the same Redis at a heartbeat; `anew` when that Redis is not the one it was. */
  heartbeat(position: number, anew = false) {
    if (anew) this.#floor = position
    this.#floor ??= position
    this.#announced = Math.max(this.#announced ?? 0, position)
  }

  /** Plays a Redis that was restarted empty. */
  forget() {
    this.restore(new MemoryStore(this.clock))
  }

  copy(): MemoryStore {
    const copy = new MemoryStore(this.clock)
    copy.restore(this)
    return copy
  }

  /** Goes back to what it was when the copy was made, as when a replica that was behind takes over. */
  restore(from: MemoryStore) {
    this.#values = new Map(from.#values)
    this.#claims = new Map(from.#claims)
    this.#fences = new Map(from.#fences)
    this.#floor = from.#floor
    this.#announced = from.#announced
  }

  #live(map: Map<string, Timed>, key: string): Timed | undefined {
    const held = map.get(key)
    return held && held.untilMs > this.clock.monotonicMs() ? held : undefined
  }
}
