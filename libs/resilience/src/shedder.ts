import { type Criticality, criticalities } from '@gala/contracts'
import { type Clock, fnv1a, fnvBasis } from '@gala/kernel'

/** Each class in so many parts, so that a class can be cut in the middle. */
const partsOfClass = 128
const levelsCount = criticalities.length * partsOfClass
const windowMs = 50
/** Share of the last window in what is expected of the next one. */
const newest = 0.2
/** How far admission leans against the strain at once, and how fast what is held sustainable follows it, a window. */
const leaning = 0.6
const learning = 0.02
/** In two windows in a row, and for so long, there was more than is good before anything is refused: less is a pause. */
const beginAfterMs = 150
/**
 * As many are always let in, a millisecond: 50 a second. A process that cannot do that much is not overloaded but starved or
 * broken, and refusing cures neither.
 */
const always = 0.05
/**
 * The class that matters most is cut only from this strain on: in a moment's stall it can wait, while what was refused is lost.
 */
const dire = 1.5
/** Everything admitted for so long, and there is no overload any more. */
const quietMs = 1_000

const ranks = Object.fromEntries(criticalities.map((name, rank) => [name, rank])) as Record<Criticality, number>

export interface ShedderOptions {
  clock: Clock
  /** Strain since it was last asked: 1 is as much as is good. Asked for once a window. */
  strain: () => number
  onBegin?: () => void
  onEnd?: () => void
}

/**
 * Decides, at the door, who is left out when there is more than can be done.
 *
 * All requests stand in one order: by class, and within a class by a hash of the client, so that for as long as it lasts the same
 * few viewers are left out instead of all of them a little. A cursor stands in that order; what is behind it is refused.
 * Every window it is put where as many are expected before it as can be sustained: that number is learned from the
 * strain, and how many stand where from the arrivals of the last windows. After DAGOR (Zhou et al., "Overload control for
 * scaling WeChat microservices", SoCC 2018), with a rate that is learned instead of steps of the cursor: when the load
 * falls or jumps, the cursor is where it belongs in the next window.
 */
export class Shedder {
  readonly #options: ShedderOptions
  readonly #arrived = new Float64Array(levelsCount)
  /** Expected arrivals per millisecond, by level. */
  readonly #expected = new Float64Array(levelsCount)
  readonly #refused = new Float64Array(criticalities.length)
  #fromMs: number
  #finished = 0
  /** Requests per millisecond. */
  #finishing = 0
  #sustainable = Number.POSITIVE_INFINITY
  #strainedSinceMs = Number.POSITIVE_INFINITY
  #admittedAllSinceMs = 0
  /** Levels that are admitted in full, and the part of the next one that is too. */
  #full = levelsCount
  #part = 0
  #carry = 0
  #turn = 0
  #salt = 0

  constructor(options: ShedderOptions) {
    this.#options = options
    this.#fromMs = options.clock.coarseMs()
  }

  /** True while somebody may be refused. */
  get active(): boolean {
    return this.#sustainable !== Number.POSITIVE_INFINITY
  }

