import type { BreakerMode, BreakerState } from '@gala/contracts'
import { type Clock, randomUnit } from '@gala/kernel'
import { Evidence } from './evidence.js'
import type { BreakerPolicy } from './policy.js'
import { RepairTime } from './repair-time.js'

/** What a call said of the dependency. `ignored`: nothing, because the caller was at fault or went away. */
export type Verdict = 'success' | 'failure' | 'ignored'

/** Leave to make one call, given in one state of the breaker. */
export interface Permit {
  readonly generation: number
  readonly startedMs: number
  /** False once its result is in: a second one is of no account. */
  open: boolean
}

export interface Transition {
  from: BreakerState
  to: BreakerState
  reason: string
}

type HalfOpen = { is: 'half-open'; succeeded: number; probes: Permit[]; askedMs: number }
/** `asked` and `good` count this step's calls that say something, and those that said something good. */
type Ramping = { is: 'ramping'; step: number; sinceMs: number; credit: number; asked: number; good: number }
type State = { is: 'closed' } | { is: 'open'; untilMs: number } | HalfOpen | Ramping

/** Of a share of the traffic there are few calls: so many are enough to see that it was let back too early. */
const rampMinCalls = 4
/**
 * Half-open, and nobody has called for so long: what was known of the dependency is of no use any more. A way that is kept for
 * a fail-over must not begin with a hundredth of the traffic on the day it is needed.
 */
const forgetMs = 30_000
/** Less trouble of its own than this is no part in the trouble of others. */
const suspectMin = 3
/** Generation of a permit whose result counts for nothing. */
const uncounted = -1

/**
 * Owns the state of one circuit breaker: closed → open → half-open → ramping → closed.
 *
 * No timer moves it. Its state follows from what it was told and the time it is asked, so it cannot be stuck behind a timer
 * that was lost or a call that hangs. Every permit carries the generation it was given in, and a result counts in that
 * generation only: what a call from before the trip says of the time after it is not asked.
 */
export class Governor {
  readonly totals = { admitted: 0, refused: 0, succeeded: 0, failed: 0, slow: 0, ignored: 0, fenced: 0, trips: 0 }
  readonly #evidence: Evidence
  readonly #repair: RepairTime
  #state: State = { is: 'closed' }
  #mode: BreakerMode = 'auto'
  #generation = 0
  #sinceMs: number
  #reason: string | null = null
  #alertUntilMs = Number.NEGATIVE_INFINITY
  /** Told of every transition, after it. */
  onTransition: (transition: Transition) => void = () => {}
  /** Told of every result that says something, for evidence about several breakers at once. */
  onResult: (failed: boolean, slow: boolean) => void = () => {}

  constructor(
    readonly policy: BreakerPolicy,
    private readonly clock: Pick<Clock, 'monotonicMs'>,
    private readonly random: () => number = randomUnit,
  ) {
    this.#evidence = new Evidence(policy)
    this.#repair = new RepairTime(policy, random)
    this.#sinceMs = clock.monotonicMs()
  }

  /** Leave to call, or undefined: refused. Every permit has to be given back through `settle`. */
  admit(): Permit | undefined {
    const nowMs = this.#turn()
    const permit = this.#mode === 'auto' ? this.#admit(this.#state, nowMs) : this.#admitByOrder(nowMs)
    if (permit) this.totals.admitted++
    else this.totals.refused++
    return permit
  }

  /** What became of the call. Slow is what took `slowMs` since its permit. */
  settle(permit: Permit, verdict: Verdict) {
    if (!permit.open) return
    permit.open = false
    const nowMs = this.#turn()
    const failed = verdict === 'failure'
    const slow = verdict !== 'ignored' && nowMs - permit.startedMs >= this.policy.slowMs
    this.#total(verdict, slow)
    if (verdict !== 'ignored') this.onResult(failed, slow)
    if (this.fenced(permit)) {
      if (permit.generation !== uncounted) this.totals.fenced++
      return
    }
    const state = this.#state
    if (state.is === 'half-open') return this.#probed(state, permit, verdict, slow, nowMs)
    if (state.is === 'ramping') {
      if (verdict === 'success') state.good++
      else if (verdict === 'ignored' && permit.startedMs >= state.sinceMs) state.asked--
    }
    if (verdict === 'ignored') return
    this.#evidence.add(nowMs, failed, slow)
    const reason = this.#against(nowMs)
    if (reason !== undefined) this.#open(nowMs, reason)
  }

