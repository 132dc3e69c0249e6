import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  criticalities,
  isCovered,
  type Rung,
  type SavingsFile,
  type SwitchKey,
  savingsFileSchema,
  switches,
  switchKeys,
} from '@gala/contracts'
import { Arm, type Cost, costKinds, range } from './arms.js'
import { edit, Ledger, operator, writeEvents } from './edits.js'
import { pause } from './faults.js'
import { Flips } from './flips.js'
import type { LoadPlan, LoadResult, Sort } from './load-plan.js'
import { type Figure, told } from './report.js'
import type { Drill, Rig } from './rig.js'

const eventsCount = 400
/** Of each half: together some two thirds of two cores. Nearer to the limit requests are shed, and that is what is counted then. */
const ratePerS = 220
const stretchMs = 4_000
/** Each in both directions: the half that was cut first is whole then. */
const rounds = 3
/** What nobody edits is answered from memory at next to no cost, and to cut it saves nothing: an evening has edits. */
const editEveryMs = 50
/** A prediction is as good as what was measured when it is off by no more than this part of it. */
const tolerance = 0.2

/** What an evening asks for, one of each sort in a hundred or more. */
const sorts: (Sort & { route: string })[] = [
  {
    route: 'bootstrap.read',
    criticality: 'critical-plus',
    method: 'GET',
    path: '/v1/events/:event/bootstrap',
    share: 0.18,
  },
  { route: 'playback.play', criticality: 'critical-plus', method: 'GET', path: '/v1/events/:event/play', share: 0.12 },
  { route: 'events.detail', criticality: 'critical', method: 'GET', path: '/v1/events/:event', share: 0.1 },
  {
    route: 'events.list',
    criticality: 'critical',
    method: 'GET',
    path: '/v1/events?page=:page&pageSize=20',
    share: 0.06,
  },
  {
    route: 'programmes.list',
    criticality: 'sheddable-plus',
    method: 'GET',
    path: '/v1/events/:event/programmes',
    share: 0.14,
  },
  {
    ...{
      route: 'likes.add',
      criticality: 'sheddable-plus',
      method: 'POST',
      path: '/v1/events/:event/likes',
      share: 0.1,
    },
    body: '{"count":1,"clientId":"drill-:seq-client","seq":1}',
  },
  { route: 'stats.read', criticality: 'sheddable', method: 'GET', path: '/v1/events/:event/stats', share: 0.2 },
  {
    ...{
      route: 'stats.beat',
      criticality: 'sheddable',
      method: 'POST',
      path: '/v1/events/:event/presence',
      share: 0.1,
    },
    body: '{"clientId":"drill-:seq-client","sessionId":"drill-:seq-session","playing":true}',
  },
]

/** Some of each class, deep and shallow, alone in their route and parts of another answer. */
const combinations: { key: SwitchKey; rung: Rung }[][] = [
  [
    { key: 'stats', rung: 'omit' },
    { key: 'presence', rung: 'omit' },
  ],
  [
    { key: 'likes', rung: 'omit' },
    { key: 'bootstrap-stats', rung: 'omit' },
    { key: 'stats', rung: 'cached' },
  ],
  [
    { key: 'programmes', rung: 'omit' },
    { key: 'presence', rung: 'omit' },
    { key: 'bootstrap', rung: 'static' },
  ],
]

export const switchDrill: Drill = {
  about: 'what each switch saves and what viewers lose, measured in two halves of the viewers at once',
  sizes: {},
  run: measureAll,
}

interface Measured {
  full: Cost
  saved: Record<keyof Cost, { value: number; low: number; high: number }>
  lost: string
}

