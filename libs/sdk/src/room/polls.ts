import type { LinkEffect } from './link-events.js'
import { backoff, times } from './link-times.js'

/** When to poll: as often as the platform asks for, less often while nobody looks, and one poll at a time. */
export class Polls {
  readonly #random: () => number
  #on = false
  #answered = false
  #underWay = false
  #failures = 0
  #hidden = false

  constructor(random: () => number) {
    this.#random = random
  }

  get on(): boolean {
    return this.#on
  }

  /** The last one was answered. */
  get fine(): boolean {
    return this.#on && this.#answered && this.#failures === 0
  }

  begin(): LinkEffect[] {
    if (this.#on) return []
    this.#on = true
    this.#answered = false
    this.#failures = 0
    return this.now()
  }

  now(): LinkEffect[] {
    if (!this.#on || this.#underWay) return []
    this.#underWay = true
    return [{ do: 'poll' }]
  }

  answered(pollAfterMs: number): LinkEffect[] {
    this.#underWay = false
    if (!this.#on) return []
    this.#answered = true
    this.#failures = 0
    const asked = Math.min(times.pollMostMs, Math.max(times.pollLeastMs, pollAfterMs))
    // Never sooner than asked: the answer would be the one that is here.
    const ms = Math.max(asked, this.#hidden ? times.hiddenMs : 0) * (1 + times.pollSpread * this.#random())
    return [{ do: 'timer', name: 'poll', ms }]
  }

  failed(retryAfterMs: number): LinkEffect[] {
    this.#underWay = false
    if (!this.#on) return []
    const ms = Math.min(retryAfterMs, times.stayAwayMs) + backoff(++this.#failures, this.#random)
    return [{ do: 'timer', name: 'poll', ms }]
  }

  seen(hidden: boolean): LinkEffect[] {
    this.#hidden = hidden
    return hidden || !this.#on ? [] : [{ do: 'no-timer', name: 'poll' }, ...this.now()]
  }

  end(): LinkEffect[] {
    this.#on = false
    return [{ do: 'no-timer', name: 'poll' }]
  }
}
