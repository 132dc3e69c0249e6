import { type Clock, randomUnit } from '@gala/kernel'
import type { Budget, Lease } from './budget.js'
import { ComeBack, type Decision } from './decision.js'
import type { Limit } from './limit.js'
import { type Pace, paceOf, TokenBucket } from './token-bucket.js'
import { WaitingLine } from './waiting-line.js'

/** Tokens that were not spent within this time of the last lease go back: others may want them. */
export const leaseMs = 1_000
/** So many requests are to share one ask; more than the promised fifty, for the asks that bring little. */
const requestsPerTrip = 60
/** A block is meant to last this long, and the next one is asked for when this much of the demand is left. */
const lastsMs = 100
const aheadMs = 25
/** A lease in use is renewed this long before it ends. */
const renewMs = leaseMs / 4
/** How often a budget that has nothing may be asked, at most and at least. */
const scarceMs = { least: 20, most: 250 }
/** A budget that did not answer is asked again after this and up to half as much again. */
const againMs = 500
/** Demand is not measured over less: the first request of a key would look like a flood. */
const measuredMs = 20

/** What all keys of one limit have in common in one process. */
export interface Common {
  readonly limit: Required<Limit>
  readonly pace: Pace
  readonly budget: Budget
  readonly clock: Clock
  readonly instance: string
  readonly counts: { admitted: number; refused: number; trips: number; failed: number; waiting: number }
  /** Processes of this limit, as last heard of; also what a key starts with that the budget has not told about. */
  holders(told?: number): number
}

/** What one process holds of one key: leased tokens, what it knows of the budget, and who waits for more. */
export class Holding {
  #tokens = 0
  #goodUntilMs = Number.NEGATIVE_INFINITY
  #low = 0
  #asking = false
  #askedMs = 0
  /** Not asked before then: it had nothing to give, or did not answer. */
  #askFromMs = Number.NEGATIVE_INFINITY
  /** While the budget does not answer. It starts empty: the last block was part of what others are refused for. */
  #portion: TokenBucket | undefined
  #demandPerMs = 0
  #seen = 0
  #seenSinceMs: number
  readonly #comeBack = new ComeBack()
  readonly #line: WaitingLine

  constructor(
    private readonly key: string,
    private readonly common: Common,
    nowMs: number,
  ) {
    this.#seenSinceMs = nowMs - measuredMs
    this.#line = new WaitingLine(common, () => this.#serve())
  }

  get alone() {
    return this.#portion !== undefined
  }

  take(cost: number, nowMs: number): Decision {
    this.#seen += cost
    // Who waits came first.
    return this.#line.length === 0 && this.#spend(cost, nowMs) ? this.#admitted() : this.#refused(cost, nowMs)
  }