async function measureAll(rig: Rig, say: (line: string) => void): Promise<Figure[]> {
  const flips = await Flips.of(rig)
  say(`writing ${eventsCount} events`)
  const events = await writeEvents(rig, 'switch', eventsCount)
  const arms = await Promise.all(
    rig.status.dcs.map(async (dc) => new Arm(dc, await rig.client.adminUrl(Number(new URL(dc.mysql).port)))),
  )
  const [one, other] = arms
  if (!one || !other) throw new Error('there are no two data centres')
  const plan = planOf(events)
  say('warming both halves up')
  for (let i = 0; i < 3; i++) await Promise.all([one.ask({ ...plan, seed: i }, 0), other.ask({ ...plan, seed: i }, 1)])
  const stopEditing = await editing(rig, events)
  const measure = (set: { key: SwitchKey; rung: Rung }[]) => crossed(flips, one, other, plan, set)
  try {
    const all: { key: SwitchKey; rung: Rung; measured: Measured }[] = []
    for (const key of switchKeys) {
      for (const rung of switches[key].ladder.slice(1)) {
        const measured = await measure([{ key, rung }])
        all.push({ key, rung, measured })
        say(`${key} ${rung}: ${shown(measured)}`)
      }
    }
    const file = await kept(rig, all)
    const predictions: Figure[] = []
    for (const set of combinations) predictions.push(...predicted(set, file, await measure(set), say))
    return [...all.flatMap(figuresOf), ...predictions]
  } finally {
    await stopEditing()
    for (const arm of arms) await arm.close()
  }
}

/** One event after the other is edited, for as long as anything is measured. */
async function editing(rig: Rig, events: readonly string[]): Promise<() => Promise<void>> {
  const ops = operator(rig.status.dcs[0]?.base[0] ?? '', await rig.client.token('operator', 3_600, 'drill'))
  const ledger = new Ledger()
  let going = true
  const work = async () => {
    for (let version = 1; going; version++) {
      for (const id of events) {
        if (!going) return
        await edit(ops, ledger, id, version)
        await pause(editEveryMs)
      }
    }
  }
  const ended = work()
  ended.catch(() => {})
  return async () => {
    going = false
    await ended
  }
}

const planOf = (events: string[]): Omit<LoadPlan, 'url'> => ({
  events,
  pages: eventsCount / 20,
  sorts,
  ratePerS,
  connections: 32,
  durationMs: stretchMs,
  seed: 1,
})

/** Both halves are asked the same at the same time, one of them with the switches flipped; then the other way round. */
async function crossed(
  flips: Flips,
  one: Arm,
  other: Arm,
  plan: Omit<LoadPlan, 'url'>,
  set: { key: SwitchKey; rung: Rung }[],
): Promise<Measured> {
  const fulls: Cost[] = []
  const saved: Cost[] = []
  const results: LoadResult[] = []
  for (let round = 0; round < rounds * 2; round++) {
    const [cut, whole] = round % 2 === 0 ? [one, other] : [other, one]
    for (const { key, rung } of set) await flipped(flips, key, rung, cut.dc.id)
    const seeded = { ...plan, seed: 100 + round }
    const [less, full] = await Promise.all([cut.ask(seeded, 0), whole.ask(seeded, 1)])
    for (const { key } of set) await flipped(flips, key, 'auto', cut.dc.id)
    fulls.push(full.per1000)
    saved.push(difference(full.per1000, less.per1000))
    results.push(less.result)
  }
  const of = <T>(make: (kind: keyof Cost) => T) =>
    Object.fromEntries(costKinds.map((kind) => [kind, make(kind)])) as Record<keyof Cost, T>
  return {
    full: of((kind) => range(fulls.map((cost) => cost[kind])).value),
    saved: of((kind) => range(saved.map((cost) => cost[kind]))),
    lost: lostIn(results),
  }
}

async function flipped(flips: Flips, key: SwitchKey, state: Rung | 'auto', dc: string) {
  const { position } = await flips.flip('dc-a', key, state, { dc })
  await flips.everywhere(key, position)
}

const difference = (full: Cost, less: Cost): Cost => ({
  cpuMs: full.cpuMs - less.cpuMs,
  redisCommands: full.redisCommands - less.redisCommands,
  rowsRead: full.rowsRead - less.rowsRead,
  bytesSent: full.bytesSent - less.bytesSent,
})

