import type { Outcome } from './history.js'
import { plant } from './planted.js'

/** What a worker is asked for, in its first argument as JSON. */
export interface Work {
  contender: string
  planted?: string
  /** Seeds `first`, `first + step`, … */
  first: number
  step: number
  runs: number
  /** Ends at the first history that breaks the promise. */
  untilBroken: boolean
}

/** Sums over the histories a worker has played; sent to its parent now and then, and at the end. */
export interface Tally {
  runs: number
  reads: number
  marked: number
  failed: number
  loads: number
  stale: number
  staleRuns: number
  staleMostMs: number
  broken: Outcome[]
}

const brokenMax = 5
const tellEvery = 50

const work = JSON.parse(process.argv[2] ?? '{}') as Work
if (work.planted) plant(work.planted)
// Only now: what is imported from here on has the planted fault in it.
const { play } = await import('./history.js')
const { contenders } = await import('./contenders.js')
const contender = contenders[work.contender]
if (!contender) throw new Error(`there is no contender ${work.contender}`)

const tally: Tally = {
  runs: 0,
  reads: 0,
  marked: 0,
  failed: 0,
  loads: 0,
  stale: 0,
  staleRuns: 0,
  staleMostMs: 0,
  broken: [],
}
for (let i = 0; i < work.runs; i++) {
  const outcome = await play(work.first + i * work.step, contender)
  add(outcome)
  if (i % tellEvery === 0) process.send?.(tally)
  if (work.untilBroken && outcome.violations.length > 0) break
}
process.send?.(tally, () => process.exit(0))

function add(outcome: Outcome) {
  tally.runs++
  tally.reads += outcome.reads
  tally.marked += outcome.marked
  tally.failed += outcome.failed
  tally.loads += outcome.loads
  tally.stale += outcome.stale
  tally.staleMostMs = Math.max(tally.staleMostMs, outcome.staleMostMs)
  if (outcome.stale > 0) tally.staleRuns++
  if (outcome.violations.length > 0 && tally.broken.length < brokenMax) tally.broken.push(outcome)
}
