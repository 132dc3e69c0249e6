import type { Criticality } from '@gala/contracts'
import type { Clock } from '@gala/kernel'

/** How a call ended: with any answer; without one in time, with a failure, or turned away over there; or it was not made. */
export type Outcome = 'answered' | 'lost' | 'unmade'

export interface ConcurrencyLimitOptions {
  clock: Clock
  /** Calls in flight at the start. */
  startAt?: number
  /** Never fewer: where neighbours stretch a call to 100 ms, 32 at a time are still 320 a second. */
  min?: number
  max?: number
  /** A call this fast is no reason to shrink, however much faster calls once were: 200 ms leave time for another attempt. */
  easyMs?: number
  /** A call slower than this, half of what a viewer waits, is reason to shrink, however slow calls have been for long. */
  guardMs?: number
}

const windowMs = 100
const callsMin = 8
/** With fewer calls than `callsMin`, a window may last so long. */
const windowMsMax = 1_000
/** How much slower than usual is still usual. */
const tolerance = 2
/** How fast what is usual follows: down within a second, when a way proves faster, and up within ten. */
const followDown = 0.1
const followUp = 0.01
/** How much of the limit a class may fill: what is more important is not held up by what is less. */
const roomOf: Record<Criticality, number> = {
  'critical-plus': 3,
  critical: 1,
  'sheddable-plus': 0.85,
  sheddable: 0.7,
}

/**
 * How many calls may be in flight towards something, learned from how it answers. Of the gradient family (Netflix
 * concurrency-limits): the limit shrinks as calls get slower than usual and grows by its square root while they do not.
 * Where it differs:
 *
 * - Calls that are lost shrink it by their share, however fast they are lost.
 * - Above `guardMs` it shrinks whatever is usual. A limit that only compares learns that slow is usual, and climbs while
 *   everything times out (Netflix/concurrency-limits#137).
 * - It grows only while at least half of it is used: an idle night proves nothing.
 */
export class ConcurrencyLimit {
  readonly #options: Required<ConcurrencyLimitOptions>
  #limit: number
  #usualMs = Number.NaN
  #window = emptyWindow(0)
  inFlight = 0
  asked = 0
  refused = 0

  constructor({ clock, startAt = 64, min = 32, max = 1_024, easyMs = 200, guardMs = 500 }: ConcurrencyLimitOptions) {
    this.#options = { clock, startAt, min, max, easyMs, guardMs }
    this.#limit = startAt
    this.#window = emptyWindow(clock.monotonicMs())
  }

  get limit(): number {
    return Math.floor(this.#limit)
  }

  /** Lets a call begin; call what is returned once, when it has ended. Undefined: there is no room. */
  enter(criticality: Criticality): ((outcome: Outcome) => void) | undefined {
    this.asked++
    if (this.inFlight >= Math.floor(this.#limit * roomOf[criticality])) {
      this.refused++
      return undefined
    }
    this.inFlight++
    const window = this.#window
    window.mostInFlight = Math.max(window.mostInFlight, this.inFlight)
    const fromMs = this.#options.clock.monotonicMs()
    return (outcome) => this.#leave(fromMs, outcome)
  }

  #leave(fromMs: number, outcome: Outcome) {
    const nowMs = this.#options.clock.monotonicMs()
    const window = this.#window
    this.inFlight--
    if (outcome === 'unmade') return
    window.calls++
    window.tookMs += nowMs - fromMs
    if (outcome === 'lost') window.lost++
    const ms = nowMs - window.fromMs
    if (ms < windowMs || (window.calls < callsMin && ms < windowMsMax)) return
    this.#adapt(window)
    this.#window = emptyWindow(nowMs)
    this.#window.mostInFlight = this.inFlight
  }

  #adapt({ calls, lost, tookMs, mostInFlight }: Window) {
    const { min, max, easyMs, guardMs } = this.#options
    const meanMs = tookMs / calls
    const lostShare = lost / calls
    const usualMs = this.#follow(meanMs)
    let limit = this.#limit
    if (meanMs > guardMs) limit *= Math.max(0.5, guardMs / meanMs)
    else if (meanMs > easyMs && meanMs > usualMs * tolerance) limit *= Math.max(0.8, (usualMs * tolerance) / meanMs)
    else if (lost === 0 && mostInFlight >= limit / 2) limit += Math.sqrt(limit)
    this.#limit = Math.min(max, Math.max(min, limit * (1 - lostShare / 2)))
  }

  #follow(meanMs: number): number {
    const before = Number.isNaN(this.#usualMs) ? meanMs : this.#usualMs
    this.#usualMs = before + (meanMs - before) * (meanMs < before ? followDown : followUp)
    return this.#usualMs
  }
}

interface Window {
  fromMs: number
  calls: number
  lost: number
  tookMs: number
  mostInFlight: number
}

const emptyWindow = (fromMs: number): Window => ({ fromMs, calls: 0, lost: 0, tookMs: 0, mostInFlight: 0 })
