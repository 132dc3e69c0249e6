import { criticalities } from '@gala/contracts'
import { capacityOf, round } from './capacity.js'
import { writeEvents } from './edits.js'
import { pause } from './faults.js'
import { cpuSecondsOf, generate, onCore, sumOf as sum } from './load.js'
import { type LoadPlan, type LoadResult, type Sort, sliceMs } from './load-plan.js'
import { stolenMeter } from './machine.js'
import { atLeast, atMost, type Figure, told } from './report.js'
import type { Drill, Rig } from './rig.js'

const eventsCount = 2_000
const overloadMs = 60_000
const afterMs = 15_000
const times = 3
/** As viewers have, everybody who waits has a connection: what waited for one would be a queue nobody can leave anybody out of. */
const connections = 8_192
/** Access and application together on one core, and everything else, the load included, on the other. */
const servedCore = 0
const otherCore = 1

/**
 * The classes of the contract: about an eighth, a quarter, a quarter and a third of all requests. Three times what can be done
 * has to leave room for what must never be left out, and a bootstrap is four times the work of a count.
 */
const sorts: Sort[] = [
  { criticality: 'critical-plus', method: 'GET', path: '/v1/events/:event/bootstrap', share: 0.05 },
  { criticality: 'critical-plus', method: 'GET', path: '/v1/events/:event/play', share: 0.08 },
  { criticality: 'critical', method: 'GET', path: '/v1/events/:event', share: 0.22 },
  { criticality: 'critical', method: 'GET', path: '/v1/events?page=:page&pageSize=20', share: 0.05 },
  { criticality: 'sheddable-plus', method: 'GET', path: '/v1/events/:event/programmes', share: 0.22 },
  {
    criticality: 'sheddable-plus',
    method: 'POST',
    path: '/v1/events/:event/likes',
    body: '{"count":1,"clientId":"drill-:seq-client","seq":1}',
    share: 0.05,
  },
  { criticality: 'sheddable', method: 'GET', path: '/v1/events/:event/stats', share: 0.23 },
  {
    criticality: 'sheddable',
    method: 'POST',
    path: '/v1/events/:event/presence',
    body: '{"clientId":"drill-:seq-client","sessionId":"drill-:seq-session","playing":true}',
    share: 0.1,
  },
]

export const overloadDrill: Drill = {
  about: 'three times as much is asked for a minute as can be answered',
  sizes: {},
  // The same platform twice, side by side: dc-a sheds, dc-b does not. Neither may lean on the other's application.
  envOf: {
    'dc-a.access-1': { GALA_APPLICATION_FALLBACK_URLS: '' },
    'dc-b.access-1': { GALA_APPLICATION_FALLBACK_URLS: '', GALA_SHEDDING: 'off' },
    'dc-b.application-1': { GALA_SHEDDING: 'off' },
  },
  run: overload,
}

async function overload(rig: Rig, say: (line: string) => void): Promise<Figure[]> {
  const [on, off] = rig.status.dcs
  if (!on || !off) throw new Error('there are no two data centres')
  await onCore(otherCore, pidsOf(rig))
  say(`writing ${eventsCount} events`)
  const events = await writeEvents(rig, 'overload', eventsCount)
  const withShedding = await underLoad(rig, on, events, say)
  const without = await underLoad(rig, off, events, say)
  return figures(withShedding, without)
}

type Class = (typeof criticalities)[number]

interface Run {
  capacity: number
  /** Good answers at the capacity, a second and by class: mean of before and after the overload. */
  full: Record<Class, number>
  /** Processor time of a good answer of each class by itself, in seconds. */
  costS: Record<Class, number>
  /** Good answers for each second of a processor that access and application used: at the capacity, and at three times that. */
  perCpuS: { full: number; over: number }
  /** Time of the cores that others on the machine had meanwhile, in percent: before, and during. */
  stolen: { full: number; over: number }
  over: LoadResult
  after: LoadResult
}

