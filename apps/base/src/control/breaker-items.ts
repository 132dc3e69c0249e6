import {
  type BreakerItem,
  type BreakerReport,
  type BreakerState,
  defaultPool,
  type ResilienceReport,
} from '@gala/contracts'
import type { BreakerOrderEntity } from '@gala/database'
import type { Reported } from '../fleet/process-reports.js'

type Process = Reported<ResilienceReport>

/** Stands for every dependency in a data centre, so it can be ordered although no breaker has this name. */
const wholeDc = 'dc'

/** The worst of all states: open, half-open, ramping, closed. */
function worstOf(states: Iterable<BreakerState>): BreakerState {
  const seen = new Set(states)
  return (['open', 'half-open', 'ramping'] as const).find((state) => seen.has(state)) ?? 'closed'
}

const breakersOf = (processes: readonly Process[]): BreakerReport[] =>
  processes.flatMap(({ report }) => report?.breakers ?? [])

/** Names that can be ordered; undefined while no process knows any breaker. */
export function namesOf(processes: readonly Process[], rows: readonly BreakerOrderEntity[]): Set<string> | undefined {
  const reported = breakersOf(processes).map(({ name }) => name)
  if (reported.length === 0) return undefined
  return new Set([wholeDc, ...reported, ...rows.map(({ name }) => name)])
}

/** What stands for a dependency in a data centre: an order for just this data centre comes before one for all of them. */
const rowFor = (rows: readonly BreakerOrderEntity[], name: string, dc: string): BreakerOrderEntity | undefined =>
  rows.find((row) => row.name === name && row.dc === dc) ?? rows.find((row) => row.name === name && row.dc === '')

export interface PlacedBreakers extends Pick<BreakerItem, 'name' | 'dc' | 'state' | 'open' | 'total'> {
  row: BreakerOrderEntity | undefined
}

/** One item for each dependency of each data centre: those processes have a breaker for, and those somebody has ordered. */
export function placed(
  processes: readonly Process[],
  rows: readonly BreakerOrderEntity[],
  dcs: readonly string[],
): PlacedBreakers[] {
  const reported = breakersOf(processes)
  const names = [...new Set([...reported.map(({ name }) => name), ...rows.map(({ name }) => name)])].sort()
  return [...new Set([...dcs, ...reported.map(({ dc }) => dc)])].flatMap((dc) =>
    names.flatMap((name): PlacedBreakers[] => {
      const these = reported.filter((of) => of.name === name && of.dc === dc)
      const row = rowFor(rows, name, dc)
      if (these.length === 0 && !row) return []
      const states = these.map(({ state }) => state)
      const open = states.filter((state) => state === 'open').length
      return [{ name, dc, state: worstOf(states), open, total: these.length, row }]
    }),
  )
}

/** The pools access knows in each data centre, from the names of its breakers: `application.hot` guards the pool `hot`. */
export function poolsOf(processes: readonly Process[], dcs: readonly string[]): { dc: string; pools: string[] }[] {
  const known = breakersOf(processes.filter(({ kind }) => kind === 'access'))
  return dcs.map((dc) => {
    const pools = known.filter((of) => of.dc === dc).flatMap(({ name }) => poolOf(name) ?? [])
    return { dc, pools: [...new Set(pools)].sort() }
  })
}

function poolOf(name: string): string | undefined {
  if (name === defaultPool) return defaultPool
  return name.startsWith(`${defaultPool}.`) ? name.slice(defaultPool.length + 1) : undefined
}
