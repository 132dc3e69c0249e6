import {
  type Automatic,
  type LevelOrder,
  type Rung,
  type SwitchKey,
  type SwitchOrder,
  type SwitchReport,
  switchKeys,
} from '@gala/contracts'
import { type Clock, fnv1a } from '@gala/kernel'
import { asItComes, type Decision, decisionOf, levelIn, numbersOf, type Part } from './switch-decision.js'

/** Who is asking, for orders that hold for some viewers only. */
export interface Viewer {
  /** Whatever tells one viewer from another; without it nobody is in a part of less than all. */
  id?: string | undefined
  /** Version of the client; one that does not say is older than all. */
  version?: string | undefined
}

type Decisions = Readonly<Record<SwitchKey, Decision>>

/** An order that outlives this is looked at again then: timers count no further than some three weeks. */
const lookAgainMs = 86_400_000

interface Ordered {
  switches: readonly SwitchOrder[]
  levels: readonly LevelOrder[]
}

/**
 * On which rung each switch is in this process. To ask is to read a frozen object; what operators and rules have said is
 * turned into a new one when it changes, and when an order ends (`decisionOf`).
 */
export class SwitchBoard {
  readonly #clock: Clock
  readonly #dc: string
  #ordered: Ordered = { switches: [], levels: [] }
  #automatic: Automatic['acts'] = []
  #decisions: Decisions = decide(() => asItComes)
  #level = 0
  #cancel = () => {}

  constructor(clock: Clock, dc: string) {
    this.#clock = clock
    this.#dc = dc
  }

  /** On which rung a viewer gets this. */
  rung(key: SwitchKey, viewer?: Viewer): Rung {
    let decision: Decision | undefined = this.#decisions[key]
    if (!decision.part) return decision.rung
    while (decision?.part && !isIn(decision.part, key, viewer)) decision = decision.otherwise
    return decision?.rung ?? 'full'
  }

  /** Whether everybody gets all of it. */
  isWhole(key: SwitchKey): boolean {
    const { rung, part } = this.#decisions[key]
    return rung === 'full' && part === undefined
  }

  /** Whether viewers differ: then what one of them got says nothing of the next. */
  isPartial(key: SwitchKey): boolean {
    return this.#decisions[key].part !== undefined
  }

  /** The platform's, as it holds in this data centre: 0 to 4. */
  get level(): number {
    return this.#level
  }

  /** Takes the place of all orders before. */
  obey({ switches, levels }: Ordered) {
    this.#ordered = { switches, levels }
    this.#decide()
  }

  /** Takes the place of everything rules had raised before. */
  raise(acts: Automatic['acts']) {
    this.#automatic = acts
    this.#decide()
  }

  close() {
    this.#cancel()
  }

  report(): SwitchReport[] {
    return switchKeys.map((key) => {
      const { rung, source, part } = this.#decisions[key]
      return { key, rung, source, partial: part !== undefined }
    })
  }

  #decide() {
    const nowMs = this.#clock.nowMs()
    const inForce = <T extends { expiresAt: string | null }>(orders: readonly T[]) =>
      orders.filter(({ expiresAt }) => endsMs(expiresAt) > nowMs)
    const switches = inForce(this.#ordered.switches)
    const levels = inForce(this.#ordered.levels)
    const governing = { switches, levels, acts: this.#automatic }
    this.#level = levelIn(this.#dc, levels)
    this.#decisions = decide((key) => decisionOf(key, this.#dc, governing))
    this.#lookAgainAt(Math.min(...[...switches, ...levels].map(({ expiresAt }) => endsMs(expiresAt))), nowMs)
  }

  #lookAgainAt(endMs: number, nowMs: number) {
    this.#cancel()
    this.#cancel = () => {}
    if (endMs === Number.POSITIVE_INFINITY) return
    this.#cancel = this.#clock.after(Math.min(endMs - nowMs, lookAgainMs), () => this.#decide())
  }
}

const decide = (of: (key: SwitchKey) => Decision): Decisions =>
  Object.freeze(Object.fromEntries(switchKeys.map((key) => [key, of(key)]))) as Decisions

const endsMs = (expiresAt: string | null) => (expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt))

/** Hundredths of a percent: fine enough for the smallest part that can be ordered. */
const parts = 10_000

function isIn({ percent, below }: Part, key: SwitchKey, viewer: Viewer | undefined): boolean {
  if (below && !isBelow(viewer?.version, below)) return false
  if (percent === 100) return true
  return viewer?.id !== undefined && placeOf(key, viewer.id) < percent * (parts / 100)
}

/**
 * FNV-1a over switch and viewer, its bits mixed: the same viewer stays where they are, whoever is in a part is in every larger
 * one too, and which viewers are hit differs from switch to switch.
 */
function placeOf(key: string, id: string): number {
  let hash = fnv1a(id, fnv1a(key), 64)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) % parts
}

function isBelow(version: string | undefined, limit: readonly number[]): boolean {
  const own = version === undefined ? [] : numbersOf(version)
  for (let i = 0; i < 3; i++) {
    const difference = (own[i] ?? 0) - (limit[i] ?? 0)
    if (difference !== 0) return difference < 0 || Number.isNaN(difference)
  }
  return false
}
