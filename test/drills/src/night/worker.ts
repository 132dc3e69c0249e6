import { performance } from 'node:perf_hooks'
import { seededRandom } from '@gala/kernel/testing'
import { type Question, sorts, type Verdict, verdictOn } from './answers.js'
import { Door } from './door.js'
import { type NightPlan, type NightResult, type Order, type Tally, type Word } from './plan.js'

/** A program of its own: what it costs to ask must not hold up whoever breaks things, writes and supervises. */
const plan = JSON.parse(process.argv[2] ?? '') as NightPlan

/** Zipf's exponent: of every five requests three are about the event of the night, and all others are asked for as well. */
const zipf = 2
/**
 * As many as are under way in a second in which nothing of the most asked is answered, about: with fewer, all others would
 * wait behind it, which viewers with connections of their own do not. In health the last dozen of them does all the work.
 */
const connectionsPerEdge = 512
const turnMs = 2
/** At an edge that does not answer, arrivals beyond this are put off: a crowd of any size would not be kept either. */
const waitingMax = 5_000
/** A turn this late was not late by itself: others had the processor. What is asked did not wait in that time, as far as we can tell. */
const heldUpAfterMs = 250
const tellEveryMs = 1_000
const badToldMax = 20
/** Of a millisecond, up to twice the patience at each of both edges. */
const bucketsPerMs = 10
const bucketsMax = 80_000

const random = seededRandom(plan.seed)
const questions = plan.events.map((event) =>
  sorts.map((sort): Question => ({ sort, event, path: `/v1/events/${event}${sort.name}`, right: [] })),
)
const eventUpTo = upTo(plan.events.map((_, rank) => (rank + 1) ** -zipf))
const sortUpTo = upTo(sorts.map(({ share }) => share))
const known = new Map<string, Buffer>()
const doors = plan.edges.map((url) => new Door(Number(new URL(url).port), connectionsPerEdge, nowMs))

const phases: Record<string, Tally> = {}
const tookMs = new Uint32Array(bucketsMax)
const badTold: string[] = []
let tally = tallyOf(plan.phase)
let heldUpMs = 0
let putOffMs = 0
let underWay = 0
let going = true
let lastTurnMs = performance.now()
let nextAtMs = nowMs()
let lookedMs = nowMs()

process.on('message', (order: Order) => {
  if (order === 'stop') going = false
  else tally = tallyOf(order.phase)
})
// Whoever started us is gone: nobody wants to know.
process.on('disconnect', () => process.exit())
const teller = setInterval(() => tell({ progress: phases, bad: badTold.splice(0) }), tellEveryMs)
begin()

/** What is asked before the first connections are open would find nobody. */
function begin() {
  if (!doors.every(({ allOpen }) => allOpen)) return void setTimeout(begin, 10)
  lastTurnMs = performance.now()
  nextAtMs = nowMs()
  turn()
}

/** The viewers' own clock, which stands still while their process does. */
function nowMs(): number {
  return performance.now() - heldUpMs
}

function turn() {
  const lateMs = performance.now() - lastTurnMs
  if (lateMs > heldUpAfterMs) heldUpMs += lateMs
  lastTurnMs = performance.now()
  const now = nowMs()
  while (going && nextAtMs <= now) {
    if (doors.some(({ waiting }) => waiting >= waitingMax)) {
      putOffMs += now - nextAtMs
      nextAtMs = now
      break
    }
    begun(nextAtMs)
    nextAtMs += (-Math.log(1 - random()) * 1000) / plan.ratePerS
  }
  if (now - lookedMs > 20) {
    for (const door of doors) door.look()
    lookedMs = now
  }
  if (going || underWay > 0) setTimeout(turn, turnMs)
  else finish()
}

function begun(atMs: number) {
  const event = questions[chosen(eventUpTo)] as Question[]
  const question = event[chosen(sortUpTo)] as Question
  const near = random() < 0.5 ? 0 : 1
  underWay++
  ask(question, near, atMs, (verdict) => {
    if (verdict.outcome !== 'bad' || !verdict.retryable) return ended(question, atMs, verdict)
    tally.again++
    tally.why[verdict.code] = (tally.why[verdict.code] ?? 0) + 1
    ask(question, 1 - near, nowMs(), (second) => ended(question, atMs, second, verdict.code))
  })
}

function ask(question: Question, edge: number, atMs: number, settle: (verdict: Verdict) => void) {
  const door = doors[edge] as Door
  door.ask(bytesOf(question, door), atMs, (reply) => settle(verdictOn(reply, question, edge)))
}

function ended({ path }: Question, atMs: number, verdict: Verdict, before?: string) {
  underWay--
  tally[verdict.outcome]++
  const took = Math.min(bucketsMax - 1, Math.floor((nowMs() - atMs) * bucketsPerMs))
  tookMs[took] = (tookMs[took] ?? 0) + 1
  if (verdict.outcome !== 'bad' || badTold.length >= badToldMax) return
  badTold.push(`${path}: ${before ? `${before}, then ` : ''}${verdict.code}, after ${Math.round(nowMs() - atMs)} ms`)
}

/** Made once for each address: what is asked again costs only the sending. */
function bytesOf({ path }: Question, { port }: Door): Buffer {
  const key = `${port}${path}`
  const made = known.get(key) ?? Buffer.from(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`)
  known.set(key, made)
  return made
}

function tallyOf(phase: string): Tally {
  phases[phase] ??= { full: 0, degraded: 0, bad: 0, again: 0, why: {} }
  return phases[phase]
}

/** Where the part of each weight ends, of all of them. */
function upTo(weights: readonly number[]): number[] {
  const all = weights.reduce((sum, weight) => sum + weight, 0)
  let sum = 0
  return weights.map((weight) => {
    sum += weight
    return sum / all
  })
}

/** By chance, by the first end that is above it. */
function chosen(ends: readonly number[]): number {
  const chance = random()
  let low = 0
  let high = ends.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (chance < (ends[middle] ?? 1)) high = middle
    else low = middle + 1
  }
  return low
}

function quantileMs(part: number): number {
  const wanted = part * tookMs.reduce((sum, count) => sum + count, 0)
  let seen = 0
  for (const [bucket, count] of tookMs.entries()) {
    seen += count
    if (seen > 0 && seen >= wanted) return (bucket + 1) / bucketsPerMs
  }
  return Number.NaN
}

function tell(word: Word, then?: () => void) {
  process.send?.(word, undefined, undefined, then)
}

function finish() {
  clearInterval(teller)
  for (const door of doors) door.end()
  const took = { p50: quantileMs(0.5), p99: quantileMs(0.99), most: quantileMs(1) }
  const result: NightResult = { phases, tookMs: took, putOffMs, heldUpMs }
  tell({ progress: phases, bad: badTold.splice(0) })
  tell({ result }, () => process.exit())
}
