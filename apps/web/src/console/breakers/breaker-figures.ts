import type { BreakerItem, BreakerReport, BreakerState, ResilienceProcess } from '@gala/contracts'

/** Worst first: what an operator has to see. */
const worstFirst: readonly BreakerState[] = ['open', 'half-open', 'ramping', 'closed']

/** A breaker and the process it is in. */
interface Held {
  process: string
  breaker: BreakerReport
}

interface Seen {
  state: BreakerState
  /** Names of the processes that see it so; each once, however many instances of the dependency it guards. */
  processes: string[]
  /** Since when the first of them does (Unix milliseconds). */
  sinceMs: number
}

/** All breakers of one dependency in one data centre taken together. */
export interface BreakerFigures {
  item: BreakerItem
  held: Held[]
  /** Worst first. */
  seen: Seen[]
  /** Why it opened; of one that is closed again: why it opened last. */
  reason: string | undefined
  /** The earliest of the open ones. */
  nextProbeAtMs: number | undefined
  /** The longest that was learned. */
  repairMs: number | undefined
  /** Mean share of calls let through; undefined when no process has such a breaker. */
  admitted: number | undefined
  window: BreakerReport['window']
  refused: number
  trips: number
}

/** The items of each data centre, in the order they come in. */
export function figuresOf(
  items: readonly BreakerItem[],
  processes: readonly ResilienceProcess[],
): Map<string, BreakerFigures[]> {
  const all = processes.flatMap(({ name, report }) =>
    (report?.breakers ?? []).map((breaker): Held => ({ process: name, breaker })),
  )
  return Map.groupBy(
    items.map((item) => {
      const held = all.filter(({ breaker }) => breaker.name === item.name && breaker.dc === item.dc)
      return figures(item, held)
    }),
    ({ item }) => item.dc,
  )
}

function figures(item: BreakerItem, held: Held[]): BreakerFigures {
  const total = (of: (breaker: BreakerReport) => number) => held.reduce((count, { breaker }) => count + of(breaker), 0)
  const probes = held.flatMap(({ breaker }) => (breaker.nextProbeAt === null ? [] : Date.parse(breaker.nextProbeAt)))
  const repairs = held.flatMap(({ breaker }) => breaker.repairMs ?? [])
  return {
    item,
    held,
    seen: worstFirst.flatMap((state) => seenAs(state, held)),
    reason: reasonOf(held),
    nextProbeAtMs: probes.length > 0 ? Math.min(...probes) : undefined,
    repairMs: repairs.length > 0 ? Math.max(...repairs) : undefined,
    admitted: held.length > 0 ? total(({ admitted }) => admitted) / held.length : undefined,
    window: {
      calls: total(({ window }) => window.calls),
      failures: total(({ window }) => window.failures),
      slow: total(({ window }) => window.slow),
    },
    refused: total(({ totals }) => totals.refused),
    trips: total(({ totals }) => totals.trips),
  }
}

function seenAs(state: BreakerState, held: readonly Held[]): Seen[] {
  const these = held.filter(({ breaker }) => breaker.state === state)
  if (these.length === 0) return []
  const processes = [...new Set(these.map(({ process }) => process))]
  return [{ state, processes, sinceMs: Math.min(...these.map(({ breaker }) => Date.parse(breaker.since))) }]
}

/** Of the worst state, the newest. */
function reasonOf(held: readonly Held[]): string | undefined {
  const rank = ({ breaker }: Held) => worstFirst.indexOf(breaker.state)
  const [first] = held
    .filter(({ breaker }) => breaker.reason !== null)
    .toSorted((a, b) => rank(a) - rank(b) || Date.parse(b.breaker.since) - Date.parse(a.breaker.since))
  return first?.breaker.reason ?? undefined
}

/** Processes that have not applied what was ordered at `position`. */
export const laggardsOf = (processes: readonly ResilienceProcess[], position: number): string[] =>
  processes.filter(({ report }) => (report?.position ?? 0) < position).map(({ name }) => name)
