import { until } from '@gala/platform'
import type { OpsClient } from '@gala/sdk'
import { cachez } from './cachez.js'
import { bringBack, killWhole, moveWriter } from './data-centre-loss.js'
import { Ledger, operator, writeEvents } from './edits.js'
import { pause } from './faults.js'
import { heldAgainst } from './held-against.js'
import { idleMeter } from './machine.js'
import { type NightResult, over } from './night/plan.js'
import { Viewers } from './night/viewers.js'
import { atLeast, atMost, type Figure, told } from './report.js'
import type { Drill, Rig } from './rig.js'
import { type Door, warm } from './steady-load.js'
import { upperBoundOfMean } from './upper-bound.js'
import { Writer } from './writers.js'

/** With none bad among so many, six nines can be claimed at 95 %: the number of which -ln(0.05) is a millionth. */
const requestsDefault = 3_000_000
const ratePerS = 5_500
/** However few requests are asked for: what is broken needs its time to heal. */
const shortestMs = 100_000
/** Of the requests alone; with starting, healing and ending it stays below twelve minutes. */
const longestMs = 640_000
const endsWithinMs = 720_000
const eventsCount = 200
/** Which of the events, by how much they are asked for, are edited all the while, and how long after each edit. */
const editedRanks = [0, 9, 99]
const editPauseMs = 500
const warmMs = 10_000
const followsWithinMs = 120_000
const sayEveryMs = 10_000
const badSaidMax = 20

const health = 'in health'
const phases = [health, 'dc-a gone', 'dc-a back', 'Redis gone', 'Redis back', 'writer moved'] as const

export const nightDrill: Drill = {
  about: 'three million requests while a data centre, Redis and the writer go and come: full, degraded and bad counted',
  sizes: {},
  links: { delayMs: 1 },
  requests: requestsDefault,
  run: async (rig, say) => {
    const stopping: (() => void)[] = []
    const limit = pause(endsWithinMs).then(() => {
      throw new Error(`the night has not ended after ${endsWithinMs / 60_000} minutes`)
    })
    try {
      return await Promise.race([night(rig, say, stopping), limit])
    } finally {
      for (const stop of stopping) stop()
    }
  },
}

async function night(rig: Rig, say: (line: string) => void, stopping: (() => void)[]): Promise<Figure[]> {
  const admin = await rig.client.token('admin', 3_600, 'drill')
  const bases = rig.status.dcs.map(({ base }) => operator(base[0] ?? '', admin))
  const edges = rig.status.dcs.map(({ edge }) => edge)
  const ledger = new Ledger()
  const events = await writeEvents(rig, 'night', eventsCount - editedRanks.length)
  const writers = editedRanks.map((rank) => new Writer(`night-edited-${rank}`, bases, ledger, rank, editPauseMs))
  stopping.push(() => writers.forEach((each) => void each.stop()))
  await until(() => writers.every(({ version }) => version > 0), 'nothing can be edited', 20_000)
  for (const [i, rank] of editedRanks.entries()) events.splice(rank, 0, writers[i]?.id ?? '')
  const perS = Math.min(ratePerS, rig.requests / (shortestMs / 1_000))
  const plan = { edges, events, phase: health, seed: 20261122 }

  say(`warming up with ${editPauseMs} ms between the edits of each of ${writers.length} events`)
  await warm(
    rig.status.dcs.flatMap(({ id, access }) => access.map((url) => doorAt(id, url))),
    events,
  )
  const first = new Viewers({ ...plan, ratePerS: perS / 4 }, () => {})
  stopping.push(() => first.kill())
  await pause(warmMs)
  await first.stop()

  let badSaid = 0
  const viewers = new Viewers({ ...plan, ratePerS: perS }, (what) => {
    if (badSaid++ < badSaidMax) say(`bad: ${what}`)
  })
  stopping.push(() => viewers.kill())
  const idle = idleMeter()
  const course = new Course(rig.requests, viewers, say)
  stopping.push(() => course.end())
  await breakAll(rig, bases, course)
  course.end()
  const result = await viewers.stop()
  const durationMs = performance.now() - course.startedMs
  for (const each of writers) await each.stop()
  const { lost, twice } = await heldAgainst(rig, writers)
  for (const [phase, { why }] of Object.entries(result.phases)) {
    for (const [code, count] of Object.entries(why)) say(`${phase}: asked again because of ${code}: ${count}`)
  }
  return [
    ...figuresOf(result, rig.requests, durationMs),
    told('edits acknowledged meanwhile', ledger.count, ''),
    atMost('acknowledged edits lost', lost, '', 0),
    atMost('edits made twice', twice, '', 0),
    // Whoever shares the machine takes part in the drill: with nothing left, it is the machine that is measured.
    told('idle part of the machine', idle(), '%'),
  ]
}

const doorAt = (dc: string, url: string): Door => ({ dc, url, rate: 0, edge: false, elsewhere: () => false })

