import { type ChildProcess, fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { frontHistories } from './front.js'
import { planted } from './planted.js'
import type { Tally, Work } from './worker.js'

const usage = `usage: npm run chaos -- [--seed N] [--runs K] [--contender NAME | --rivals | --planted | --front] [--json]

Plays K histories (1,000 when left out) of reads, writes and faults on virtual time against the real cache and bus, and
holds every answer against the promise. The same seed plays the same history.

  --seed N      the first seed; by the clock when left out, and printed
  --rivals      the same histories for the peers, side by side
  --planted     takes out one guard after the other: each has to be missed within K histories
  --front       K inputs, good, odd and broken, to the raw front of access and to Node's server alone: the same answers
  --json        one JSON object on stdout
`

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    runs: { type: 'string', default: '1000' },
    contender: { type: 'string', default: 'gala' },
    rivals: { type: 'boolean', default: false },
    planted: { type: 'boolean', default: false },
    front: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(usage)
  process.exit(0)
}
const seed = whole('seed', values.seed ?? String(Date.now() % 1_000_000_000), 2 ** 31)
const runs = whole('runs', values.runs, 100_000_000)
const say = (line: string) => process.stderr.write(`${line}\n`)
const startedMs = performance.now()
const children = new Set<ChildProcess>()

say(`seed ${seed}, ${runs} ${values.front ? 'inputs' : 'histories of each'}`)
const figures = await run()
const ok = figures.every((figure) => figure.ok !== false)
const durationS = Math.round((performance.now() - startedMs) / 100) / 10
if (values.json) {
  const conditions = { cores: availableParallelism(), node: process.version, durationS, runs }
  process.stdout.write(`${JSON.stringify({ name: 'chaos', ok, seed, figures, conditions })}\n`)
} else {
  for (const { name, value, unit, ok: held } of figures) {
    process.stdout.write(`${held === false ? '✗' : held ? '✓' : ' '} ${name.padEnd(44)} ${value} ${unit}\n`)
  }
  process.stdout.write(`seed ${seed}, ${durationS} s\n`)
}
process.exitCode = ok ? 0 : 1

function run(): Promise<Figure[]> {
  if (values.front) return frontHistories(seed, runs, say)
  if (values.planted) return missed()
  return values.rivals ? rivals() : proof(values.contender)
}

interface Figure {
  name: string
  value: number
  unit: string
  bound?: number
  ok?: boolean
  peer?: string
}

/** The promise of one contender, over all histories. */
async function proof(contender: string): Promise<Figure[]> {
  const tally = await played({ contender, untilBroken: false })
  for (const { seed: broken, faults, violations } of tally.broken) {
    say(`\nseed ${broken} breaks it: ${faults.join('; ') || 'no fault'}`)
    for (const { what, detail } of violations) say(`  ${what}: ${detail}`)
    say(`  play it again: npm run chaos -- --seed ${broken} --runs 1`)
  }
  return [
    { name: 'histories', value: tally.runs, unit: '' },
    { name: 'reads', value: tally.reads, unit: '' },
    { name: 'answers marked as stale', value: tally.marked, unit: '' },
    { name: 'loads', value: tally.loads, unit: '' },
    {
      name: 'histories that break the promise',
      value: tally.broken.length,
      unit: '',
      bound: 0,
      ok: tally.broken.length === 0,
    },
    { name: 'stale reads beyond the promise', value: tally.stale, unit: '', bound: 0, ok: tally.stale === 0 },
  ]
}

/** Every guard that can be taken out, and after how many histories it was missed. */
async function missed(): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const [name, { what }] of Object.entries(planted)) {
    const tally = await played({ contender: 'gala', planted: name, untilBroken: true })
    const found = tally.broken.length > 0
    say(
      `${found ? '✓' : '✗'} ${name}: ${what}: ${found ? `missed after ${tally.runs}` : `not missed in ${tally.runs}`}`,
    )
    figures.push({ name: `missed:${name}`, value: tally.runs, unit: 'histories', bound: runs, ok: found })
  }
  return figures
}

async function rivals(): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const contender of ['gala-one-dc', 'bentocache', 'cacheable', 'cache-manager']) {
    const tally = await played({ contender, untilBroken: false })
    const peer = contender.startsWith('gala') ? {} : { peer: contender }
    figures.push({ name: `${contender}: reads`, value: tally.reads, unit: '', ...peer })
    figures.push({ name: `${contender}: stale reads beyond a second`, value: tally.stale, unit: '', ...peer })
    figures.push({ name: `${contender}: histories with one`, value: tally.staleRuns, unit: '', ...peer })
    figures.push({ name: `${contender}: the stalest`, value: Math.round(tally.staleMostMs), unit: 'ms', ...peer })
  }
  return figures
}

/** Plays the histories on all cores; with `untilBroken` all end when one has broken the promise. */
async function played(what: Pick<Work, 'contender' | 'planted' | 'untilBroken'>): Promise<Tally> {
  const cores = Math.min(availableParallelism(), runs)
  const tallies: (Tally | undefined)[] = Array.from({ length: cores })
  let shownMs = performance.now()
  const ended = Array.from({ length: cores }, (_, i) => {
    const work: Work = { ...what, first: seed + i, step: cores, runs: Math.ceil((runs - i) / cores) }
    const child = fork(join(import.meta.dirname, 'worker.js'), [JSON.stringify(work)])
    children.add(child)
    child.on('message', (tally: Tally) => {
      tallies[i] = tally
      if (what.untilBroken && tally.broken.length > 0) for (const each of children) if (each !== child) each.kill()
      if (performance.now() - shownMs < 5_000) return
      shownMs = performance.now()
      say(`  … ${tallies.reduce((n, t) => n + (t?.runs ?? 0), 0)} of ${runs} ${what.planted ?? what.contender}`)
    })
    return new Promise<void>((done, failed) => {
      child.on('exit', (code, signal) => {
        children.delete(child)
        if (code === 0 || signal) done()
        else failed(new Error(`a worker ended with ${code}`))
      })
    })
  })
  await Promise.all(ended)
  return sum(tallies.filter((tally) => tally !== undefined))
}

function sum(tallies: readonly Tally[]): Tally {
  return tallies.reduce((a, b) => ({
    runs: a.runs + b.runs,
    reads: a.reads + b.reads,
    marked: a.marked + b.marked,
    failed: a.failed + b.failed,
    loads: a.loads + b.loads,
    stale: a.stale + b.stale,
    staleRuns: a.staleRuns + b.staleRuns,
    staleMostMs: Math.max(a.staleMostMs, b.staleMostMs),
    broken: [...a.broken, ...b.broken],
  }))
}

function whole(name: string, text: string, most: number): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1 && value <= most) return value
  process.stderr.write(`--${name}: must be a whole number from 1 to ${most}\n\n${usage}`)
  process.exit(2)
}
