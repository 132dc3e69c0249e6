import {
  type AutomaticAct,
  type LevelOrder,
  type Rung,
  rungAtLevel,
  type SwitchKey,
  type SwitchOrder,
  type SwitchSource,
} from '@gala/contracts'

/** What switches go by: every order of operators in force, and what rules have raised. */
export interface Governing {
  switches: readonly SwitchOrder[]
  levels: readonly LevelOrder[]
  acts: readonly AutomaticAct[]
}

/** What a switch is on, for those it holds for; who is left goes on to `otherwise`. */
export interface Decision {
  readonly rung: Rung
  readonly source: SwitchSource
  readonly part: Part | undefined
  readonly otherwise: Decision | undefined
}

export interface Part {
  readonly percent: number
  readonly below: readonly number[] | undefined
}

export const asItComes: Decision = whole('full', 'default')

/**
 * A manual order of a data centre stands above one of the fleet, that above the level, that above what rules have raised, and below
 * all stands `full`. Orders of other data centres are passed over.
 */
export function decisionOf(key: SwitchKey, ownDc: string, { switches, levels, acts }: Governing): Decision {
  const cut = rungAtLevel(key, levelIn(ownDc, levels))
  const act = acts.find((each) => each.key === key)
  let decision = asItComes
  if (act) decision = whole(act.rung, 'automatic')
  if (cut) decision = whole(cut, 'level')
  // The one of the own data centre is put on last, and so is asked first.
  const manual = switches
    .filter((order) => order.key === key && isFor(ownDc, order))
    .sort((a, b) => Number(a.dc !== null) - Number(b.dc !== null))
  for (const order of manual) decision = byHand(order, decision)
  return decision
}

/** The highest level that holds in a data centre. */
export const levelIn = (dc: string, levels: readonly LevelOrder[]): number =>
  Math.max(0, ...levels.filter((order) => isFor(dc, order)).map(({ level }) => level))

const isFor = (ownDc: string, { dc }: { dc: string | null }) => dc === null || dc === ownDc

function whole(rung: Rung, source: SwitchSource): Decision {
  return Object.freeze({ rung, source, part: undefined, otherwise: undefined })
}

function byHand({ state, percent, clientBelow }: SwitchOrder, otherwise: Decision): Decision {
  if (percent === 100 && clientBelow === null) return whole(state, 'manual')
  const part = Object.freeze({ percent, below: clientBelow === null ? undefined : numbersOf(clientBelow) })
  return Object.freeze({ rung: state, source: 'manual', part, otherwise })
}

/** Of a version: major, minor, patch. */
export const numbersOf = (version: string) => version.split('.').map(Number)
