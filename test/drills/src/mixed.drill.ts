import { type Capacity, capacityOf, round } from './capacity.js'
import { edit, Ledger, operator, writeEvents } from './edits.js'
import { pause } from './faults.js'
import { cpuSecondsOf, generate, onCore, sumOf } from './load.js'
import type { LoadPlan, LoadResult, Sort } from './load-plan.js'
import { stolenMeter } from './machine.js'
import { besideBare } from './mixed/bare.js'
import { Memory, type Part } from './mixed/memory.js'
import { atLeast, atMost, type Figure, quantile, told } from './report.js'
import type { Drill, Rig } from './rig.js'
import { visibilities } from './visibilities.js'
import { Watcher } from './watch.js'

const eventsCount = 1_000
/** Edited while they are asked for most: one by each data centre. */
const edited = ['mixed-hot-0', 'mixed-hot-1']
const halfMs = 60_000
const soakS = 600
const bareMs = 20_000
const promiseMs = 1_000
const seed = 20261123
const settleMs = 5_000
const stepMs = 10_000
const sustainedPart = 0.999
/** Access and application of one data centre together on one core, and everything else, the load included, on the other. */
const servedCore = 0
const otherCore = 1

const likes = '{"count":1,"clientId":"drill-:now-:seq","seq":1}'
/** What viewers ask for on an evening. */
const sorts: Sort[] = [
  { criticality: 'critical-plus', method: 'GET', path: '/v1/events/:event/bootstrap', share: 0.5 },
  { criticality: 'critical-plus', method: 'GET', path: '/v1/events/:event/play', share: 0.2 },
  { criticality: 'sheddable', method: 'GET', path: '/v1/events/:event/stats', share: 0.2 },
  { criticality: 'sheddable-plus', method: 'GET', path: '/v1/events/:event/programmes', share: 0.05 },
  { criticality: 'sheddable-plus', method: 'POST', path: '/v1/events/:event/likes', body: likes, share: 0.05 },
]

interface Served {
  rig: Rig
  say: (line: string) => void
  plan: (more: Partial<LoadPlan>) => LoadPlan
  closed: Capacity
  /** Good answers a second. */
  capacityPerS: number
  ledger: Ledger
  parts: readonly Part[]
}

const parts = { half, edits, soak } as const
const names = Object.keys(parts) as (keyof typeof parts)[]

export const mixedDrill: Drill = {
  about:
    'what viewers ask for on an evening: how long it takes, what comes from memory, an edit under full load, a soak',
  sizes: {},
  // One data centre is asked for everything; what its application has to do, none of the other does for it.
  envOf: { 'dc-a.access-1': { GALA_APPLICATION_FALLBACK_URLS: '' } },
  parts: names,
  seconds: soakS,
  run: async (rig, say) => {
    const served = await begin(rig, say)
    const figures = [
      told('answered when asked as soon as it is answered', served.closed.perS, '/s'),
      told('good answers a second of processor, so', served.closed.perCpuS, '/s'),
      told(
        'capacity: of what arrives by chance, answered within a second but for one in a thousand',
        served.capacityPerS,
        '/s',
      ),
    ]
    for (const name of names.filter((one) => rig.only.includes(one))) figures.push(...(await parts[name](served)))
    return figures
  },
}

