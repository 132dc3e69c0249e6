import type { BreakerMode, BreakerState } from '@gala/contracts'
import { seededRandom } from '@gala/kernel/testing'
import { describe, expect, it } from '@jest/globals'
import { Governor, type Permit, type Verdict } from './governor.js'
import { type BreakerPolicy, processPolicy } from './policy.js'

/**
 * Every order of a few events, and a hundred thousand long histories by chance, on a clock that only moves when told. What
 * holds after each event is in `Play.check`; a history that breaks it is printed with its seed.
 */
const policy: BreakerPolicy = {
  ...processPolicy,
  windowMs: 1_000,
  minCalls: 4,
  failuresInRow: 3,
  slowMs: 300,
  openMinMs: 100,
  openMaxMs: 2_000,
  repairGuessMs: 200,
  probes: 2,
  probeDeadlineMs: 500,
  ramp: [0.1, 0.5],
  rampStepMs: 200,
}

const legal: Record<BreakerState, BreakerState[]> = {
  closed: ['open'],
  open: ['half-open', 'closed'],
  'half-open': ['open', 'ramping', 'closed'],
  ramping: ['open', 'closed'],
}
const states = Object.keys(legal) as BreakerState[]
const modes: BreakerMode[] = ['auto', 'forced-open', 'forced-closed', 'observe']
const verdicts: Verdict[] = ['success', 'failure', 'ignored']

/** By when a healthy dependency has all its traffic again, wherever it starts from. */
const healedWithinMs =
  policy.openMaxMs * 1.2 +
  policy.probeDeadlineMs +
  (policy.ramp.length + 1) * (policy.rampStepMs + policy.probeDeadlineMs)

type Build = new (...args: ConstructorParameters<typeof Governor>) => Governor

class Play {
  readonly governor: Governor
  /** Permits under way, each with the number of transitions before it. */
  readonly out: { permit: Permit; at: number }[] = []
  #transitions = 0
  nowMs = 0
  #ordered = false
  readonly #told: string[] = []

  constructor(build: Build, random: () => number, more: Partial<BreakerPolicy> = {}) {
    this.governor = new build({ ...policy, ...more }, { monotonicMs: () => this.nowMs }, random)
    this.governor.onTransition = ({ from, to }) => {
      this.#transitions++
      if (!this.#ordered && !legal[from].includes(to)) this.#told.push(`illegal transition ${from} → ${to}`)
    }
  }

  pass(ms: number) {
    this.nowMs += ms
  }

  admit() {
    const before = this.governor.state
    const probing = this.governor.view.probing
    const permit = this.governor.admit()
    if (permit) this.out.push({ permit, at: this.#transitions })
    const { mode } = this.governor
    if (mode === 'forced-open' && permit) this.#told.push('admitted although forced open')
    if ((mode === 'forced-closed' || mode === 'observe') && !permit) this.#told.push(`refused although ${mode}`)
    if (mode !== 'auto') return
    if (before === 'open' && permit) this.#told.push('admitted while open')
    if (before === 'closed' && !permit) this.#told.push('refused while closed')
    if (before === 'half-open' && permit && probing >= policy.probes) this.#told.push('more probes than allowed')
  }

  settle(index: number, verdict: Verdict) {
    const [taken] = this.out.splice(index % Math.max(1, this.out.length), 1)
    if (!taken) return
    const before = this.#seen()
    const stale = taken.at !== this.#transitions
    this.governor.settle(taken.permit, verdict)
    const after = this.#seen()
    if (stale && before !== after) this.#told.push(`a result of an earlier state counted: ${before} → ${after}`)
    this.governor.settle(taken.permit, 'failure')
    if (after !== this.#seen()) this.#told.push('counted twice')
  }

  order(mode: BreakerMode) {
    this.#ordered = true
    this.governor.mode = mode
    this.#ordered = false
  }

  /** From wherever this has come to, a dependency that works gets its traffic back, though old calls never return. */
  heal() {
    this.order('auto')
    const fromMs = this.nowMs
    while (this.governor.state !== 'closed') {
      if (this.nowMs - fromMs > healedWithinMs) {
        this.#told.push(`stuck ${this.governor.state} although all calls succeed`)
        return
      }
      this.pass(40)
      const permit = this.governor.admit()
      if (permit) this.governor.settle(permit, 'success')
    }
  }

  get wrong(): string[] {
    return this.#told
  }

  /** State and evidence as one number, because this is looked at millions of times. */
  #seen(): number {
    const { state, probing, window } = this.governor.view
    const { calls, failures, slow } = window
    return (((states.indexOf(state) * 10 + probing) * 100 + calls) * 100 + failures) * 100 + slow
  }
}

function playRandom(seed: number, build: Build = Governor, more: Partial<BreakerPolicy> = {}): string[] {
  const random = seededRandom(seed)
  const play = new Play(build, random, more)
  const sick = random()
  for (let i = 0; i < 40 && play.wrong.length === 0; i++) {
    const what = random()
    if (what < 0.4) play.admit()
    else if (what < 0.75) {
      const verdict = random() < sick ? 'failure' : (verdicts[Math.floor(random() * 3)] ?? 'success')
      play.settle(Math.floor(random() * 100), verdict)
    } else if (what < 0.94) play.pass(Math.floor(random() ** 3 * 900))
    else if (what < 0.96) play.governor.hintRecovered()
    else if (what < 0.97) play.governor.hintTripped()
    else if (what < 0.98) play.governor.suspect('seen elsewhere')
    else play.order(modes[Math.floor(random() * modes.length)] ?? 'auto')
  }
  play.heal()
  return play.wrong
}

function firstWrong(histories: number, build?: Build, more?: Partial<BreakerPolicy>) {
  for (let seed = 1; seed <= histories; seed++) {
    const [wrong] = playRandom(seed, build, more)
    if (wrong) return { seed, wrong }
  }
  return undefined
}

class Unfenced extends Governor {
  protected override fenced() {
    return false
  }
}

describe('histories of a governor', () => {
  it('holds in every order of seven events', () => {
    const events: ((play: Play) => void)[] = [
      (play) => play.admit(),
      (play) => play.settle(0, 'success'),
      (play) => play.settle(0, 'failure'),
      (play) => play.settle(play.out.length - 1, 'failure'),
      (play) => play.pass(150),
      (play) => play.pass(600),
    ]
    // Sensitive, so that seven events are enough for a whole outage.
    const more = { failuresInRow: 1, probes: 1, ramp: [0.5] }
    const wrong: string[] = []
    const orders = events.length ** 7
    for (let order = 0; order < orders && wrong.length === 0; order++) {
      const play = new Play(Governor, () => 0.5, more)
      for (let left = order, i = 0; i < 7; i++, left = Math.floor(left / events.length)) {
        events[left % events.length]?.(play)
      }
      play.heal()
      wrong.push(...play.wrong.map((what) => `order ${order}: ${what}`))
    }
    expect(wrong).toEqual([])
  })

  it('holds in 100,000 histories by chance', () => {
    expect(firstWrong(100_000)).toBeUndefined()
  })

  it('would be seen to break without the fence', () => {
    expect(firstWrong(1_000, Unfenced)?.wrong).toMatch(/earlier state/)
  })

  it('would be seen to break without a deadline for probes', () => {
    expect(firstWrong(10_000, Governor, { probeDeadlineMs: Number.POSITIVE_INFINITY })?.wrong).toMatch(/stuck/)
  })
})
