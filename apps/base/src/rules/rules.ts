import {
  type BreakerReport,
  type Criticality,
  type ResilienceReport,
  type Rule,
  type RuleMode,
  type SwitchDependency,
  switchDependencies,
  switches,
  switchKeys,
} from '@gala/contracts'
import type { Thresholds } from './rule-engine.js'

/** What a rule can look at: what the processes of one data centre say of themselves, and the breakers of base itself. */
export interface Look {
  dc: string
  nowMs: number
  reports: readonly ResilienceReport[]
  own: readonly BreakerReport[]
}

interface Reading {
  /** Null: nobody can be asked. */
  value: number | null
  /** For people, with figures. */
  seen: string
}

export interface RuleSpec extends Thresholds {
  id: string
  title: string
  /** What is watched, for people. */
  signal: string
  raises: Rule['raises']
  /** While operators have not said otherwise. */
  mode: RuleMode
  read: (look: Look) => Reading
}

/** The first rung below `full` of every switch that is chosen: rules take as little as helps. */
const firstRungs = (chosen: (key: (typeof switchKeys)[number]) => boolean): Rule['raises'] =>
  switchKeys.filter(chosen).flatMap((key) => {
    const rung = switches[key].ladder[1]
    return rung === undefined ? [] : [{ key, rung }]
  })
const ofClass = (criticality: Criticality) => firstRungs((key) => switches[key].criticality === criticality)
/** What is critical is cut by people only: a page that nobody has a copy of would be gone, while it may still be answered. */
const thatMayGo = ['sheddable', 'sheddable-plus']
const thatNeed = (dependency: SwitchDependency) =>
  firstRungs((key) => switches[key].needs.includes(dependency) && thatMayGo.includes(switches[key].criticality))

/** A breaker that lets some calls through again neither raises nor lowers: it may open once more. */
const rampingCounts = 0.2
/**
 * Without calls an open breaker cannot find out that its dependency is well again, and what a rule has raised may be what keeps
 * the calls away: then it says nothing any more. Calls of the rung `cached` come twice in this time.
 */
const overdueMs = 60_000

function brokenness({ state, nextProbeAt }: BreakerReport, nowMs: number): number {
  if (state === 'ramping') return rampingCounts
  if (state === 'closed') return 0
  return nextProbeAt !== null && nowMs - Date.parse(nextProbeAt) > overdueMs ? 0 : 1
}

const percent = (value: number) => `${Math.round(value * 100)} %`

/**
 * Breakers that tell of a dependency, by the data centre it stands in. What is asked in another data centre when it fails here is
 * gone only when it is gone everywhere: until then nobody has to do without. The writer of the database is one for all.
 */
function guarding(dependency: SwitchDependency, { dc, reports, own }: Look): BreakerReport[][] {
  const all = dependency === 'mysql.writer' ? own : reports.flatMap(({ breakers }) => breakers)
  // One that operators have forced says what they think, not what it sees.
  const these = all.filter(({ name, mode }) => name === dependency && (mode === 'auto' || mode === 'observe'))
  if (dependency === 'redis') return [these.filter((of) => of.dc === dc)]
  return [...new Set(these.map((of) => of.dc))].map((of) => these.filter((breaker) => breaker.dc === of))
}

function breakerReading(dependency: SwitchDependency, look: Look): Reading {
  const groups = guarding(dependency, look).filter((group) => group.length > 0)
  const shareOf = (group: readonly BreakerReport[]) =>
    group.reduce((sum, breaker) => sum + brokenness(breaker, look.nowMs), 0) / group.length
  const [best] = groups.toSorted((one, other) => shareOf(one) - shareOf(other))
  if (!best) return { value: null, seen: `nobody tells of ${dependency}` }
  const breakers = groups.flat()
  const open = breakers.filter(({ state }) => state === 'open' || state === 'half-open')
  const why = open.find(({ reason }) => reason !== null)?.reason
  const seen = `${open.length} of ${breakers.length} breakers of ${dependency} seen from ${look.dc} are open${why ? `: ${why}` : ''}`
  return { value: shareOf(best), seen }
}

/** The value nine of ten processes stay below: one that is stuck is no reason to cut what all viewers get. */
function worstButTenth(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.ceil(sorted.length * 0.9) - 1] ?? null
}

const shedding = ({ reports }: Look) => reports.flatMap(({ shedding: of }) => of ?? [])

const ofProcesses = (
  look: Look,
  of: (report: ReturnType<typeof shedding>[number]) => number,
  shown: (v: number) => string,
) => {
  const value = worstButTenth(shedding(look).map(of))
  return { value, seen: value === null ? `no process of ${look.dc} answers` : `${shown(value)} in ${look.dc}` }
}

