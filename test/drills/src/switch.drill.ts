import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  criticalities,
  isCovered,
  type Rung,
  type SavingsFile,
  type SwitchKey,
  savingsFileSchema,
} from '@gala/contracts'
import { seededRandom } from '@gala/kernel/testing'
import { Arm, type Cost, costKinds, range } from './arms.js'
import { edit, Ledger, operator, writeEvents } from './edits.js'
import { pause } from './faults.js'
import { Flips } from './flips.js'
import type { LoadPlan, LoadResult } from './load-plan.js'
import { type Figure, told } from './report.js'
import type { Drill, Rig } from './rig.js'
import { design, everyRung, type Flip } from './switch/design.js'
import { sorts } from './switch/evening.js'
import { type Effect, leastSquares } from './switch/least-squares.js'

const eventsCount = 400
/** Of each half: together some two thirds of two cores. Nearer to the limit requests are shed, and that is what is counted then. */
const ratePerS = 220
const stretchMs = 4_000
/** Who says something says less than is allowed. */
const viewersCount = 60
/** Sets of switches by chance, beside each rung alone: with a deviation of 150 ms a trial, an effect is known to some 25 ms. */
const setsByChance = 130
/** Of each set a prediction is held against, half of them in each direction. */
const trialsOfSet = 14
/** What nobody edits is answered from memory at next to no cost, and to cut it saves nothing: an evening has edits. */
const editEveryMs = 50
/** Of which switches are flipped in which trial. */
const seed = 20_261_122
/** A prediction is as good as what was measured when it is off by no more than this part of it. */
const tolerance = 0.2

/** Some of each class, deep and shallow, alone in their route and parts of another answer. */
const combinations: Flip[][] = [
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
  flip: Flip
  full: Cost
  saved: Record<keyof Cost, Effect>
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
  const tokens = Array.from({ length: viewersCount }, (_, i) => rig.client.viewerToken(`drill-${i}`, 3_600))
  const plan = planOf(events, await Promise.all(tokens))
  say('warming both halves up')
  for (let i = 0; i < 3; i++) await Promise.all([one.ask({ ...plan, seed: i }, 0), other.ask({ ...plan, seed: i }, 1)])
  const stopEditing = await editing(rig, events)
  const trial = trials(flips, one, other, plan)
  try {
    const sets = design(setsByChance, seededRandom(seed))
    const done: Trial[] = []
    for (const set of sets) {
      done.push(await trial(set))
      if (done.length % 10 === 0) say(`${done.length} of ${sets.length} trials`)
    }
    const all = measured(done)
    for (const each of all) say(`${each.flip.key} ${each.flip.rung}: ${shown(each)}`)
    const file = await kept(rig, all)
    const predictions: Figure[] = []
    for (const set of combinations) {
      const together: Trial[] = []
      for (let i = 0; i < trialsOfSet; i++) together.push(await trial(set))
      predictions.push(...predicted(set, file, range(together.map(({ saved }) => saved.cpuMs)).value, say))
    }
    return [told('trials', done.length, ''), ...all.flatMap(figuresOf), ...predictions]
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

const planOf = (events: string[], viewers: string[]): Omit<LoadPlan, 'url'> => ({
  events,
  viewers,
  pages: eventsCount / 20,
  sorts,
  ratePerS,
  connections: 32,
  durationMs: stretchMs,
  seed: 1,
})

interface Trial {
  set: readonly Flip[]
  /** 1 when the first half was cut, -1 when the other was: what one data centre costs more than the other is no saving. */
  way: 1 | -1
  full: Cost
  saved: Cost
  result: LoadResult
}

/** Both halves are asked the same at the same time, one of them with the switches flipped: by turns the one and the other. */
function trials(flips: Flips, one: Arm, other: Arm, plan: Omit<LoadPlan, 'url'>) {
  let made = 0
  return async (set: readonly Flip[]): Promise<Trial> => {
    const way = made++ % 2 === 0 ? 1 : -1
    const [cut, whole] = way === 1 ? [one, other] : [other, one]
    await Promise.all(set.map(({ key, rung }) => flipped(flips, key, rung, cut.dc.id)))
    const seeded = { ...plan, seed: 100 + made }
    const [less, full] = await Promise.all([cut.ask(seeded, 0), whole.ask(seeded, 1)])
    await Promise.all(set.map(({ key }) => flipped(flips, key, 'auto', cut.dc.id)))
    return { set, way, full: full.per1000, saved: difference(full.per1000, less.per1000), result: less.result }
  }
}

/** What each rung saves, from all trials together. */
function measured(done: readonly Trial[]): Measured[] {
  const has = (set: readonly Flip[], { key, rung }: Flip) => set.some((of) => of.key === key && of.rung === rung)
  const causes = done.map(({ set, way }) => [way, ...everyRung.map((flip) => (has(set, flip) ? 1 : 0))])
  const effects = Object.fromEntries(
    costKinds.map((kind) => [
      kind,
      leastSquares(
        causes,
        done.map(({ saved }) => saved[kind]),
      ).slice(1),
    ]),
  ) as Record<keyof Cost, Effect[]>
  const full = Object.fromEntries(
    costKinds.map((kind) => [kind, range(done.map((trial) => trial.full[kind])).value]),
  ) as unknown as Cost
  return everyRung.map((flip, i) => {
    const alone = done.filter(({ set }) => set.length === 1 && has(set, flip))
    const saved = Object.fromEntries(costKinds.map((kind) => [kind, effects[kind][i]])) as Measured['saved']
    return { flip, full, saved, lost: lostIn(alone.map(({ result }) => result)) }
  })
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
async function kept(rig: Rig, all: readonly Measured[]): Promise<SavingsFile> {
  const file = savingsFileSchema.parse({
    measuredAt: new Date().toISOString(),
    baseline: all[0]?.full,
    mix: Object.fromEntries(sorts.map(({ route, share }) => [route, share])),
    savings: all.map(({ flip, saved, lost }) => ({ ...flip, ...saved, lost })),
  })
  const path = join(rig.stateDir, '..', 'savings.json')
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, `${JSON.stringify(file, null, 2)}\n`)
  return file
}

/** What single measurements promise of several switches together, beside what they do together. */
function predicted(
  set: readonly Flip[],
  { savings }: SavingsFile,
  together: number,
  say: (line: string) => void,
): Figure[] {
  const name = set.map(({ key, rung }) => `${key} ${rung}`).join(' + ')
  const alone = set.filter(({ key }) => !isCovered(key, set))
  const sum = alone.reduce(
    (all, { key, rung }) => all + (savings.find((each) => each.key === key && each.rung === rung)?.cpuMs.value ?? 0),
    0,
  )
  const off = sum / together - 1
  say(`${name}: predicted ${sum.toFixed(1)} ms, measured ${together.toFixed(1)} ms`)
  return [
    told(`${name}: processor time predicted`, sum, 'ms'),
    told(`${name}: processor time measured`, together, 'ms'),
    {
      ...told(`${name}: prediction off by`, Math.abs(off) * 100, '%'),
      bound: tolerance * 100,
      ok: Math.abs(off) <= tolerance,
    },
  ]
}

/** Cheaper is promised of every rung, in processor time. */
function figuresOf({ flip: { key, rung }, saved, full }: Measured): Figure[] {
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