  /** Opens it because of what was seen elsewhere, if it has seen some of that itself. */
  suspect(reason: string) {
    const nowMs = this.#turn()
    const { calls, failures, slow } = this.#evidence.sums(nowMs)
    const { failureRatio, slowRatio } = this.policy
    const seen = failures + slow >= suspectMin
    const troubled = seen && (failures / calls >= failureRatio || slow / calls >= slowRatio)
    if (this.#mode !== 'forced-closed' && this.#state.is === 'closed' && troubled) this.#open(nowMs, reason)
  }

  /** Another process has seen the same dependency fail: for one window half the evidence is enough here. */
  hintTripped() {
    this.#alertUntilMs = this.clock.monotonicMs() + this.policy.windowMs
  }

  /** Another process has seen it work again: it is probed soon, whatever was learned. */
  hintRecovered() {
    const nowMs = this.#turn()
    if (this.#state.is !== 'open') return
    // Spread, so that a fleet that is told at once does not probe at once.
    this.#state.untilMs = Math.min(this.#state.untilMs, nowMs + this.random() * this.policy.openMinMs)
  }

  /** What it is to do from now on. Released, it begins anew: from closed, or after forced-open with probes. */
  set mode(mode: BreakerMode) {
    if (mode === this.#mode) return
    const nowMs = this.#turn()
    const released = this.#mode
    this.#mode = mode
    this.#sinceMs = nowMs
    if (released === 'forced-open') this.#enter(halfOpen(nowMs), nowMs, 'released')
    else if (mode === 'forced-closed') this.#enter({ is: 'closed' }, nowMs, 'forced closed')
    if (mode === 'forced-open' || mode === 'forced-closed') this.#repair.forget()
  }

  get mode(): BreakerMode {
    return this.#mode
  }

  get state(): BreakerState {
    this.#turn()
    return this.#mode === 'forced-open' ? 'open' : this.#state.is
  }

  /** For people. Times are monotonic milliseconds. */
  get view() {
    const nowMs = this.#turn()
    const state = this.#state
    return {
      state: this.state,
      sinceMs: this.#sinceMs,
      reason: this.#reason,
      admitted: this.#share,
      nextProbeMs: state.is === 'open' && this.#mode !== 'forced-open' ? state.untilMs : null,
      probing: state.is === 'half-open' ? state.probes.length : 0,
      repairMs: this.#repair.learnedMs ?? null,
      window: { ...this.#evidence.sums(nowMs) },
    }
  }

  get #share(): number {
    if (this.#mode !== 'auto') return this.#mode === 'forced-open' ? 0 : 1
    if (this.#state.is === 'ramping') return this.policy.ramp[this.#state.step] ?? 1
    return this.#state.is === 'closed' ? 1 : 0
  }

  /** Whether the result of this permit says nothing of the present. */
  protected fenced({ generation }: Permit): boolean {
    return generation !== this.#generation
  }

  #admit(state: State, nowMs: number): Permit | undefined {
    switch (state.is) {
      case 'closed':
        return this.#permit(nowMs)
      case 'open':
        return undefined
      case 'half-open': {
        state.askedMs = nowMs
        if (state.succeeded + state.probes.length >= this.policy.probes) return undefined
        const probe = this.#permit(nowMs)
        state.probes.push(probe)
        return probe
      }
      case 'ramping': {
        state.credit += this.policy.ramp[state.step] ?? 1
        if (state.credit < 1) return undefined
        state.credit--
        state.asked++
        return this.#permit(nowMs)
      }
    }
  }

  #admitByOrder(nowMs: number): Permit | undefined {
    if (this.#mode === 'forced-open') return undefined
    if (this.#mode === 'forced-closed') return this.#permit(nowMs)
    return this.#admit(this.#state, nowMs) ?? { generation: uncounted, startedMs: nowMs, open: true }
  }

  #permit(startedMs: number): Permit {
    return { generation: this.#generation, startedMs, open: true }
  }

  /** Does what the time asks for, and tells the time. */
  #turn(): number {
    const nowMs = this.clock.monotonicMs()
    const state = this.#state
    if (state.is === 'closed' || this.#mode === 'forced-open') return nowMs
    if (state.is === 'open') {
      if (nowMs >= state.untilMs + forgetMs) this.#forget(nowMs)
      else if (nowMs >= state.untilMs) this.#enter(halfOpen(state.untilMs), nowMs, 'time to probe')
    } else if (state.is === 'half-open') {
      const hung = state.probes.some(({ startedMs }) => nowMs - startedMs >= this.policy.probeDeadlineMs)
      if (hung) this.#open(nowMs, 'a probe was not answered')
      else if (state.probes.length === 0 && nowMs - state.askedMs >= forgetMs) this.#forget(nowMs)
    } else if (nowMs >= state.sinceMs + this.policy.rampStepMs) this.#stepUp(state, nowMs)
    return nowMs
  }

  /** A step is over. Calls it let through have to have shown something good before the next one lets more through. */
  #stepUp({ step, asked, good, sinceMs }: Ramping, nowMs: number) {
    if (asked > 0 && good === 0) {
      const { rampStepMs, probeDeadlineMs } = this.policy
      if (nowMs >= sinceMs + rampStepMs + probeDeadlineMs) this.#open(nowMs, 'no call of a step was answered')
    } else if (step + 1 < this.policy.ramp.length) this.#state = rampStep(step + 1, nowMs)
    else this.#recovered(nowMs)
  }

  #probed(state: HalfOpen, permit: Permit, verdict: Verdict, slow: boolean, nowMs: number) {
    state.probes = state.probes.filter((probe) => probe !== permit)
    if (verdict === 'ignored') return
    if (verdict === 'failure') return this.#open(nowMs, 'a probe failed')
    if (slow) return this.#open(nowMs, 'a probe was slow')
    if (++state.succeeded < this.policy.probes) return
    this.#repair.recovered(nowMs)
    if (this.policy.ramp.length > 0) this.#enter(rampStep(0, nowMs), nowMs, 'probes succeeded')
    else this.#recovered(nowMs)
  }

  #against(nowMs: number): string | undefined {
    if (this.#mode === 'forced-closed') return undefined
    const { minCalls } = this.policy
    const enough = this.#state.is === 'ramping' ? Math.min(rampMinCalls, minCalls) : minCalls
    return this.#evidence.against(nowMs, enough, nowMs < this.#alertUntilMs ? 2 : 1)
  }

  #forget(nowMs: number) {
    this.#repair.forget()
    this.#enter({ is: 'closed' }, nowMs, 'nobody has called for long')
  }

  #recovered(nowMs: number) {
    this.#repair.over()
    this.#enter({ is: 'closed' }, nowMs, 'recovered')
  }

  #open(nowMs: number, reason: string) {
    const waitMs = this.#repair.failed(nowMs, this.#evidence.troubledSinceMs(nowMs))
    this.totals.trips++
    this.#reason = reason
    this.#enter({ is: 'open', untilMs: nowMs + waitMs }, nowMs, reason)
  }

  #enter(state: State, nowMs: number, reason: string) {
    const from = this.#state.is
    this.#state = state
    this.#generation++
    this.#evidence.clear()
    if (from === state.is) return
    this.#sinceMs = nowMs
    this.onTransition({ from, to: state.is, reason })
  }

  #total(verdict: Verdict, slow: boolean) {
    if (verdict === 'success') this.totals.succeeded++
    else if (verdict === 'failure') this.totals.failed++
    else this.totals.ignored++
    if (slow) this.totals.slow++
  }
}

const halfOpen = (askedMs: number): HalfOpen => ({ is: 'half-open', succeeded: 0, probes: [], askedMs })

/** The first call of a step passes: with little traffic, a hundredth of it may be none at all. */
const rampStep = (step: number, sinceMs: number): Ramping => ({
  is: 'ramping',
  step,
  sinceMs,
  credit: 1,
  asked: 0,
  good: 0,
})