  /**
   * Whether a request of this class is let in. `client` is whatever tells one viewer from another; without it, who is left
   * out in the class where the cursor stands is spread evenly.
   */
  admit(criticality: Criticality, client?: string): boolean {
    if (this.#options.clock.coarseMs() - this.#fromMs >= windowMs) this.adapt()
    const rank = ranks[criticality]
    const level = rank * partsOfClass + (client !== undefined && this.active ? this.#partOf(client) : this.#next())
    this.#arrived[level] = (this.#arrived[level] ?? 0) + 1
    if (level < this.#full || (level === this.#full && this.#inPart())) return true
    this.#refused[rank] = (this.#refused[rank] ?? 0) + 1
    return false
  }

  /** What was admitted has been answered. */
  finished() {
    this.#finished++
  }

  /** Closes the window if its time is over. A timer calls this too, for when nobody comes. */
  adapt(nowMs = this.#options.clock.coarseMs()) {
    const { strain } = this.#options
    const ms = nowMs - this.#fromMs
    if (ms < windowMs) return
    this.#fromMs = nowMs
    this.#learn(ms)
    const now = strain()
    if (this.active) this.#steer(now, nowMs)
    else this.#watch(now, nowMs)
    this.#finished = 0
  }

  /** Share of each class that is let in now, 0 to 1. */
  get admits(): Record<Criticality, number> {
    return byClass((rank) => {
      const whole = Math.min(partsOfClass, Math.max(0, this.#full - rank * partsOfClass))
      const cut = Math.floor(this.#full / partsOfClass) === rank ? this.#part : 0
      return (whole + cut) / partsOfClass
    })
  }

  get refused(): Record<Criticality, number> {
    return byClass((rank) => this.#refused[rank] ?? 0)
  }

  #learn(ms: number) {
    for (let level = 0; level < levelsCount; level++) {
      const rate = (this.#arrived[level] ?? 0) / ms
      const before = this.#expected[level] ?? 0
      this.#expected[level] = before + (rate - before) * newest
    }
    this.#arrived.fill(0)
    this.#finishing += (this.#finished / ms - this.#finishing) * newest
  }

  #watch(strain: number, nowMs: number) {
    this.#strainedSinceMs = strain > 1 ? Math.min(this.#strainedSinceMs, nowMs) : Number.POSITIVE_INFINITY
    if (nowMs - this.#strainedSinceMs < beginAfterMs) return
    this.#strainedSinceMs = Number.POSITIVE_INFINITY
    // Another order each time, or the same viewers would be the last in every overload.
    this.#salt = (this.#salt + 0x9e3779b9) | 0
    this.#sustainable = Math.max(this.#finishing, always)
    this.#admittedAllSinceMs = nowMs
    this.#place(this.#sustainable)
    this.#options.onBegin?.()
  }

  #steer(strain: number, nowMs: number) {
    const spare = Math.max(-1, 1 - strain)
    const all = this.#full === levelsCount
    const least = strain < dire ? this.#topRate() : always
    // What was not asked for cannot be learned from: spare room teaches nothing while everybody is let in.
    if (!all || spare < 0) this.#sustainable = Math.max(this.#sustainable * (1 + learning * spare), always, least)
    this.#place(Math.max(this.#sustainable * (1 + leaning * spare), always, least))
    if (!all || strain > 1) this.#admittedAllSinceMs = nowMs
    if (nowMs - this.#admittedAllSinceMs < quietMs) return
    this.#sustainable = Number.POSITIVE_INFINITY
    this.#full = levelsCount
    this.#part = 0
    this.#options.onEnd?.()
  }

  /** What is expected of the first class, and what of it may come in a rush. */
  #topRate(): number {
    let rate = 0
    for (let level = 0; level < partsOfClass; level++) rate += this.#expected[level] ?? 0
    return rate * 1.2
  }

  /** Puts the cursor where `rate` requests per millisecond are expected before it. */
  #place(rate: number) {
    let left = rate
    for (let level = 0; level < levelsCount; level++) {
      const expected = this.#expected[level] ?? 0
      if (expected > left) {
        this.#full = level
        this.#part = left / expected
        return
      }
      left -= expected
    }
    this.#full = levelsCount
    this.#part = 0
  }

  /** Within the level where the cursor stands, every so manieth. */
  #inPart(): boolean {
    this.#carry += this.#part
    if (this.#carry < 1) return false
    this.#carry -= 1
    return true
  }

  /** 79 is the golden section of 128: whatever follows one another stands far apart. */
  #next(): number {
    this.#turn = (this.#turn + 79) % partsOfClass
    return this.#turn
  }

  /** FNV-1a of at most 64 characters, its best mixed bits. */
  #partOf(client: string): number {
    const hash = fnv1a(client, fnvBasis ^ this.#salt, 64)
    return (Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 16) % partsOfClass
  }
}

const byClass = (of: (rank: number) => number) =>
  Object.fromEntries(criticalities.map((name, rank) => [name, of(rank)])) as Record<Criticality, number>