type Dc = Rig['status']['dcs'][number]

async function underLoad(rig: Rig, dc: Dc, events: string[], say: (line: string) => void): Promise<Run> {
  const pids = pidsOf(rig, [`${dc.id}.access-1`, `${dc.id}.application-1`])
  await onCore(servedCore, pids)
  const plan = (more: Partial<LoadPlan>): LoadPlan => ({
    url: dc.access[0] ?? '',
    events,
    pages: eventsCount / 20,
    sorts,
    connections,
    durationMs: 0,
    ratePerS: 0,
    seed: 20261121,
    ...more,
  })
  say(`${dc.id}: warming up, then its capacity`)
  const stolenBefore = stolenMeter()
  const ofClass = ({ byClass: all, durationMs }: LoadResult) => byClass((name) => all[name].good / (durationMs / 1000))
  const { perS: capacity, perCpuS, result } = await capacityOf(() => generate(plan(round), otherCore), pids)
  const full = ofClass(result)
  const costS = await costsOf(plan, pids)
  say(`${dc.id}: ${Math.round(capacity)} answers a second; ${times} times that for ${overloadMs / 1000} s`)
  const stolen = { full: stolenBefore(), over: 0 }
  const stolenDuring = stolenMeter()
  const usedS = cpuSecondsOf(pids)
  const over = await generate(plan({ durationMs: overloadMs, ratePerS: capacity * times }), otherCore)
  const overPerCpuS = sum(over, 'good') / (cpuSecondsOf(pids) - usedS)
  stolen.over = stolenDuring()
  say(`${dc.id}: half of it`)
  const after = await generate(plan({ durationMs: afterMs, ratePerS: capacity / 2 }), otherCore)
  // Once more: a machine that is shared may have become slower or faster meanwhile.
  const again = ofClass(await generate(plan(round), otherCore))
  await onCore(otherCore, pids)
  await pause(1_000)
  const mean = byClass((name) => (full[name] + again[name]) / 2)
  return { capacity, full: mean, costS, perCpuS: { full: perCpuS, over: overPerCpuS }, stolen, over, after }
}

/** What an answer of each class costs: they are not left out alike, so requests cannot be counted against requests. */
async function costsOf(plan: (more: Partial<LoadPlan>) => LoadPlan, pids: readonly number[]) {
  const costS = byClass(() => 0)
  for (const name of criticalities) {
    const own = sorts.filter(({ criticality }) => criticality === name)
    const whole = own.reduce((all, { share }) => all + share, 0)
    const only = own.map((sort) => ({ ...sort, share: sort.share / whole }))
    const usedS = cpuSecondsOf(pids)
    const result = await generate(plan({ ...round, sorts: only }), otherCore)
    costS[name] = (cpuSecondsOf(pids) - usedS) / result.byClass[name].good
  }
  return costS
}

const byClass = <T>(of: (name: Class) => T) =>
  Object.fromEntries(criticalities.map((name) => [name, of(name)])) as Record<Class, T>

