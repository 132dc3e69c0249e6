import type { Change } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import { LRUCache } from 'lru-cache'
import { type RepairCounts, silenceMs } from './bus.js'

/** The ring: reads changes with `after < position <= upTo` again, in order. May answer fewer than there were. */
export type ReadAgain = (after: number, upTo: number) => Promise<readonly Change[]>

export interface Heartbeat {
  position: number
  /** One life of one sender: its clock means nothing beyond it. Null when the sender's clock is the one here. */
  run: string | null
  /** When the sender looked, by its own monotonic clock. */
  asOfMs: number
}

/** Senders whose clocks are known: base processes of one data centre, and those they replaced. */
const sendersMax = 16
/** Two heartbeats sent this far apart that arrive as far apart, to within the other figure, have not been held up. */
const confirmAfterMs = 100
const confirmWithinMs = 50
/** Two clocks of good machines drift apart by less than this part. */
const driftPart = 0.001

interface Sender {
  /** The smallest difference between the clock here at arrival and the sender's when it looked. */
  fastestMs: number
  /** When that was last looked at: clocks drift apart from there. */
  atMs: number
  /** The heartbeat the next one is compared with: when it was sent, by the sender's clock, and when it came. */
  sentAtMs: number
  cameAtMs: number
  confirmed: boolean
}

/** Changes that came early, ahead of a gap. Beyond that the gap is not repaired one by one. */
const earlyMax = 4096

/**
 * The very first heartbeats may have been held up themselves, one by one or many together. Only when one comes as long after
 * the last as it was sent after it has neither of them waited; one that was sent earlier says nothing.
 */
function confirm(sender: Sender, sentAtMs: number, cameAtMs: number) {
  const sentApartMs = sentAtMs - sender.sentAtMs
  if (sentApartMs < confirmAfterMs) return
  sender.confirmed = Math.abs(cameAtMs - sender.cameAtMs - sentApartMs) <= confirmWithinMs
  sender.sentAtMs = sentAtMs
  sender.cameAtMs = cameAtMs
}

/** The receiving half that every adapter shares: order, gaps, repair and silence. */
export class Follower {
  readonly counts: RepairCounts = { gaps: 0, repaired: 0, lost: 0 }
  readonly #takers = new Set<(change: Change) => void>()
  /** Heard of, although something before it is still missing. */
  readonly #early = new Set<number>()
  /** Without a gap up to here. */
  #position = 0
  /** The newest position known to exist. */
  #newest = 0
  /** The newest position of a heartbeat. */
  #announced = 0
  /** What was missed up to here could not be read again. */
  #lost = 0
  #repairing = false
  #revision = 0
  /** Up to when, by the clock here, the newest heartbeat vouches that nothing is missing. */
  #vouchedAtMs = Number.NEGATIVE_INFINITY
  readonly #senders = new LRUCache<string, Sender>({ max: sendersMax })

  constructor(
    private readonly clock: Clock,
    private readonly readAgain: ReadAgain,
  ) {}

  get position() {
    return this.#position
  }

  get announced() {
    return this.#announced
  }

  get vouchedAtMs() {
    return this.#vouchedAtMs
  }

  get live() {
    return this.clock.monotonicMs() - this.#vouchedAtMs <= silenceMs
  }

  get revision() {
    return this.#revision
  }

  get floor() {
    return this.#newest > this.#position ? this.#newest : this.#lost
  }

  add(take: (change: Change) => void): () => void {
    this.#takers.add(take)
    return () => this.#takers.delete(take)
  }

  receive(change: Change) {
    this.#heard(change.position)
    this.#take(change)
    this.#close()
  }

  receiveHeartbeat(beat: Heartbeat) {
    this.#vouchedAtMs = Math.max(this.#vouchedAtMs, this.clock.monotonicMs() - this.#lateMs(beat))
    this.#announced = Math.max(this.#announced, beat.position)
    this.#heard(beat.position)
    this.#close()
  }

  /**
   * How much longer this heartbeat has travelled than the fastest one of its sender: a Redis that was paused delivers
   * seconds later what says nothing of the present. The two clocks are never compared, only how they differ over time.
   */
  #lateMs({ run, asOfMs }: Heartbeat): number {
    const nowMs = this.clock.monotonicMs()
    const offsetMs = nowMs - asOfMs
    if (run === null) return offsetMs
    const sender = this.#senders.get(run)
    if (!sender) {
      const first = { fastestMs: offsetMs, atMs: nowMs, sentAtMs: asOfMs, cameAtMs: nowMs, confirmed: false }
      this.#senders.set(run, first)
      return Number.POSITIVE_INFINITY
    }
    if (!sender.confirmed) confirm(sender, asOfMs, nowMs)
    sender.fastestMs = Math.min(offsetMs, sender.fastestMs + (nowMs - sender.atMs) * driftPart)
    sender.atMs = nowMs
    return sender.confirmed ? offsetMs - sender.fastestMs : Number.POSITIVE_INFINITY
  }

  /** The first message tells where the bus stands; what was before it is unknown, as after a loss. */
  #heard(position: number) {
    if (position > this.#newest) {
      this.#newest = position
      this.#revision++
    }
    if (this.#position === 0) this.#giveUp(position)
  }

  #take(change: Change) {
    this.#revision++
    for (const take of this.#takers) take(change)
    if (change.position <= this.#position) return
    if (this.#early.size < earlyMax) this.#early.add(change.position)
    while (this.#early.delete(this.#position + 1)) this.#position++
  }

  /** Starts a repair when something is missing and none is under way. */
  #close() {
    if (this.#repairing || this.#newest <= this.#position) return
    this.counts.gaps++
    this.#repairing = true
    void this.#repair().finally(() => {
      this.#repairing = false
    })
  }

  async #repair() {
    while (this.#newest > this.#position) {
      const after = this.#position
      const upTo = this.#newest
      const missed = await this.readAgain(after, upTo).catch(() => [])
      for (const change of missed) this.#take(change)
      if (this.#position >= upTo) this.counts.repaired++
      // Nothing came for the very next position: the ring has turned past it, or cannot be read.
      else if (this.#position === after) this.#giveUp(upTo)
    }
  }

  #giveUp(position: number) {
    this.#lost = Math.max(this.#lost, position)
    this.#position = Math.max(this.#position, position)
    for (const early of this.#early) if (early <= this.#position) this.#early.delete(early)
    while (this.#early.delete(this.#position + 1)) this.#position++
    this.#revision++
    this.counts.lost++
  }
}
