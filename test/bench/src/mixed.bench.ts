import { until } from '@gala/platform'
import { ask } from './http/document.js'
import type { Ending } from './http/ending.js'
import { askOpenly } from './http/latency-figures.js'
import type { Answered, OpenLoopResult } from './http/open-loop-worker.js'
import { cpuS, pin, rssBytes, serverCore } from './http/processes.js'
import { at, pidOf, startPlatform } from './http/rig.js'
import { hundredths, spreadOf, tenths } from './http/statistics.js'
import { Events } from './mixed/events.js'
import { askingOf, reads, sorts } from './mixed/traffic.js'
import type { Figure } from './report.js'

const eventsCount = 1_000
const writers = 16
const connections = 64
/** The rate is raised until it is too much: this many, this long each, each so many times the one before. */
const firstPerS = 400
const stepMs = 8_000
const stepTimes = 1.25
const stepsMax = 16
/** What is borne: nothing fails, hardly anything is less than it could be, and nobody waits long. */
const degradedMost = 0.01
const p99MostUs = 100_000
const warmUpMs = 60_000
const halfMs = 60_000
const soakPart = 0.7
const lookEveryMs = 5_000
const memoryMost = 1.05
const pauseMostMs = 50
const editsCount = 60
const visibleWithinMs = 1_000

const edgeMs = 30_000
const idleMs = 10_000
const viewersConnections = 256
const kinds = ['edge', 'access', 'application', 'redis', 'mysql', 'base'] as const

/** What is measured, and by whom it is asked. */
interface Hall {
  /** Of the data centre that is asked, by kind. */
  pids: Record<(typeof kinds)[number], number>
  edgeUrl: string
  accessUrl: string
  accessPid: number
  bases: string[]
  /** In both data centres. */
  shownAt: string[]
  events: Events
  run: (plan: { ratePerS: number; durationMs: number; seed: number }) => Promise<OpenLoopResult>
}

/**
 * A thousand events by popularity, all that viewers ask for, likes among it, at one access process that has a core of its own:
 * what it bears, how long it takes at a half of that, whether it stays as it is for a while, and whether it stays fresh at the most.
 */
export async function mixedBench(
  /** `minutes` of the soak; 0: none. */
  { minutes }: { minutes: number },
  ending: Ending,
  say: (line: string) => void,
) {
  const hall = await openHall(ending, say)
  await hall.run({ ratePerS: firstPerS, durationMs: warmUpMs, seed: 1 })
  const capacity = await capacityOf(hall, say)
  const figures: Figure[] = [
    { name: 'mixed-capacity', value: Math.round(capacity), unit: '/s' },
    ...halfFigures(await hall.run({ ratePerS: capacity / 2, durationMs: halfMs, seed: 2 })),
  ]
  figures.push(...(await edgeFigures(hall, capacity / 2, say)))
  figures.push(...(await freshFigures(hall, capacity, say)))
  if (minutes > 0) figures.push(...(await soakFigures(hall, capacity * soakPart, minutes, say)))
  return figures
}

async function openHall(ending: Ending, say: (line: string) => void): Promise<Hall> {
  const { status } = await startPlatform(2, ending, say)
  const here = at(status, 0)
  const there = at(status, 1)
  const accessPid = pidOf(here, 'access')
  pin(accessPid, serverCore)
  const bases = [here, there].map(({ base }) => base[0] ?? '')
  const events = new Events(eventsCount, status.opsToken)
  await events.write(bases[0] ?? '', writers)
  say(`${eventsCount} events are written`)
  const accessUrl = here.access[0] ?? ''
  const port = Number(new URL(accessUrl).port)
  const asking = askingOf(events.ids, port)
  const run: Hall['run'] = (plan) => askOpenly({ port, asking, connections, alone: false, ...plan })
  const pids = Object.fromEntries(kinds.map((kind) => [kind, pidOf(here, kind)])) as Hall['pids']
  return {
    pids,
    edgeUrl: here.edge,
    accessUrl,
    accessPid,
    bases,
    shownAt: [accessUrl, there.access[0] ?? ''],
    events,
    run,
  }
}

/** The highest rate of the steps that is borne. @throws when not even the first is. */
async function capacityOf({ run }: Hall, say: (line: string) => void): Promise<number> {
  let borne = 0
  for (let step = 0, ratePerS = firstPerS; step < stepsMax; step++, ratePerS *= stepTimes) {
    const { all, unanswered } = await run({ ratePerS, durationMs: stepMs, seed: 10 + step })
    const whole = all.failed + unanswered === 0 && all.degraded <= degradedMost * all.answered
    const told = `${all.failed + unanswered} failed, ${all.degraded} degraded, p99 ${ms(all.p99Us)} ms`
    say(`${Math.round(ratePerS)} a second: ${told}`)
    if (!whole || all.p99Us > p99MostUs) break
    borne = ratePerS
  }
  if (borne === 0) throw new Error('not even the first step is borne')
  return borne
}

