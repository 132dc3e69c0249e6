import {
  type AutomaticAct,
  type LevelOrder,
  type Rung,
  rungAtLevel,
  type SwitchKey,
  type SwitchOrder,
  type SwitchSource,
} from '@gala/contracts'

/** What a data centre goes by: every order of operators in force, and what rules have raised in it. */
export interface Governing {
  switches: readonly SwitchOrder[]
  levels: readonly LevelOrder[]
  acts: readonly AutomaticAct[]
}

/** A switch as most viewers of a data centre get it. `partial`: an order holds for some of them. */
export interface InEffect {
  rung: Rung
  source: SwitchSource
  partial: boolean
}

/**
 * What processes of a data centre make of the orders: a manual order stands above the level, the level above rules. The same
 * rule as theirs, for what has not happened yet and for when nobody can be asked.
 */
export function inEffect(key: SwitchKey, dc: string, { switches, levels, acts }: Governing): InEffect {
  const orders = switches.filter((order) => order.key === key && (order.dc === dc || order.dc === null))
  const order = orders.find((of) => of.dc === dc) ?? orders[0]
  const partial = order !== undefined && (order.percent < 100 || order.clientBelow !== null)
  if (order && !partial) return { rung: order.state, source: 'manual', partial }
  const cut = rungAtLevel(
    key,
    Math.max(0, ...levels.filter((of) => of.dc === dc || of.dc === null).map((of) => of.level)),
  )
  if (cut) return { rung: cut, source: 'level', partial }
  const act = acts.find((of) => of.key === key)
  if (act) return { rung: act.rung, source: 'automatic', partial }
  return { rung: 'full', source: 'default', partial }
}