const load = (look: Look): Reading =>
  ofProcesses(
    look,
    ({ headroom }) => 1 - headroom,
    (value) => `only ${percent(1 - value)} of headroom is left`,
  )

/** Fewer calls than this say nothing of a ratio. */
const callsMin = 20

function failures({ dc, reports }: Look): Reading {
  const windows = reports.flatMap(({ breakers }) => breakers.filter((of) => of.dc === dc).map(({ window }) => window))
  const calls = windows.reduce((sum, window) => sum + window.calls, 0)
  const failed = windows.reduce((sum, window) => sum + window.failures, 0)
  const value = reports.length === 0 ? null : calls < callsMin ? 0 : failed / calls
  return { value, seen: `${failed} of ${calls} calls to what stands in ${dc} failed or took too long` }
}

/** What a rule does while operators have not said otherwise. */
export const modeFirst = ({ mode }: RuleSpec, given: 'on' | 'dry-run'): RuleMode => (mode === 'on' ? given : mode)

const breakerRules: RuleSpec[] = switchDependencies.map((dependency) => ({
  id: `breaker-${dependency.replace('.', '-')}`,
  title: `${dependency} is left alone by its breakers`,
  signal: `share of the breakers of ${dependency} that are open or probing, where it works best`,
  raiseAbove: 0.3,
  // A breaker has weighed many calls before it opens; with the time it took, switches are still raised within three seconds.
  raiseAfterMs: 500,
  lowerBelow: 0.1,
  // A breaker comes back by steps, and only at the last one counts as well; a relapse after that lasts longer by damping.
  lowerAfterMs: 4_000,
  dwellMs: 5_000,
  raises: thatNeed(dependency),
  // What the audience does is booked without the writer, so that its absence takes nothing from them unless somebody says so.
  mode: dependency === 'mysql.writer' ? 'dry-run' : 'on',
  read: (look) => breakerReading(dependency, look),
}))

export const ruleSpecs: readonly RuleSpec[] = [
  ...breakerRules,
  {
    id: 'loop-delay',
    title: 'Event loops are late',
    signal: 'lateness of the event loop in milliseconds, of all but the worst tenth of the processes',
    raiseAbove: 150,
    raiseAfterMs: 2_000,
    lowerBelow: 50,
    lowerAfterMs: 15_000,
    dwellMs: 20_000,
    raises: ofClass('sheddable'),
    mode: 'on',
    read: (look) =>
      ofProcesses(
        look,
        ({ loopDelayMs }) => loopDelayMs,
        (value) => `event loops are ${Math.round(value)} ms late`,
      ),
  },
  {
    id: 'headroom',
    title: 'Hardly any headroom',
    signal: 'load: 1 without headroom, of all but the worst tenth of the processes',
    raiseAbove: 0.9,
    raiseAfterMs: 3_000,
    lowerBelow: 0.6,
    lowerAfterMs: 20_000,
    dwellMs: 30_000,
    raises: ofClass('sheddable'),
    mode: 'on',
    read: load,
  },
  {
    id: 'headroom-long',
    title: 'Hardly any headroom for a quarter of a minute',
    signal: 'load: 1 without headroom, of all but the worst tenth of the processes',
    raiseAbove: 0.9,
    raiseAfterMs: 15_000,
    lowerBelow: 0.5,
    lowerAfterMs: 30_000,
    dwellMs: 60_000,
    raises: ofClass('sheddable-plus'),
    mode: 'on',
    read: load,
  },
  {
    id: 'failures',
    title: 'Calls fail or take too long',
    signal: 'share of the calls in the windows of all breakers that failed or took too long',
    raiseAbove: 0.2,
    raiseAfterMs: 1_500,
    lowerBelow: 0.05,
    lowerAfterMs: 15_000,
    dwellMs: 20_000,
    raises: ofClass('sheddable'),
    mode: 'on',
    read: failures,
  },
  {
    id: 'queue',
    title: 'As much is in flight as may be',
    signal: 'requests in flight against their limit, of all but the worst tenth of the processes',
    raiseAbove: 0.9,
    raiseAfterMs: 2_000,
    lowerBelow: 0.5,
    lowerAfterMs: 15_000,
    dwellMs: 20_000,
    raises: ofClass('sheddable'),
    mode: 'on',
    read: (look) =>
      ofProcesses(
        look,
        ({ inFlight, limit }) => (limit > 0 ? inFlight / limit : 0),
        (value) => `${percent(value)} of what may be in flight is`,
      ),
  },
]