function figures(on: Run, off: Run): Figure[] {
  const share = (value: number) => Math.round(value * 10_000) / 100
  const ofClass = ({ over }: Run, name: Class) => share(over.byClass[name].good / over.byClass[name].offered)
  const goodput = ({ full, over }: Run) =>
    share(sum(over, 'good') / (over.durationMs / 1000) / criticalities.reduce((all, name) => all + full[name], 0))
  const inTime = ({ over }: Run, name: Class) =>
    share((over.byClass[name].good + over.byClass[name].old) / over.byClass[name].offered)
  const workOf = ({ costS }: Run, perS: (name: Class) => number) =>
    criticalities.reduce((all, name) => all + perS(name) * costS[name], 0)
  const work = (run: Run) => {
    const over = workOf(run, (name) => run.over.byClass[name].good / (run.over.durationMs / 1000))
    return share(over / workOf(run, (name) => run.full[name]))
  }
  return [
    told('capacity before', on.capacity, '/s'),
    told(
      'capacity, mean of before and after',
      criticalities.reduce((all, name) => all + on.full[name], 0),
      '/s',
    ),
    told('asked', sum(on.over, 'offered') / (on.over.durationMs / 1000), '/s'),
    atLeast('goodput of critical-plus', ofClass(on, 'critical-plus'), '%', 99),
    told('critical-plus answered within 1 s, marked copies counted', inTime(on, 'critical-plus'), '%'),
    ...criticalities.slice(1).map((name) => told(`goodput of ${name}`, ofClass(on, name), '%')),
    ...criticalities.map((name) => told(`processor time of an answer: ${name}`, on.costS[name] * 1000, 'ms')),
    atLeast('goodput of all, of the capacity, as work', work(on), '%', 90),
    told('goodput of all, of the capacity, as requests', goodput(on), '%'),
    told('good answers a second of processor, at the capacity', on.perCpuS.full, '/s'),
    told('the same at three times that', on.perCpuS.over, '/s'),
    told(
      'answered from copies marked stale, of what was asked',
      share(sum(on.over, 'old') / sum(on.over, 'offered')),
      '%',
    ),
    told('refused, of what was asked', share(sum(on.over, 'refused') / sum(on.over, 'offered')), '%'),
    told('no answer within 2 s, of what was asked', share(sum(on.over, 'failed') / sum(on.over, 'offered')), '%'),
    told('answered after, p50', on.over.answeredMs.p50, 'ms'),
    atMost('answered after, p99', on.over.answeredMs.p99, 'ms', 1_000),
    told('refused after, p99', on.over.refusedMs.p99, 'ms'),
    atMost('every class answered again after', recoveredS(on.after), 's', 5),
    told('time others on the machine took from the cores, before', on.stolen.full, '%'),
    told('the same during the overload', on.stolen.over, '%'),
    told('core of the load generator in use', share(on.over.generatorBusy), '%'),
    told('longest wait for the load generator itself', on.over.generatorLateMs, 'ms'),
    told('shedding off: critical-plus answered within 1 s, marked copies counted', inTime(off, 'critical-plus'), '%'),
    ...criticalities.map((name) => told(`shedding off: goodput of ${name}`, ofClass(off, name), '%')),
    told('shedding off: capacity', off.capacity, '/s'),
    told('shedding off: goodput of all, of the capacity, as work', work(off), '%'),
    told('shedding off: goodput of all, of the capacity, as requests', goodput(off), '%'),
    told('shedding off: good answers a second of processor, at the capacity', off.perCpuS.full, '/s'),
    told('shedding off: the same at three times that', off.perCpuS.over, '/s'),
    told(
      'shedding off: no answer within 2 s, of what was asked',
      share(sum(off.over, 'failed') / sum(off.over, 'offered')),
      '%',
    ),
    told('shedding off: answered after, p50', off.over.answeredMs.p50, 'ms'),
    told('shedding off: answered after, p99', off.over.answeredMs.p99, 'ms'),
    told('shedding off: every class answered again after', recoveredS(off.after), 's'),
  ]
}

/**
 * After how many seconds two whole ones began in which of every class 99 of 100, but for one, were answered as good as made now.
 * Infinity, when there were none.
 */
function recoveredS({ slices }: LoadResult): number {
  const wanted = 2_000 / sliceMs
  const good = (slice: LoadResult['slices'][number]) =>
    criticalities.every((name) => slice[name].good >= slice[name].offered * 0.99 - 1)
  const from = slices.findIndex((_, i) => i + wanted <= slices.length && slices.slice(i, i + wanted).every(good))
  return from < 0 ? Number.POSITIVE_INFINITY : (from * sliceMs) / 1000
}

const pidsOf = (rig: Rig, names?: string[]) =>
  rig.status.dcs
    .flatMap(({ parts }) => parts)
    .flatMap(({ name, pid }) => (pid && (!names || names.includes(name)) ? [pid] : []))
