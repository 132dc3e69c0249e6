import { oneAtATime } from '@gala/kernel'
import { type Fleet, tellEveryMs } from './fleet.js'
import type { PumpParts } from './pump-parts.js'
import { leaseMs, RoomPump } from './room-pump.js'
import type { RoomView } from './room-view.js'

export interface SharingParts extends PumpParts {
  fleet: Fleet
  viewOf: (room: string) => RoomView
}

/** Some 2 MB each when they are busy, and a renewal a second. */
export const roomsMax = 500
/** Nobody has been in the room and nothing was said for so long: nobody makes its blocks. */
const idleAfterMs = 60_000
const tickMs = 100
/** How often a process looks whether a room is free: the preferred one, the next, the third. The others wait until they move up. */
const tryEveryMs = [250, 300, 1_000]
/** How much later than the one before it a process tries for a room that is new: longer than a tick. */
const headStartMs = 150
/** A room that was given away is left to the one it was given to. */
const givenAwayMs = 2_000
/** For a room it has no place for, or many others go before it. */
const lookAgainMs = 1_000
const triesMax = 50
const givenAtOnceMax = 10

/**
 * Which rooms this process makes the blocks of. Every room that is in use has a lease that the first to ask gets; for each room,
 * the processes ask in an order of its own, so that rooms spread evenly and one that dies leaves its rooms to many. Whoever has a room that
 * another one is preferred for gives it away, between two blocks.
 */
export class Sharing {
  readonly #held = new Map<string, RoomPump>()
  /** When to try for a room that another process has, or nobody. */
  readonly #tryAtMs = new Map<string, number>()
  readonly #trying = new Set<string>()
  readonly #cancels: (() => void)[]
  #stopped = false
  turnedAway = 0

  constructor(private readonly parts: SharingParts) {
    const { clock, store } = parts
    const look = oneAtATime(() => this.look())
    this.#cancels = [
      store.listen({ accepted: (room) => this.#accepted(room), missed: () => this.#missed() }),
      clock.every(tellEveryMs, () => void look()),
      clock.every(tickMs, () => this.#tick()),
    ]
    void look()
  }

  get held(): number {
    return this.#held.size
  }

  /** Finishes the blocks that are under way and leaves the rooms to others. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const cancel of this.#cancels) cancel()
    const { fleet, signals } = this.parts
    const told = fleet.tell(roomsMax).catch(() => signals.failed('look'))
    await Promise.all([told, ...[...this.#held.values()].map((pump) => pump.stop())])
  }

  /** Looks for rooms in use and for who else is there. */
  async look(): Promise<void> {
    const { store, fleet, clock, signals } = this.parts
    try {
      await fleet.tell(this.#held.size)
      await fleet.look()
      const active = new Set(await store.active(clock.nowMs() - idleAfterMs))
      const nowMs = clock.monotonicMs()
      for (const room of active) if (!this.#knows(room)) this.#tryAtMs.set(room, nowMs + this.#headStartMs(room))
      for (const room of this.#tryAtMs.keys()) if (!active.has(room)) this.#tryAtMs.delete(room)
      this.#giveAway(active)
    } catch {
      signals.failed('look')
    }
  }

  #giveAway(active: ReadonlySet<string>) {
    const { fleet } = this.parts
    let given = 0
    for (const [room, pump] of this.#held) {
      const idle = !active.has(room)
      if (!idle && (given >= givenAtOnceMax || fleet.before(room, true) === 0)) continue
      given++
      void pump.stop()
    }
  }

  #accepted(room: string) {
    const pump = this.#held.get(room)
    if (pump) return pump.wake()
    const nowMs = this.parts.clock.monotonicMs()
    if (this.#knows(room)) return
    this.#tryAtMs.set(room, nowMs + this.#headStartMs(room))
  }

  #missed() {
    for (const pump of this.#held.values()) pump.wake()
  }

  #knows(room: string): boolean {
    return this.#held.has(room) || this.#tryAtMs.has(room) || this.#trying.has(room)
  }

  #headStartMs(room: string): number {
    return Math.min(this.parts.fleet.before(room), tryEveryMs.length) * headStartMs
  }

  #tick() {
    const { clock, fleet } = this.parts
    const nowMs = clock.monotonicMs()
    for (const [room, atMs] of this.#tryAtMs) {
      if (atMs > nowMs) continue
      if (this.#trying.size >= triesMax) return
      const isFull = this.#held.size + this.#trying.size >= roomsMax
      if (isFull) this.turnedAway++
      if (isFull || fleet.before(room) >= tryEveryMs.length) {
        this.#tryAtMs.set(room, nowMs + lookAgainMs)
        continue
      }
      void this.#try(room)
    }
  }

  async #try(room: string) {
    const { store, holder, clock, signals, viewOf } = this.parts
    this.#tryAtMs.delete(room)
    this.#trying.add(room)
    try {
      const lease = await store.lease(room, holder, leaseMs)
      if (!lease) return this.#later(room)
      if (this.#stopped) return void (await store.release(room, lease.token))
      if (lease.number > 0) signals.tookOver()
      const pump = new RoomPump(this.parts, room, lease, viewOf(room))
      this.#held.set(room, pump)
      void pump.ended.then(() => {
        this.#held.delete(room)
        this.#tryAtMs.set(room, clock.monotonicMs() + givenAwayMs)
      })
    } catch {
      signals.failed('look')
      this.#tryAtMs.set(room, clock.monotonicMs() + Math.round(lookAgainMs * (1 + this.parts.chance())))
    } finally {
      this.#trying.delete(room)
    }
  }

  #later(room: string) {
    const rank = Math.min(this.parts.fleet.before(room), tryEveryMs.length - 1)
    this.#tryAtMs.set(room, this.parts.clock.monotonicMs() + (tryEveryMs[rank] ?? 0))
  }
}