async function begin(rig: Rig, say: (line: string) => void): Promise<Served> {
  const dc = rig.status.dcs[0] as Rig['status']['dcs'][number]
  const all = rig.status.dcs.flatMap(({ parts }) => parts).flatMap(({ pid }) => (pid ? [pid] : []))
  await onCore(otherCore, all)
  const own = (name: string, url = '') => ({ name, url, pid: dc.parts.find((part) => part.name === name)?.pid ?? 0 })
  const served = [own(`${dc.id}.access-1`, dc.access[0]), own(`${dc.id}.application-1`, dc.application[0])]
  const pids = served.map(({ pid }) => pid)
  await onCore(servedCore, pids)
  say(`writing ${eventsCount} events`)
  const ledger = new Ledger()
  const ops = operator(rig.status.dcs[0]?.base[0] ?? '', await rig.client.token('operator', 600, 'drill'))
  for (const id of edited) await edit(ops, ledger, id, 0)
  const events = [...edited, ...(await writeEvents(rig, 'mixed', eventsCount - edited.length))]
  const plan = (more: Partial<LoadPlan>): LoadPlan => ({
    url: dc.access[0] ?? '',
    events,
    zipf: 1,
    pages: 1,
    sorts,
    connections: 64,
    durationMs: 0,
    ratePerS: 0,
    seed,
    ...more,
  })
  say('warming up, then the capacity')
  const closed = await capacityOf(() => generate(plan(round), otherCore), pids)
  say(`${Math.round(closed.perS)} answers a second when asked as soon as it is answered`)
  const capacityPerS = await sustained(closed.perS, plan)
  say(`${Math.round(capacityPerS)} a second when asked by chance`)
  return { rig, say, plan, closed, capacityPerS, ledger, parts: served }
}

/**
 * The most that is answered although nobody waits for anybody else's answer before they ask: who asks as soon as they are answered
 * asks less when it takes longer, and an audience does not.
 */
async function sustained(mostPerS: number, plan: Served['plan']): Promise<number> {
  for (let part = 1; part > 0.1; part -= 0.1) {
    const result = await generate(plan({ ratePerS: mostPerS * part, durationMs: stepMs, close: true }), otherCore)
    if (sumOf(result, 'good') >= sumOf(result, 'offered') * sustainedPart)
      return sumOf(result, 'good') / (stepMs / 1000)
  }
  throw new Error('not even a tenth of what is answered one after the other is answered when it comes by chance')
}

/** Half of the capacity, arriving by chance. */
async function half({ say, plan, capacityPerS, parts }: Served): Promise<Figure[]> {
  say(`half of it for ${halfMs / 1000} s`)
  const ratePerS = capacityPerS / 2
  await generate(plan({ ratePerS, durationMs: settleMs }), otherCore)
  const stolen = stolenMeter()
  const usedS = parts.map(({ pid }) => cpuSecondsOf([pid]))
  const result = await generate(plan({ ratePerS, durationMs: halfMs, close: true, seed: seed + 1 }), otherCore)
  const cores = parts.map(({ pid }, i) => ((cpuSecondsOf([pid]) - (usedS[i] ?? 0)) * 1000) / halfMs)
  const openly = { ratePerS, durationMs: bareMs, close: true } as const
  const bare = await besideBare(servedCore, (url) => generate(plan({ ...openly, url }), otherCore))
  return [
    ...took('half', result, { meanMs: 2, p99Ms: 10, hits: 99 }),
    told('half: bare node:http asked the same way, mean', bare.answeredMs.mean, 'ms'),
    told('half: bare node:http asked the same way, p99', bare.answeredMs.p99, 'ms'),
    ...parts.map(({ name }, i) => told(`half: ${name} used`, cores[i] ?? 0, 'cores')),
    told('half: time others took', stolen(), '%'),
  ]
}

/** As much as is answered, and edits of what is asked for most. */
async function edits({ rig, say, plan, ledger }: Served): Promise<Figure[]> {
  say('edits while as much is asked for as is answered')
  const token = await rig.client.token('operator', 3_600, 'drill')
  const bases = rig.status.dcs.map(({ base }) => operator(base[0] ?? '', token))
  const watchers = rig.status.dcs.flatMap(({ id, access }) =>
    access.map((url, i) => new Watcher(`${id}.access-${i + 1}`, id, url, ledger, [], promiseMs)),
  )
  for (const watcher of watchers) watcher.watch()
  let going = true
  let answered = 0
  const load = (async () => {
    while (going) answered += sumOf(await generate(plan(round), otherCore), 'good')
  })()
  await pause(settleMs)
  const seen = await visibilities(bases, watchers, ledger, edited)
  going = false
  await load
  for (const watcher of watchers) await watcher.stop()
  const sum = (of: (watcher: Watcher) => number) => watchers.reduce((all, watcher) => all + of(watcher), 0)
  const reads = sum(({ reads }) => reads)
  const visible = [...seen.own, ...seen.other]
  return [
    told('edits: answered meanwhile', answered, ''),
    told('edits: made', seen.own.length, ''),
    told('edits: visible in access after, p50', quantile(visible, 0.5), 'ms'),
    told('edits: visible in access after, p99', quantile(visible, 0.99), 'ms'),
    atMost('edits: visible in access after, at most', Math.max(...visible), 'ms', promiseMs),
    atLeast('edits: reads held against them', reads, '', 1_000),
    atMost(
      'edits: unmarked reads staler than 1 s',
      sum(({ stale }) => stale.length),
      '',
      0,
    ),
    atMost(
      'edits: reads that failed',
      sum(({ failed }) => failed),
      '',
      0,
    ),
  ]
}

