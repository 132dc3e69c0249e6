import type { LimitReport } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import { LRUCache } from 'lru-cache'
import { type Budget, holderMs } from './budget.js'
import type { Decision } from './decision.js'
import { type Common, Holding, leaseMs } from './holding.js'
import { complete, type Limit } from './limit.js'
import { paceOf } from './token-bucket.js'

export interface LimiterOptions {
  clock: Clock
  budget: Budget
  /** Name of this process, unlike any other's. */
  instance: string
  /** Processes to expect as long as the budget has told of none; for a process that starts while it is away. */
  instancesExpected?: number
}

/**
 * A limit for a whole data centre, decided in this process: tokens come in blocks, leased from the budget ahead of need.
 *
 * With a budget that answers, and whatever processes crash, over any time [0, T]:
 *
 *     admitted ≤ burst + rate × T
 *
 * because the budget grants no more than that, less what was given back, and a token is granted to one process, spent once
 * or given back once. A crash loses tokens; it makes none. A budget that loses its memory starts empty
 * (`Budget`), so that adds nothing either. Between any two moments the tokens processes hold at the first come
 * on top: at most processes × blockMax (or the largest cost).
 *
 * While the budget does not answer a process, `away: 'portion'` lets it admit rate ÷ holders from an empty bucket. As long as it
 * answers nobody, these portions together are the rate, and the bound holds as it stands. A portion spent while others are
 * answered comes on top, so all in all
 *
 *     admitted ≤ burst + rate × T + Σ over processes of rate ÷ holders × (time alone while the budget answered others)
 *
 * provided that no more processes are alone than held the limit before. `open` has no bound meanwhile, `closed` admits nothing.
 *
 * Asks per request are at most one in fifty for a key that gets 75 requests a second or more in this process and whose blocks
 * (`blockMax`) hold sixty; a key with less is asked for four times a second at most.
 */
export class Limiter {
  readonly #holdings: LRUCache<string, Holding>
  readonly #common: Common
  readonly #stop: () => void

  constructor(limit: Limit, { clock, budget, instance, instancesExpected = 1 }: LimiterOptions) {
    const whole = complete(limit)
    const counts = { admitted: 0, refused: 0, trips: 0, failed: 0, waiting: 0 }
    const holders = highest(clock, instancesExpected)
    const pace = paceOf(whole.rate, whole.burst)
    this.#common = { limit: whole, pace, budget, clock, instance, counts, holders }
    // A key that is dropped gives its tokens back and starts with none when it returns: the maximum costs trips, no tokens.
    this.#holdings = new LRUCache({ max: whole.keysMax, dispose: (holding) => void holding.giveBack() })
    this.#stop = clock.every(leaseMs / 2, () => this.#sweep())
  }

  /**
   * Decides at once, from what is held here. The first request of a key finds nothing held: `admit` waits for the block.
   * @throws RangeError when `cost` is no whole number from 1 to the burst.
   */
  take(key: string, cost = 1): Decision {
    this.#check(cost)
    const nowMs = this.#common.clock.coarseMs()
    return (this.#holdings.get(key) ?? this.#open(key, nowMs)).take(cost, nowMs)
  }

  /**
   * The same, but a request for which there is nothing yet waits its turn, in order of arrival, if it can be served within
   * `waitMaxMs`; nobody overtakes, not even through `take`. Never rejects.
   * @throws RangeError when `cost` is no whole number from 1 to the burst.
   */
  admit(key: string, cost = 1): Decision | Promise<Decision> {
    this.#check(cost)
    const nowMs = this.#common.clock.monotonicMs()
    return (this.#holdings.get(key) ?? this.#open(key, nowMs)).admit(cost, nowMs)
  }

  get report(): LimitReport {
    const { limit, counts } = this.#common
    const { admitted, refused, trips } = counts
    const alone = [...this.#holdings.values()].some((holding) => holding.alone)
    return { name: limit.name, keys: this.#holdings.size, admitted, refused, trips, alone }
  }

  /** Gives back what is held; whoever waits is refused. */
  async close() {
    this.#stop()
    await Promise.all([...this.#holdings.values()].map((holding) => holding.giveBack(true)))
  }

  #open(key: string, nowMs: number): Holding {
    const holding = new Holding(`${this.#common.limit.name}:${key}`, this.#common, nowMs)
    this.#holdings.set(key, holding)
    return holding
  }

  #sweep() {
    const nowMs = this.#common.clock.monotonicMs()
    for (const holding of this.#holdings.values()) holding.sweep(nowMs)
  }

  #check(cost: number) {
    if (!Number.isInteger(cost) || cost < 1 || cost > this.#common.limit.burst)
      throw new RangeError('a cost is a whole number from 1 to the burst')
  }
}

/** The highest number told within the last `holderMs`: a key few ask for says less of how many share the limit. */
function highest(clock: Clock, atFirst: number): (told?: number) => number {
  let held = atFirst
  let untilMs = Number.NEGATIVE_INFINITY
  return (told) => {
    if (told === undefined) return held
    const nowMs = clock.monotonicMs()
    if (told >= held || nowMs > untilMs) {
      held = told
      untilMs = nowMs + holderMs
    }
    return held
  }
}
