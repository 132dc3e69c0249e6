import type { Clock } from '@gala/kernel'

/** Tickets this process remembers to have taken: some 20 MB. */
const rememberedMax = 200_000

/** The part of a Redis connection this needs. */
export interface Marks {
  set(key: string, value: string, px: 'PX', ttlMs: number, nx: 'NX'): Promise<unknown>
}

/**
 * Which tickets have been taken: by this process, and by all others of its data centre while Redis answers. When it does not, the
 * short life of a ticket is all that keeps it from being used at another process: a room that nobody gets into would be worse.
 */
export class UsedTickets {
  /** With when they may be forgotten, in the order they came. */
  readonly #taken = new Map<string, number>()

  constructor(
    private readonly redis: Marks,
    private readonly keyPrefix: string,
    private readonly clock: Clock,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** False when it has been taken before. */
  async use(id: string, untilMs: number): Promise<boolean> {
    if (this.#taken.has(id)) return false
    this.#forget()
    this.#taken.set(id, untilMs)
    try {
      const ttlMs = Math.max(1, untilMs - this.clock.nowMs())
      return (await this.redis.set(`${this.keyPrefix}ticket:${id}`, '1', 'PX', ttlMs, 'NX')) !== null
    } catch (error) {
      this.onError(error)
      return true
    }
  }

  get size(): number {
    return this.#taken.size
  }

  /** Two at a time: more than come. Those that last longer keep others behind them for a while, until there are too many. */
  #forget() {
    const nowMs = this.clock.nowMs()
    let looked = 0
    for (const [id, untilMs] of this.#taken) {
      if (this.#taken.size < rememberedMax && (untilMs > nowMs || looked >= 2)) return
      this.#taken.delete(id)
      looked++
    }
  }
}