/** Most of the capacity for long. */
async function soak({ rig, say, plan, capacityPerS, parts }: Served): Promise<Figure[]> {
  say(`70 % of it for ${rig.seconds} s`)
  const ratePerS = capacityPerS * 0.7
  await generate(plan({ ratePerS, durationMs: settleMs }), otherCore)
  const memory = new Memory(parts)
  const stolen = stolenMeter()
  const result = await generate(
    plan({ ratePerS, durationMs: rig.seconds * 1000, close: true, seed: seed + 2 }),
    otherCore,
  )
  const seen = await memory.end()
  for (const { name, byMinuteMb } of seen) say(`${name}: ${byMinuteMb.map(Math.round).join(', ')} MB, minute by minute`)
  return [
    told('soak: for', rig.seconds, 's'),
    ...took('soak', result),
    told('soak: time others took', stolen(), '%'),
    ...seen.flatMap(({ name, fromMb, toMb, latenessMs }) => [
      told(`soak: memory of ${name}, first minute`, fromMb, 'MB'),
      atMost(`soak: growth of ${name} to the last minute`, (100 * (toMb - fromMb)) / fromMb, '%', 5),
      atMost(`soak: longest lateness of the event loop of ${name}`, latenessMs, 'ms', 50),
    ]),
  ]
}

function took(
  name: string,
  { sorts: by, answeredMs, byClass, durationMs, ...result }: LoadResult,
  bound?: { meanMs: number; p99Ms: number; hits: number },
): Figure[] {
  const reads = by.filter((_, i) => sorts[i]?.method === 'GET')
  const sum = (list: typeof by, what: 'offered' | 'answered' | 'hits') =>
    list.reduce((all, each) => all + each[what], 0)
  const ofMax = (what: string, value: number, unit: string, max?: number) =>
    max === undefined ? told(`${name}: ${what}`, value, unit) : atMost(`${name}: ${what}`, value, unit, max)
  const hits = (100 * sum(reads, 'hits')) / sum(reads, 'answered')
  return [
    told(`${name}: asked`, sum(by, 'offered') / (durationMs / 1000), '/s'),
    atLeast(`${name}: answered`, (100 * sum(by, 'answered')) / sum(by, 'offered'), '%', 99.9),
    ofMax('answered after, mean', answeredMs.mean, 'ms', bound?.meanMs),
    told(`${name}: answered after, p50`, answeredMs.p50, 'ms'),
    ofMax('answered after, p99', answeredMs.p99, 'ms', bound?.p99Ms),
    told(`${name}: answered after, p99.9`, answeredMs.p999, 'ms'),
    bound
      ? atLeast(`${name}: reads from memory`, hits, '%', bound.hits)
      : told(`${name}: reads from memory`, hits, '%'),
    ...by.flatMap(({ mean, p50, p99, p999, answered, hits }, i) => {
      const route = `${name}: ${sorts[i]?.method} ${sorts[i]?.path.replace('/v1/events/:event', '…')}`
      return [
        told(`${route}, mean`, mean, 'ms'),
        told(`${route}, p50`, p50, 'ms'),
        told(`${route}, p99`, p99, 'ms'),
        told(`${route}, p99.9`, p999, 'ms'),
        ...(sorts[i]?.method === 'GET' ? [told(`${route}, from memory`, (100 * hits) / answered, '%')] : []),
      ]
    }),
    told(`${name}: longest wait for the load generator itself`, result.generatorLateMs, 'ms'),
  ]
}