  admit(cost: number, nowMs: number): Decision | Promise<Decision> {
    this.#seen += cost
    if (this.#line.length === 0 && this.#spend(cost, nowMs)) return this.#admitted()
    const { limit } = this.common
    // To wait for what will not be there in time would only take longer to be refused.
    const hopeless = nowMs < this.#askFromMs && (this.#line.cost + cost) * this.#perTokenMs() > limit.waitMaxMs
    if (hopeless || (this.alone && limit.away === 'closed')) return this.#refused(cost, nowMs)
    const waiting = this.#line.join(cost, nowMs + limit.waitMaxMs, (served) => {
      const endMs = this.common.clock.monotonicMs()
      return served || this.#openFor(endMs) ? this.#admitted() : this.#refused(cost, endMs)
    })
    if (!waiting) return this.#refused(cost, nowMs)
    this.#wakeInTime(nowMs)
    return waiting
  }

  /** Gives back what was not spent in its time. */
  sweep(nowMs: number) {
    if (this.#tokens > 0 && nowMs >= this.#goodUntilMs) void this.giveBack()
  }

  /** Gives back everything; whoever waits is refused when `closing`. What is lost on the way is lost: never admitted twice. */
  giveBack(closing = false): Promise<unknown> {
    const { rate, burst } = this.common.limit
    const { key, common } = this
    const back = this.#tokens
    this.#tokens = 0
    if (closing) this.#line.close()
    if (back === 0) return Promise.resolve()
    common.counts.trips++
    const ask = { key, rate, burst, want: 0, least: 1, back, instance: common.instance, alone: false }
    return common.budget.lease(ask).catch(() => common.counts.failed++)
  }

  #spend(cost: number, nowMs: number): boolean {
    if (this.#tokens >= cost && nowMs < this.#goodUntilMs) {
      this.#tokens -= cost
      if (this.#tokens < this.#low || nowMs >= this.#goodUntilMs - renewMs) this.#ask(1, nowMs)
      return true
    }
    this.#ask(cost - (nowMs < this.#goodUntilMs ? this.#tokens : 0), nowMs)
    if (!this.#portion) return false
    const { away } = this.common.limit
    return away === 'open' || (away === 'portion' && this.#portion.take(cost, nowMs))
  }

  /** One ask at a time, and none while it is known that there is nothing. */
  #ask(least: number, nowMs: number) {
    if (this.#asking || nowMs < this.#askFromMs) return
    this.#asking = true
    this.#askedMs = nowMs
    const { limit, budget, instance, counts, clock } = this.common
    const { rate, burst } = limit
    counts.trips++
    let back = 0
    if (nowMs >= this.#goodUntilMs) {
      back = this.#tokens
      this.#tokens = 0
    }
    const want = this.#want(least, nowMs)
    const ask = { key: this.key, rate, burst, want, least, back, instance, alone: this.alone }
    budget.lease(ask).then(
      (lease) => this.#granted(lease),
      () => this.#unanswered(clock.monotonicMs()),
    )
  }

  /** What fills up a block: the demand of a tenth of a second, or enough for `requestsPerTrip` if they come within the lease. */
  #want(least: number, nowMs: number): number {
    const sinceMs = Math.max(nowMs - this.#seenSinceMs, measuredMs)
    this.#demandPerMs = (this.#demandPerMs + this.#seen / sinceMs) / 2
    this.#seen = 0
    this.#seenSinceMs = nowMs
    const ahead = this.#demandPerMs * aheadMs
    const step = Math.min(Math.max(this.#demandPerMs * lastsMs, requestsPerTrip), this.#demandPerMs * leaseMs)
    const block = Math.min(Math.ceil(Math.max(ahead + step, this.#line.cost)), this.common.limit.blockMax)
    this.#low = Math.min(ahead, block / 2)
    return Math.max(block - this.#tokens, least)
  }

  #granted({ granted, waitMs, holders }: Lease) {
    this.#asking = false
    this.#portion = undefined
    this.common.holders(holders)
    this.#tokens += granted
    this.#goodUntilMs = this.#askedMs + leaseMs
    const nowMs = this.common.clock.monotonicMs()
    if (waitMs === 0) return this.#serve()
    const soonestMs = nowMs + Math.max(waitMs, scarceMs.least)
    this.#askFromMs = Math.max(soonestMs, nowMs + Math.min(requestsPerTrip / this.#demandPerMs, scarceMs.most))
    this.#serve()
    // Whoever waits longest gets another chance before giving up.
    this.#askFromMs = Math.max(soonestMs, Math.min(this.#askFromMs, this.#line.firstUntilMs - scarceMs.least))
    this.#wakeInTime(nowMs)
  }

  #unanswered(nowMs: number) {
    this.#asking = false
    this.common.counts.failed++
    this.#askFromMs = nowMs + againMs * (1 + randomUnit() / 2)
    if (!this.#portion) {
      const { limit } = this.common
      const holders = this.common.holders()
      const pace = paceOf(limit.rate / holders, Math.max(1, limit.burst / holders))
      this.#portion = new TokenBucket(pace, nowMs + pace.spanMs)
    }
    this.#serve()
  }

  /** An ask that is out for as long as anybody may wait counts as unanswered: an open limit does not refuse for it. */
  #openFor(nowMs: number) {
    const { away, waitMaxMs } = this.common.limit
    return away === 'open' && this.#asking && nowMs - this.#askedMs >= waitMaxMs
  }

  /** Whoever waits, in order, as far as there is something to spend. */
  #serve() {
    const nowMs = this.common.clock.monotonicMs()
    this.#line.serve(nowMs, (cost) => this.#spend(cost, nowMs))
    this.#wakeInTime(nowMs)
  }

  /** While an ask is under way its answer wakes us. */
  #wakeInTime(nowMs: number) {
    const cost = this.#line.firstCost
    if (cost === undefined) return
    const portionMs = this.#portion ? nowMs + this.#portion.waitMs(cost, nowMs) : Number.POSITIVE_INFINITY
    this.#line.wakeAt(Math.min(portionMs, this.#asking ? Number.POSITIVE_INFINITY : this.#askFromMs), nowMs)
  }

  #admitted(): Decision {
    this.common.counts.admitted++
    return { admitted: true, remaining: this.#tokens }
  }

  #refused(cost: number, nowMs: number): Decision {
    this.common.counts.refused++
    const closed = this.alone && this.common.limit.away === 'closed'
    const earliestMs = closed ? this.#askFromMs : nowMs
    const retryAfterMs = this.#comeBack.next(cost, nowMs, earliestMs, this.#perTokenMs())
    return { admitted: false, retryAfterMs, remaining: this.#tokens }
  }

  /** How far apart tokens come for this process, when everybody asks for as many. */
  #perTokenMs() {
    return this.common.pace.perTokenMs * this.common.holders()
  }
}
