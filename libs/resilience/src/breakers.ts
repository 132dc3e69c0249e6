import type { BreakerOrder, BreakerReport } from '@gala/contracts'
import { type Clock, randomUnit } from '@gala/kernel'
import { type ActuatorOptions, Breaker } from './breaker.js'
import { Evidence } from './evidence.js'
import { Governor, type Transition } from './governor.js'
import { type BreakerPolicy, processPolicy } from './policy.js'

/** Which dependency, in which data centre, and which instance of it. */
export interface BreakerId {
  name: string
  dc: string
  target: string
}

export interface BreakersOptions {
  clock: Clock
  random?: () => number
  onTransition?: (id: BreakerId, transition: Transition) => void
}

/** What one process tells the others of its data centre. */
export interface BreakerHint extends BreakerId {
  recovered: boolean
}

/** Name in orders that means every dependency of a data centre. */
const wholeDc = 'dc'
/**
 * What several show together: shares only, of twice the calls that one alone needs. Failures in a row say nothing of a whole
 * whose parts are asked at different rates, and one part may be more sensitive than another.
 */
const groupPolicy: BreakerPolicy = {
  ...processPolicy,
  minCalls: processPolicy.minCalls * 2,
  failuresInRow: Number.POSITIVE_INFINITY,
}
const breakersMax = 1000

interface Guarded {
  id: BreakerId
  breaker: Breaker
  groups: Group[]
}

interface Group {
  what: string
  evidence: Evidence
  members: Guarded[]
}

/**
 * All breakers of a process, as a hierarchy: instance → dependency → data centre (DC).
 *
 * Each instance has a breaker, and only those have a state. Dependency and DC are looked at as wholes: what their instances
 * show together can be enough when no instance alone has shown enough. Then every instance that had part in it is opened;
 * each recovers by its own probes, so there are never two ramps on one way.
 */
export class Breakers {
  readonly #all: Guarded[] = []
  readonly #groups = new Map<string, Group>()
  #orders: readonly BreakerOrder[] = []
  #cancelExpiry = () => {}

  constructor(private readonly options: BreakersOptions) {}

  /** A breaker for one instance. `id` is unique in the process. */
  add(id: BreakerId, policy: BreakerPolicy, actuator: ActuatorOptions): Breaker {
    if (this.#all.length >= breakersMax) throw new Error(`more than ${breakersMax} breakers`)
    const { clock, random = randomUnit, onTransition } = this.options
    const governor = new Governor(policy, clock, random)
    const breaker = new Breaker(governor, actuator)
    const groups = [this.#group(`${id.name} of ${id.dc}`), this.#group(`everything of ${id.dc}`)]
    const guarded = { id, breaker, groups }
    for (const group of groups) group.members.push(guarded)
    governor.onTransition = (transition) => onTransition?.(id, transition)
    governor.onResult = (failed, slow) => this.#learn(guarded, failed, slow)
    this.#all.push(guarded)
    this.#order(guarded)
    return breaker
  }

  /** Obeys these orders of operators and no others; each ends at its time by the clock here, heard from again or not. */
  obey(orders: readonly BreakerOrder[]) {
    this.#orders = orders
    this.#apply()
  }

  /** What another process has seen. It changes when this one looks, never what it concludes. */
  hint({ name, dc, target, recovered }: BreakerHint) {
    const one = this.#all.find(({ id }) => id.name === name && id.dc === dc && id.target === target)
    if (recovered) one?.breaker.governor.hintRecovered()
    else one?.breaker.governor.hintTripped()
  }

  report(): BreakerReport[] {
    const { clock } = this.options
    const toMoment = (ms: number) => new Date(clock.nowMs() + ms - clock.monotonicMs()).toISOString()
    return this.#all.map(({ id, breaker: { governor } }) => {
      const { sinceMs, nextProbeMs, ...view } = governor.view
      return {
        ...id,
        ...view,
        mode: governor.mode,
        since: toMoment(sinceMs),
        nextProbeAt: nextProbeMs === null ? null : toMoment(nextProbeMs),
        order: this.#orderFor(id) ?? null,
        totals: { ...governor.totals },
      }
    })
  }

  close() {
    this.#cancelExpiry()
    for (const { breaker } of this.#all) breaker.close()
  }

  #group(what: string): Group {
    let group = this.#groups.get(what)
    if (!group) {
      group = { what, evidence: new Evidence(groupPolicy), members: [] }
      this.#groups.set(what, group)
    }
    return group
  }

  #learn({ groups }: Guarded, failed: boolean, slow: boolean) {
    const nowMs = this.options.clock.monotonicMs()
    for (const { what, evidence, members } of groups) {
      if (members.length < 2) continue
      evidence.add(nowMs, failed, slow)
      const reason = evidence.against(nowMs, groupPolicy.minCalls)
      if (reason === undefined) continue
      evidence.clear()
      for (const member of members) member.breaker.governor.suspect(`${what}: ${reason}`)
    }
  }

  #apply() {
    const { clock } = this.options
    this.#cancelExpiry()
    const nowMs = clock.nowMs()
    this.#orders = this.#orders.filter(({ expiresAt }) => Date.parse(expiresAt) > nowMs)
    for (const guarded of this.#all) this.#order(guarded)
    const ends = this.#orders.map(({ expiresAt }) => Date.parse(expiresAt))
    if (ends.length > 0) {
      // Looked at again at least once a minute: the wall clock may be set while an order stands.
      const inMs = Math.min(60_000, Math.max(1, Math.min(...ends) - nowMs))
      this.#cancelExpiry = clock.after(inMs, () => this.#apply())
    }
  }

  #order({ id, breaker }: Guarded) {
    breaker.governor.mode = this.#orderFor(id)?.mode ?? 'auto'
  }

  /** The most particular order for a breaker: one that names the dependency before one for all, one for its DC before one for every. */
  #orderFor({ name, dc }: BreakerId): BreakerOrder | undefined {
    const rank = (order: BreakerOrder) => (order.name === name ? 2 : 0) + (order.dc === dc ? 1 : 0)
    return this.#orders
      .filter((order) => (order.name === name || order.name === wholeDc) && (order.dc === null || order.dc === dc))
      .toSorted((a, b) => rank(b) - rank(a))[0]
  }
}