function lostIn(results: readonly LoadResult[]): string {
  const sum = (what: 'offered' | 'old' | 'refused' | 'failed') =>
    results.reduce((all, { byClass }) => all + criticalities.reduce((of, name) => of + byClass[name][what], 0), 0)
  const share = (count: number) => `${((100 * count) / sum('offered')).toFixed(1)} %`
  return `of all requests ${share(sum('refused'))} left out, ${share(sum('old'))} answered from older copies, ${share(sum('failed'))} failed`
}

const shown = ({ full, saved, lost }: Measured) =>
  `${saved.cpuMs.value.toFixed(1)} of ${full.cpuMs.toFixed(1)} ms (${saved.cpuMs.low.toFixed(1)} to ${saved.cpuMs.high.toFixed(1)}), ` +
  `${saved.redisCommands.value.toFixed(1)} Redis commands, ${saved.rowsRead.value.toFixed(1)} rows, ${Math.round(saved.bytesSent.value)} bytes; ${lost}`

/** Where the platform looks for it: the next start shows what was measured here. */
async function kept(
  rig: Rig,
  all: readonly { key: SwitchKey; rung: Rung; measured: Measured }[],
): Promise<SavingsFile> {
  const mean = (kind: keyof Cost) => range(all.map(({ measured }) => measured.full[kind])).value
  const file = savingsFileSchema.parse({
    measuredAt: new Date().toISOString(),
    baseline: Object.fromEntries(costKinds.map((kind) => [kind, mean(kind)])),
    mix: Object.fromEntries(sorts.map(({ route, share }) => [route, share])),
    savings: all.map(({ key, rung, measured: { saved, lost } }) => ({ key, rung, ...saved, lost })),
  })
  const path = join(rig.stateDir, '..', 'savings.json')
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, `${JSON.stringify(file, null, 2)}\n`)
  return file
}

/** What single measurements promise of several switches together, beside what they do together. */
function predicted(
  set: { key: SwitchKey; rung: Rung }[],
  { savings }: SavingsFile,
  { saved }: Measured,
  say: (line: string) => void,
): Figure[] {
  const name = set.map(({ key, rung }) => `${key} ${rung}`).join(' + ')
  const alone = set.filter(({ key }) => !isCovered(key, set))
  const sum = alone.reduce(
    (all, { key, rung }) => all + (savings.find((each) => each.key === key && each.rung === rung)?.cpuMs.value ?? 0),
    0,
  )
  const off = sum / saved.cpuMs.value - 1
  say(`${name}: predicted ${sum.toFixed(1)} ms, measured ${saved.cpuMs.value.toFixed(1)} ms`)
  return [
    told(`${name}: processor time predicted`, sum, 'ms'),
    told(`${name}: processor time measured`, saved.cpuMs.value, 'ms'),
    {
      ...told(`${name}: prediction off by`, Math.abs(off) * 100, '%'),
      bound: tolerance * 100,
      ok: Math.abs(off) <= tolerance,
    },
  ]
}

/** Cheaper is promised of every rung: in processor time, beyond what chance could show, or in what is asked of others. */
function figuresOf({
  key,
  rung,
  measured: { saved, full },
}: {
  key: SwitchKey
  rung: Rung
  measured: Measured
}): Figure[] {
  const name = `${key} ${rung}`
  return [
    { ...told(`${name}: processor time saved`, saved.cpuMs.value, 'ms'), bound: 0, ok: saved.cpuMs.value > 0 },
    told(`${name}: at least (95 of 100)`, saved.cpuMs.low, 'ms'),
    told(`${name}: at most (95 of 100)`, saved.cpuMs.high, 'ms'),
    told(`${name}: part of all processor time`, (100 * saved.cpuMs.value) / full.cpuMs, '%'),
    told(`${name}: Redis commands saved`, saved.redisCommands.value, ''),
    told(`${name}: rows not read`, saved.rowsRead.value, ''),
    told(`${name}: bytes not sent`, saved.bytesSent.value, 'B'),
  ]
}
