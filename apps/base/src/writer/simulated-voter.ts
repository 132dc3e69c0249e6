import type { Clock } from '@gala/kernel'
import type { Ask, Ballot, Look, Wish, Word } from './votes.js'

/** The same rules as the script in Redis, without a Redis. */
export class SimulatedVoter {
  readonly #none: Ballot = {
    ...{ holder: '', dc: '', token: 0, round: 0, leftMs: 0, safe: false, next: '', closedMs: 0, openedMs: 0 },
    before: undefined,
  }
  #ballot = this.#none
  #untilMs = 0
  #bornMs = Number.NEGATIVE_INFINITY
  ask: Ask | undefined

  constructor(
    private readonly world: { clock: Pick<Clock, 'nowMs'> },
    private readonly name: string,
    private readonly leaseMs: number,
  ) {}

  /** Without any memory. */
  restart() {
    this.#ballot = this.#none
    this.#untilMs = 0
    this.#bornMs = this.world.clock.nowMs()
  }

  vote({ act, holder, dc, token, round, safe, next, open }: Wish): Look & { done: boolean } {
    const nowMs = this.world.clock.nowMs()
    const { name, ask } = this
    if (nowMs - this.#bornMs < this.leaseMs + 1_000) {
      return { name, ballot: undefined, state: 'young', ask: undefined, tookMs: 0, done: false }
    }
    const own = this.#ballot.holder === holder && this.#ballot.token === token
    let done = false
    if (act === 'take' && (own || (this.#untilMs <= nowMs && token > this.#ballot.token))) {
      const is = this.#ballot
      const before = !own && is.openedMs > 0 ? wordOf(is) : is.before
      const openedMs = (own && is.openedMs) || (open ? nowMs : 0)
      this.#ballot = { ...is, holder, dc, token, round, safe, next: '', before, openedMs }
      this.#untilMs = nowMs + this.leaseMs
      done = true
    } else if (act === 'give' && own) {
      this.#ballot = { ...this.#ballot, next, round }
      this.#untilMs = 0
      done = true
    } else if (act === 'opened' && own) {
      this.#ballot = { ...this.#ballot, openedMs: nowMs }
      done = true
    }
    const ballot = { ...this.#ballot, leftMs: Math.max(0, this.#untilMs - nowMs) }
    return { name, ballot, state: 'votes', ask, tookMs: 0, done }
  }
}

const wordOf = ({ dc, token, round, safe, next }: Word): Word => ({ dc, token, round, safe, next })
