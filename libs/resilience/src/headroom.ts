import type { Clock } from '@gala/kernel'

/** Work that waits on something else: how much of it there is, how much there may be, and what was turned away lately. */
export interface Occupancy {
  readonly inFlight: number
  readonly limit: number
  /** Asked for and refused since the process began, for want of room. */
  readonly asked: number
  readonly refused: number
}

/** A room filled to this part still has place for what comes in a rush, and for what is more important. */
const comfortable = 0.6

export interface HeadroomOptions {
  clock: Clock
  /** How often `tick` is called when nothing is late, in milliseconds. */
  tickMs: number
  /**
   * Lateness of the event loop at which it has as much to do as it can, in milliseconds: 100 are below what a viewer
   * notices, and above what a healthy process suffers from its neighbours on a busy machine.
   */
  tolerableMs?: number
  /** Part of the time since the last call in which the event loop had something to do, 0 to 1. Called once a window. */
  busy: () => number
}

/** What was longest is remembered for one to two of these. */
const longestOverMs = 30_000

/** An event loop that idles for a twentieth of the last moments has caught up with everything in each of them. */
const fullyBusy = 0.95
const busyOverMs = 150

/**
 * How much more a process could take: one number from several signs.
 *
 * The lateness of a timer says how long work waits for the event loop, whatever the reason: a full socket buffer, a
 * processor shared with others, a long computation. Work in flight against its limit says the same of what is behind.
 * Both are told as *strain*: 1 is as much as is good, 2 twice that. An event loop that is busy all the time is no strain as long as
 * nothing waits, because that is where a loaded process should be; it only ends the headroom. And one that is late but still
 * finds time to idle is done with everything: its neighbours keep it from the processor, and to refuse would not help.
 */
export class Headroom {
  readonly #clock: Clock
  readonly #tickMs: number
  readonly #busyNow: () => number
  readonly #tolerableMs: number
  #tickedMs: number
  #takenMs: number
  #lateMs = 0
  #longest = { sinceMs: 0, ms: 0, beforeMs: 0 }
  #window = { lateMs: 0, ms: 0, asked: 0, refused: 0 }
  #strain = 0
  /** What bounds the work in flight, if anything does; set by whoever has it. */
  occupancy: Occupancy | undefined
  /** Mean lateness of the last window in milliseconds. */
  delayMs = 0
  /** Part of the last moments in which the event loop had something to do, 0 to 1. */
  busy = 0

  constructor({ clock, tickMs, tolerableMs = 100, busy }: HeadroomOptions) {
    this.#clock = clock
    this.#busyNow = busy
    this.#takenMs = clock.monotonicMs()
    this.#tickMs = tickMs
    this.#tolerableMs = tolerableMs
    this.#tickedMs = clock.monotonicMs()
  }

  tick() {
    const nowMs = this.#clock.monotonicMs()
    const tookMs = nowMs - this.#tickedMs
    this.#tickedMs = nowMs
    this.#lateMs = Math.max(0, tookMs - this.#tickMs)
    this.#window.lateMs += this.#lateMs * tookMs
    this.#window.ms += tookMs
    if (nowMs - this.#longest.sinceMs >= longestOverMs) {
      this.#longest = { sinceMs: nowMs, ms: 0, beforeMs: this.#longest.ms }
    }
    this.#longest.ms = Math.max(this.#longest.ms, this.#lateMs)
  }

  /** By how much a tick was late at most within the last half to whole minute, in milliseconds; a pause is up to a tick longer. */
  get longestMs(): number {
    return Math.max(this.#longest.ms, this.#longest.beforeMs)
  }

  /**
   * How long what is taken up now has probably waited already, in milliseconds: somewhere within the turn of the event loop
   * before this one, so half of it.
   */
  get waitedMs(): number {
    return Math.max(this.#lateMs, this.#overdueMs) / 2
  }

  /** Closes a window: the strain since the last call. */
  take(): number {
    const { lateMs, ms } = this.#window
    this.delayMs = Math.max(ms > 0 ? lateMs / ms : this.#lateMs, this.#overdueMs)
    const nowMs = this.#clock.monotonicMs()
    this.busy += (this.#busyNow() - this.busy) * (1 - Math.exp((this.#takenMs - nowMs) / busyOverMs))
    this.#takenMs = nowMs
    const lateness = this.delayMs / this.#tolerableMs
    this.#strain = Math.max(this.busy < fullyBusy ? Math.min(lateness, this.busy) : lateness, this.#crowding())
    this.#window = { lateMs: 0, ms: 0, asked: this.occupancy?.asked ?? 0, refused: this.occupancy?.refused ?? 0 }
    return this.#strain
  }

  /** 1: idle; 0: at the limit. Of the last window. */
  get value(): number {
    return Math.min(1, Math.max(0, 1 - Math.max(this.#strain, this.busy)))
  }

  /** 1 when the room is as full as is good; above it by the share of what was turned away. */
  #crowding(): number {
    if (!this.occupancy) return 0
    const { inFlight, limit, asked, refused } = this.occupancy
    const turnedAway = refused - this.#window.refused
    if (turnedAway > 0) return 1 + turnedAway / Math.max(1, asked - this.#window.asked)
    return Math.min(1.5, inFlight / (limit * comfortable))
  }

  get #overdueMs(): number {
    return Math.max(0, this.#clock.coarseMs() - this.#tickedMs - this.#tickMs)
  }
}