/** One thing after the other, each with its part of the requests and time to heal. */
async function breakAll(rig: Rig, bases: readonly OpsClient[], course: Course) {
  const [home, other] = rig.status.dcs
  const base = bases[1]
  if (!home || !other || !base) throw new Error('there are no two data centres')
  course.phase(health)
  await course.upTo(0.12)

  course.phase('dc-a gone')
  await killWhole(rig, home.id)
  await course.upTo(0.27)
  course.phase('dc-a back')
  await bringBack(rig, home.id, base, followsWithinMs)
  course.say('dc-a has everything, the writer is moved home')
  await moved(base, home.id, course)
  await course.upTo(0.5)

  course.phase('Redis gone')
  await rig.client.part('kill', `${home.id}.redis`)
  await course.upTo(0.62)
  course.phase('Redis back')
  await rig.client.part('start', `${home.id}.redis`)
  const live = async () => (await Promise.all(home.application.map(cachez))).every(({ bus }) => bus.live)
  await until(() => live().catch(() => false), 'a process does not find its way back to Redis', 60_000)
  await course.upTo(0.72)

  course.phase('writer moved')
  await moved(base, other.id, course)
  await course.upTo(0.8)
  await moved(base, home.id, course)
  await course.upTo(0.9)
  course.phase(health)
  await course.upTo(1)
}

/** A server that is too far behind at the moment refuses, and everything stays as it was: then a little later. */
async function moved(base: OpsClient, to: string, course: Course) {
  const works = () =>
    moveWriter(base, to, 'drill: planned move').then(
      (readOnlyMs) => {
        course.say(`the writer is moved to ${to}; nobody could write for ${Math.round(readOnlyMs)} ms`)
        return true
      },
      (error: Error) => {
        course.say(`the writer does not move to ${to}: ${error.message}`)
        return false
      },
    )
  await until(works, `the writer does not move to ${to}`, 60_000, 1_000)
}

/** How far the night is, by requests, or by time where the machine does not make as many. */
class Course {
  readonly startedMs = performance.now()
  readonly #timer: NodeJS.Timeout
  #phase: string = health

  constructor(
    private readonly requests: number,
    private readonly viewers: Viewers,
    readonly say: (line: string) => void,
  ) {
    let before = 0
    this.#timer = setInterval(() => {
      const { done, degraded, bad } = viewers
      const rate = Math.round((done - before) / (sayEveryMs / 1_000))
      say(`${this.#phase}: ${done} requests, ${rate} a second; ${degraded} degraded, ${bad} bad`)
      before = done
    }, sayEveryMs)
  }

  phase(phase: (typeof phases)[number]) {
    this.#phase = phase
    this.viewers.phase(phase)
    this.say(phase)
  }

  async upTo(part: number) {
    const reached = () =>
      this.viewers.done >= part * this.requests || performance.now() - this.startedMs >= part * longestMs
    await until(reached, 'no end', longestMs + 1_000, 100)
  }

  end() {
    clearInterval(this.#timer)
  }
}

function figuresOf(result: NightResult, wanted: number, durationMs: number): Figure[] {
  const tallies = Object.values(result.phases)
  const requests = tallies.reduce((sum, tally) => sum + over(tally), 0)
  const bad = tallies.reduce((sum, tally) => sum + tally.bad, 0)
  const claim = 'bad of a million at most, at 95 % confidence'
  const badPpm = (1e6 * upperBoundOfMean(bad)) / requests
  const byPhase = phases.flatMap((phase) => {
    const tally = result.phases[phase]
    if (!tally) return []
    return [
      told(`${phase}: requests`, over(tally), ''),
      told(`${phase}: full`, tally.full, ''),
      told(`${phase}: degraded`, tally.degraded, ''),
      told(`${phase}: bad`, tally.bad, ''),
      told(`${phase}: asked again elsewhere`, tally.again, ''),
    ]
  })
  return [
    ...byPhase,
    atLeast('requests', requests, '', wanted),
    told(
      'full',
      tallies.reduce((sum, { full }) => sum + full, 0),
      '',
    ),
    told(
      'degraded',
      tallies.reduce((sum, { degraded }) => sum + degraded, 0),
      '',
    ),
    atMost('bad', bad, '', 0),
    // Fewer requests than it takes to claim six nines claim less, and that is no fault.
    wanted < requestsDefault ? told(claim, badPpm, '') : atMost(claim, badPpm, '', 1),
    told('requests a second', requests / (durationMs / 1_000), ''),
    told('duration', durationMs / 1_000, 's'),
    told('over within, p50', result.tookMs.p50, 'ms'),
    told('over within, p99', result.tookMs.p99, 'ms'),
    told('over within, most', result.tookMs.most, 'ms'),
    told('arrivals put off for want of connections', result.putOffMs / 1_000, 's'),
    told('the drill itself had no processor for', result.heldUpMs / 1_000, 's'),
  ]
}
