import { type Criticality, criticalities } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import { seededRandom, VirtualClock } from '@gala/kernel/testing'
import { Headroom } from './headroom.js'
import { Shedder } from './shedder.js'

/** Of all requests, as in the drill. */
const mix: Record<Criticality, number> = {
  'critical-plus': 0.2,
  critical: 0.25,
  'sheddable-plus': 0.25,
  sheddable: 0.3,
}
/** An answer costs the processor this, and a refusal a thirtieth of it. */
const answerMs = 0.3
const refusalMs = 0.01
const inTimeMs = 1_000
const tickMs = 20

interface How {
  shedding?: boolean
  /** Requests waiting in all connections together: a client without a free one waits, or goes. */
  backlogMax?: number
  /** Others have the processor for so long, and then not for so long. */
  starved?: { forMs: number; everyMs: number }
}

/** Answers a second at most. */
export const capacity = 1_000 / answerMs

interface Seen {
  offered: number
  good: number
  refused: number
}

/** What became of the requests of one stretch of time. */
export interface Stretch {
  /** How long it lasted. */
  ms: number
  byClass: Record<Criticality, Seen>
  latenciesMs: number[]
  /** Refusals, of a sample, while something less important was let in. */
  outOfOrder: number
}

/**
 * A process with one event loop on virtual time: each turn takes up everything that has arrived during the one before, so
 * work waits in turns, and a timer is late by as long as a turn lasts.
 */
export class SimulatedServer {
  nowMs = 0
  readonly shedder: Shedder
  readonly #random: () => number
  readonly #waiting: { atMs: number; criticality: Criticality; client: string | undefined }[] = []
  readonly #headroom: Headroom
  #nextArrivalMs = 0
  #refusals = 0
  #idleMs = 0
  #measured = { fromMs: 0, idleMs: 0 }
  #starveDueMs = 0
  #tickDueMs = 0

  constructor(
    seed: number,
    private readonly clients = 0,
    private readonly how: How = {},
  ) {
    this.#random = seededRandom(seed)
    const turned: Clock = Object.assign(new VirtualClock(0), {
      monotonicMs: () => this.nowMs,
      coarseMs: () => this.nowMs,
    })
    this.#headroom = new Headroom({ clock: turned, tickMs, busy: () => this.#busy() })
    this.shedder = new Shedder({ clock: turned, strain: () => this.#headroom.take() })
  }

  /** Serves `load` × the capacity for `ms`. A stall stops the process for so long at the start. */
  serve(load: number, ms: number, stallMs = 0): Stretch {
    const untilMs = this.nowMs + ms
    const stretch = newStretch()
    const fromMs = this.nowMs
    this.#nextArrivalMs = this.nowMs
    this.nowMs += stallMs
    while (this.nowMs < untilMs) {
      this.#arrive(load, stretch)
      if (this.nowMs >= this.#tickDueMs) {
        this.#headroom.tick()
        this.shedder.adapt()
        this.#tickDueMs = this.nowMs + tickMs
      }
      this.#turn(stretch)
      this.#starve()
    }
    stretch.ms = this.nowMs - fromMs
    return stretch
  }

  #busy() {
    const { fromMs, idleMs } = this.#measured
    this.#measured = { fromMs: this.nowMs, idleMs: this.#idleMs }
    return this.nowMs > fromMs ? 1 - (this.#idleMs - idleMs) / (this.nowMs - fromMs) : 1
  }

  #starve() {
    const { starved } = this.how
    if (!starved || this.nowMs < this.#starveDueMs) return
    this.nowMs += starved.forMs
    this.#starveDueMs = this.nowMs + starved.everyMs
  }

  #turn(stretch: Stretch) {
    const turn = this.#waiting.splice(0)
    if (turn.length === 0) {
      const fromMs = this.nowMs
      this.nowMs = Math.min(this.#tickDueMs, this.#nextArrivalMs)
      this.#idleMs += this.nowMs - fromMs
      return
    }
    for (const { atMs, criticality, client } of turn) {
      const seen = stretch.byClass[criticality]
      seen.offered++
      if (this.how.shedding !== false && !this.shedder.admit(criticality, client)) {
        seen.refused++
        this.nowMs += refusalMs
        if (++this.#refusals % 16 === 0) this.#checkOrder(criticality, stretch)
        continue
      }
      this.nowMs += answerMs
      this.shedder.finished()
      const latencyMs = this.nowMs - atMs
      stretch.latenciesMs.push(latencyMs)
      if (latencyMs <= inTimeMs) seen.good++
    }
  }

  /** Nothing less important than what is refused may be getting in. */
  #checkOrder(criticality: Criticality, stretch: Stretch) {
    const { admits } = this.shedder
    const below = criticalities.slice(criticalities.indexOf(criticality) + 1)
    if (below.some((name) => admits[name] > 0)) stretch.outOfOrder++
  }

  #arrive(load: number, stretch: Stretch) {
    while (this.#nextArrivalMs <= this.nowMs) {
      const criticality = this.#pick()
      const client = this.clients > 0 ? `client-${Math.floor(this.#random() * this.clients)}` : undefined
      if (this.#waiting.length < (this.how.backlogMax ?? 2_000))
        this.#waiting.push({ atMs: this.#nextArrivalMs, criticality, client })
      else stretch.byClass[criticality].offered++
      this.#nextArrivalMs += -Math.log(1 - this.#random()) / ((load * capacity) / 1_000)
    }
  }

  #pick(): Criticality {
    let left = this.#random()
    for (const name of criticalities) {
      left -= mix[name]
      if (left < 0) return name
    }
    return 'sheddable'
  }
}

function newStretch(): Stretch {
  const none = () => ({ offered: 0, good: 0, refused: 0 })
  const byClass = Object.fromEntries(criticalities.map((name) => [name, none()])) as Stretch['byClass']
  return { ms: 0, byClass, latenciesMs: [], outOfOrder: 0 }
}