function halfFigures({ all, byName, unanswered, lateP99Us }: OpenLoopResult): Figure[] {
  const ofReads = (of: (each: Answered) => number) => reads.reduce((sum, name) => sum + of(byName[name] as Answered), 0)
  const percent = hundredths((100 * ofReads(({ hits }) => hits)) / ofReads(({ answered }) => answered))
  const failed = all.failed + unanswered
  return [
    { name: 'mixed-half-rate', value: Math.round(all.answered / (halfMs / 1_000)), unit: '/s' },
    { name: 'mixed-half-failed', value: failed, unit: 'requests', bound: 0, ok: failed === 0 },
    { name: 'mixed-half-hits', value: percent, unit: '% of reads', bound: 99, ok: percent >= 99 },
    bounded('mixed-half-mean', all.meanUs, 2),
    bounded('mixed-half-p99', all.p99Us, 10),
    { name: 'mixed-half-sent-late-p99', value: ms(lateP99Us), unit: 'ms' },
    ...sorts.flatMap((name) => {
      const { meanUs, p99Us, p999Us } = byName[name] as Answered
      return [
        { name: `mixed-half-${name}-mean`, value: ms(meanUs), unit: 'ms' },
        { name: `mixed-half-${name}-p99`, value: ms(p99Us), unit: 'ms' },
        { name: `mixed-half-${name}-p999`, value: ms(p999Us), unit: 'ms' },
      ]
    }),
  ]
}

const ms = (us: number) => hundredths(us / 1_000)
const bounded = (name: string, us: number, bound: number): Figure => ({
  name,
  value: ms(us),
  unit: 'ms',
  bound,
  ok: us / 1_000 <= bound,
})

/** Through the edge, as viewers ask: which part of it gets past the edge, and the processor time of each part of the data centre. */
async function edgeFigures(
  { pids, edgeUrl, accessUrl, events }: Hall,
  ratePerS: number,
  say: (line: string) => void,
): Promise<Figure[]> {
  const usedBy = async (work: () => Promise<unknown>) => {
    const used = () => kinds.map((kind) => cpuS([pids[kind]]))
    const before = used()
    const startedMs = performance.now()
    await work()
    const tookS = (performance.now() - startedMs) / 1_000
    return used().map((each, i) => (100 * (each - (before[i] ?? 0))) / tookS)
  }
  const idle = await usedBy(() => new Promise((done) => setTimeout(done, idleMs)))
  const port = Number(new URL(edgeUrl).port)
  const plan = {
    port,
    asking: askingOf(events.ids, port),
    connections: viewersConnections,
    alone: false,
    ratePerS,
  }
  await askOpenly({ ...plan, durationMs: idleMs, seed: 40 })
  const before = await answeredBy(accessUrl)
  let told: OpenLoopResult | undefined
  const busy = await usedBy(async () => {
    told = await askOpenly({ ...plan, durationMs: edgeMs, seed: 41 })
  })
  if (!told) throw new Error('nobody has asked')
  const { all, unanswered } = told
  const past = (100 * ((await answeredBy(accessUrl)) - before)) / all.answered
  const failed = all.failed + unanswered
  say(`${Math.round(ratePerS)} a second through the edge, ${past.toFixed(1)} % of them past it`)
  return [
    { name: 'mixed-edge-rate', value: Math.round(all.answered / (edgeMs / 1_000)), unit: '/s' },
    { name: 'mixed-edge-failed', value: failed, unit: 'requests', bound: 0, ok: failed === 0 },
    { name: 'mixed-edge-past-the-edge', value: tenths(past), unit: '%' },
    bounded('mixed-edge-mean', all.meanUs, 10),
    { name: 'mixed-edge-p99', value: ms(all.p99Us), unit: 'ms' },
    ...kinds.flatMap((kind, i) => [
      { name: `mixed-edge-${kind}`, value: tenths(busy[i] ?? 0), unit: '% of a core' },
      { name: `mixed-edge-${kind}-idle`, value: tenths(idle[i] ?? 0), unit: '% of a core' },
    ]),
  ]
}

