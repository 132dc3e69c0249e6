import { fenceKey } from '@gala/bus'
import { parseStored } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { Loaded } from './entry.js'
import type { Fences } from './fences.js'

/** Value as kept in Redis. Short names: there are millions of these. */
const storedSchema = z.object({ v: z.unknown(), t: z.array(z.string()), p: z.int(), a: z.int() })

/** After a failure the tier is left alone this long, so that a hung Redis costs one time-out and not one per request. */
const restMs = 500

/**
 * The tier all processes of a data centre share. A value is read together with the fences of its tags, in one round
 * trip: whatever wrote it and whenever, it counts only when no fence is ahead of it.
 */
export class RedisTier {
  #restUntilMs = 0

  constructor(
    private readonly redis: Redis,
    private readonly prefix: string,
    private readonly fences: Fences,
    private readonly clock: Clock,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** The value when it is younger than `freshMs` and nothing it was made from has changed; else undefined. */
  async get<T>(key: string, tags: readonly string[], freshMs: number): Promise<Loaded<T> | undefined> {
    const [raw, ...positions] = (await this.#try(() =>
      this.redis.mget(this.#valueKey(key), ...tags.map((tag) => fenceKey(this.prefix, tag))),
    )) ?? [null]
    tags.forEach((tag, i) => {
      this.fences.raise(tag, Number(positions[i] ?? 0))
    })
    const stored = raw ? parseStored(storedSchema, raw) : undefined
    if (!stored) return undefined
    const { v, t, p, a } = stored
    if (this.clock.nowMs() - a >= freshMs || !this.fences.hold(t, p)) return undefined
    return { value: v as T, tags: t, position: p, asOfMs: a }
  }

  async set<T>(key: string, { value, tags, position, asOfMs }: Loaded<T>, lifeMs: number): Promise<void> {
    const stored = JSON.stringify({ v: value, t: tags, p: position, a: asOfMs })
    await this.#try(() => this.redis.set(this.#valueKey(key), stored, 'PX', lifeMs))
  }

  #valueKey(key: string) {
    return `${this.prefix}v:${key}`
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
