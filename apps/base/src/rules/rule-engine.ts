/** When a signal raises, and when it lowers again. */
export interface Thresholds {
  raiseAbove: number
  raiseAfterMs: number
  lowerBelow: number
  lowerAfterMs: number
  /** Stays raised for so long at least. */
  dwellMs: number
}

/** What is remembered of a rule in one data centre, also by the next process that looks after it. Times in Unix milliseconds. */
export interface RuleState {
  raised: boolean
  sinceMs: number | null
  /** When it was lowered, within the time that counts as flapping; oldest first. */
  loweredAtMs: number[]
}

const flapWindowMs = 600_000
/** Held up sixteen times as long as the rule asks, at most: longer would outlast what made it flap. */
const dampingMax = 16
const rememberedMax = 32

/**
 * One rule in one data centre: two thresholds, each to be crossed for a while, and a least time between. A rule that has to be
 * raised again and again is held longer each time, because what it does is cheaper than doing it all over.
 */
export class RuleEngine {
  #state: RuleState = { raised: false, sinceMs: null, loweredAtMs: [] }
  #aboveSinceMs: number | undefined
  #belowSinceMs: number | undefined

  constructor(private readonly thresholds: Thresholds) {}

  get raised(): boolean {
    return this.#state.raised
  }

  get state(): RuleState {
    return this.#state
  }

  /** How often it was raised and lowered within the last ten minutes. */
  flaps(nowMs: number): number {
    return this.#state.loweredAtMs.filter((atMs) => nowMs - atMs < flapWindowMs).length
  }

  /** As another process left it; what it was just about to do begins anew. */
  restore(state: RuleState) {
    this.#state = { ...state, loweredAtMs: [...state.loweredAtMs] }
    this.#aboveSinceMs = undefined
    this.#belowSinceMs = undefined
  }

  /** `value` null: nobody could be asked, which is no reason to do anything. */
  observe(nowMs: number, value: number | null): 'raise' | 'lower' | undefined {
    const { raiseAbove, raiseAfterMs, lowerBelow, lowerAfterMs, dwellMs } = this.thresholds
    this.#aboveSinceMs = value !== null && value > raiseAbove ? (this.#aboveSinceMs ?? nowMs) : undefined
    this.#belowSinceMs = value !== null && value < lowerBelow ? (this.#belowSinceMs ?? nowMs) : undefined
    if (!this.raised) {
      if (this.#aboveSinceMs === undefined || nowMs - this.#aboveSinceMs < raiseAfterMs) return undefined
      this.#state = { ...this.#state, raised: true, sinceMs: nowMs }
      return 'raise'
    }
    const damping = Math.min(2 ** this.flaps(nowMs), dampingMax)
    if (this.#belowSinceMs === undefined || nowMs - this.#belowSinceMs < lowerAfterMs * damping) return undefined
    if (nowMs - (this.#state.sinceMs ?? 0) < dwellMs * damping) return undefined
    this.lower(nowMs)
    return 'lower'
  }

  lower(nowMs: number) {
    const counted = this.#state.loweredAtMs.filter((atMs) => nowMs - atMs < flapWindowMs)
    this.#state = { raised: false, sinceMs: nowMs, loweredAtMs: [...counted, nowMs].slice(-rememberedMax) }
    this.#aboveSinceMs = undefined
    this.#belowSinceMs = undefined
  }
}
