import type { CacheProcess, CacheReport } from '@gala/contracts'

type Kind = CacheReport['kinds'][number]
/** What has been counted, over all kinds of values. */
export type Counts = Omit<Kind, 'kind'>

const none: Counts = {
  hit: 0,
  aging: 0,
  shared: 0,
  pushed: 0,
  miss: 0,
  stale: 0,
  error: 0,
  overtaken: 0,
  fenced: 0,
  waited: 0,
  loads: 0,
  loadMs: 0,
}
const names = Object.keys(none) as (keyof Counts)[]
const hotMax = 20

const each = (of: (name: keyof Counts) => number) => Object.fromEntries(names.map((name) => [name, of(name)])) as Counts

const sum = (all: readonly Counts[]): Counts => each((name) => all.reduce((total, one) => total + one[name], 0))

/** Everything one process has counted since it started. */
export const countsOf = (report: CacheReport): Counts => sum(report.kinds)

/** Answers given. An aging one is among the hits. */
export const readsOf = ({ hit, miss, stale }: Counts): number => hit + miss + stale

/** What was counted between two reports of one process. One that has counted less than before has restarted since. */
export function between(now: Counts, before: Counts): Counts {
  if (names.some((name) => now[name] < before[name])) return now
  return each((name) => now[name] - before[name])
}

export interface CentreFigures {
  dc: string
  /** Names of all its processes, and of those that have not answered. */
  processes: string[]
  silent: string[]
  total: Counts
  /** Since the report before; undefined as long as there is none. */
  recent: Counts | undefined
  memory: CacheReport['memory']
  bus: {
    announced: number
    /** Of the process that is furthest behind. */
    applied: number
    /** Of the process that has been without word the longest; undefined: one of them has never had any. */
    vouchedAgoMs: number | undefined
    /** Processes that cannot tell whether they have missed a change. */
    notLive: string[]
    gaps: number
    repaired: number
    /** What could not be repaired, nor had to be: older copies are not believed. A process that starts counts one. */
    lost: number
    lostLately: number
  }
  /** Comparisons with the source by outcome; empty when none of the processes compares. */
  checks: Record<string, number>
  /** Wrong answers among them. */
  wrong: number
  hot: CacheReport['hot']
}

/** The processes of each data centre taken together, in the order they come in. */
export function centresOf(now: readonly CacheProcess[], before?: readonly CacheProcess[]): CentreFigures[] {
  return [...Map.groupBy(now, ({ dc }) => dc)].map(([dc, processes]) => centreOf(dc, processes, before))
}

function centreOf(dc: string, processes: CacheProcess[], before: readonly CacheProcess[] | undefined): CentreFigures {
  const heard = processes.flatMap(({ name, report }) => (report ? [{ name, report }] : []))
  const reports = heard.map(({ report }) => report)
  const total = (of: (report: CacheReport) => number) => reports.reduce((count, report) => count + of(report), 0)
  const checks = checksOf(reports)
  return {
    dc,
    processes: processes.map(({ name }) => name),
    silent: processes.filter(({ report }) => !report).map(({ name }) => name),
    total: sum(reports.map(countsOf)),
    recent: before && sum(pairsOf(heard, before).map(([is, was]) => between(countsOf(is), countsOf(was)))),
    memory: {
      entries: total(({ memory }) => memory.entries),
      bytes: total(({ memory }) => memory.bytes),
      bytesMax: total(({ memory }) => memory.bytesMax),
      loading: total(({ memory }) => memory.loading),
    },
    bus: {
      announced: Math.max(0, ...reports.map(({ bus }) => Math.max(bus.announcedPosition, bus.appliedPosition))),
      applied: reports.length === 0 ? 0 : Math.min(...reports.map(({ bus }) => bus.appliedPosition)),
      vouchedAgoMs: longestOf(reports.map(({ bus }) => bus.vouchedAgoMs)),
      notLive: heard.filter(({ report }) => !report.bus.live).map(({ name }) => name),
      gaps: total(({ bus }) => bus.gaps),
      repaired: total(({ bus }) => bus.repaired),
      lost: total(({ bus }) => bus.lost),
      lostLately: before ? pairsOf(heard, before).reduce((count, [is, was]) => count + lostSince(is, was), 0) : 0,
    },
    checks,
    wrong: wrongOf(checks),
    hot: hottest(reports),
  }
}

/** Now and before, of processes heard both times: what one counted in silence belongs to no known span of time. */
function pairsOf(heard: { name: string; report: CacheReport }[], before: readonly CacheProcess[]) {
  const earlier = new Map(before.map(({ name, report }) => [name, report]))
  return heard.flatMap(({ name, report }): [CacheReport, CacheReport][] => {
    const then = earlier.get(name)
    return then ? [[report, then]] : []
  })
}

/** Losses between two reports of one process; what one that has restarted had lost before does not count against it. */
export const lostSince = (now: CacheReport, before: CacheReport): number => Math.max(0, now.bus.lost - before.bus.lost)

function longestOf(spans: readonly (number | null)[]): number | undefined {
  const known = spans.filter((ms) => ms !== null)
  return known.length === 0 || known.length < spans.length ? undefined : Math.max(...known)
}

function checksOf(reports: readonly CacheReport[]): Record<string, number> {
  const checks: Record<string, number> = {}
  for (const report of reports) {
    for (const [outcome, count] of Object.entries(report.checks ?? {})) checks[outcome] = (checks[outcome] ?? 0) + count
  }
  return checks
}

/** Wrong answers among comparisons with the source. */
export const wrongOf = (checks: Record<string, number>): number =>
  Object.entries(checks).reduce((count, [outcome, of]) => (outcome.startsWith('wrong') ? count + of : count), 0)

/** Keys read most in all processes together, hottest first. */
function hottest(reports: readonly CacheReport[]): CacheReport['hot'] {
  const reads = new Map<string, number>()
  for (const { hot } of reports) for (const of of hot) reads.set(of.key, (reads.get(of.key) ?? 0) + of.reads)
  return [...reads]
    .map(([key, count]) => ({ key, reads: count }))
    .sort((a, b) => b.reads - a.reads || (a.key < b.key ? -1 : 1))
    .slice(0, hotMax)
}