/** Requests of viewers an access process has answered so far. */
async function answeredBy(url: string): Promise<number> {
  const { body } = await ask(`${url}/metrics`)
  return body
    .split('\n')
    .filter((line) => /^gala_http_requests_total\{.*route="\/v1\//.test(line))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
}

/** Edits by turns at both data centres while access has all the load it bears, until both show them. */
async function freshFigures(
  { run, events, bases, shownAt }: Hall,
  ratePerS: number,
  say: (line: string) => void,
): Promise<Figure[]> {
  const tookMs: number[] = []
  let loaded = true
  const load = (async () => {
    while (loaded) await run({ ratePerS, durationMs: stepMs, seed: 20 })
  })()
  try {
    for (let turn = 0; turn < editsCount; turn++) {
      const id = events.ids[turn % 3] ?? ''
      const version = await events.edit(bases[turn % bases.length] ?? '', id)
      const startedMs = performance.now()
      const shown = async (url: string) => {
        const seen = async () => versionIn((await ask(`${url}/v1/events/${id}/bootstrap`)).body) >= version
        await until(seen, `${id} is not shown at ${url}`, 30_000, 2)
        tookMs.push(performance.now() - startedMs)
      }
      await Promise.all(shownAt.map(shown))
    }
  } finally {
    loaded = false
    await load
  }
  const sorted = tookMs.toSorted((a, b) => a - b)
  const quantile = (part: number) => Math.round(sorted[Math.ceil(part * sorted.length) - 1] ?? Number.NaN)
  const slowest = quantile(1)
  say(`${editsCount} edits are seen in both data centres, the slowest after ${slowest} ms`)
  return [
    { name: 'mixed-full-visible-p50', value: quantile(0.5), unit: 'ms' },
    { name: 'mixed-full-visible-p99', value: quantile(0.99), unit: 'ms' },
    {
      name: 'mixed-full-visible-most',
      value: slowest,
      unit: 'ms',
      bound: visibleWithinMs,
      ok: slowest <= visibleWithinMs,
    },
  ]
}

const versionIn = (body: string) => (JSON.parse(body) as { event?: { version: number } }).event?.version ?? 0

/** Memory and pauses of the process while it goes on for a while. */
async function soakFigures(hall: Hall, ratePerS: number, minutes: number, say: (line: string) => void) {
  const durationMs = minutes * 60_000
  const memory: number[] = []
  let pauseMs = 0
  // What Node has seen before is forgotten with the first look.
  await longestPauseMs(hall.accessUrl)
  const cpuBefore = cpuS([hall.accessPid])
  const timer = setInterval(() => {
    memory.push(rssBytes([hall.accessPid]))
    void longestPauseMs(hall.accessUrl).then(
      (each) => {
        pauseMs = Math.max(pauseMs, each)
      },
      (error: Error) => say(`no look at the process: ${error.message}`),
    )
    if (memory.length % 12 === 0)
      say(`soak: ${Math.round((memory.at(-1) ?? 0) / 2 ** 20)} MiB after ${memory.length / 12} min`)
  }, lookEveryMs)
  const { all, unanswered } = await hall.run({ ratePerS, durationMs, seed: 30 })
  clearInterval(timer)
  // The first minute fills what fills by and by.
  const minute = Math.max(1, Math.min(12, Math.floor(memory.length / 5)))
  const first = spreadOf(memory.slice(minute, 2 * minute)).median
  const last = spreadOf(memory.slice(-minute)).median
  const growth = hundredths(last / first)
  const failed = all.failed + unanswered
  return [
    { name: 'mixed-soak-minutes', value: minutes, unit: 'min' },
    { name: 'mixed-soak-rate', value: Math.round(all.answered / (durationMs / 1_000)), unit: '/s' },
    {
      name: 'mixed-soak-cpu',
      value: tenths((cpuS([hall.accessPid]) - cpuBefore) / (durationMs / 100_000)),
      unit: '% of a core',
    },
    { name: 'mixed-soak-failed', value: failed, unit: 'requests', bound: 0, ok: failed === 0 },
    { name: 'mixed-soak-memory', value: Math.round(last / 2 ** 20), unit: 'MiB' },
    { name: 'mixed-soak-memory-growth', value: growth, unit: '×', bound: memoryMost, ok: growth <= memoryMost },
    { name: 'mixed-soak-pause', value: tenths(pauseMs), unit: 'ms', bound: pauseMostMs, ok: pauseMs <= pauseMostMs },
  ]
}

/** The longest the event loop stood still since the last look; Node looks every 10 ms, and tells the 10 ms with it. */
async function longestPauseMs(url: string): Promise<number> {
  const { body } = await ask(`${url}/metrics`)
  const value = /^nodejs_eventloop_lag_max_seconds(?:\{.*\})? (\S+)$/m.exec(body)?.[1]
  if (value === undefined) throw new Error('no nodejs_eventloop_lag_max_seconds')
  return Number(value) * 1_000
}
