import { type Clock, fnv1a } from '@gala/kernel'
import type { RoomStore } from '@gala/rooms'

/** A room nobody can be in: ids of events have no `@`. What access says of rooms, application says of itself there. */
const meetingRoom = '@pumps'
/** Two reports missed: it is not counted on any more. */
const goneAfterMs = 2_500
/** Rooms are handed to a newcomer when it has shown that it stays. */
const settledAfterMs = 5_000

export const tellEveryMs = 1_000

interface Member {
  saidAt: number
  /** By the clock of this process: nothing is made of the time in another one's report but that it is another one. */
  sinceMs: number
  heardMs: number
  full: boolean
}

/** Which processes of this data centre make blocks, and which of them is preferred for a room. */
export class Fleet {
  readonly #members = new Map<string, Member>()
  readonly #beganMs: number

  constructor(
    private readonly store: Pick<RoomStore, 'report' | 'reports'>,
    private readonly clock: Clock,
    private readonly instance: string,
    /** Rooms one process makes the blocks of at most. */
    private readonly roomsMax: number,
  ) {
    this.#beganMs = clock.monotonicMs()
  }

  /** Says that this process is there and how many rooms it has. One that is about to go says that it has enough. */
  async tell(rooms: number): Promise<void> {
    const quiet = { streams: 0, polls: 0, deliveredPerS: 0, delayP50Ms: null, delayP99Ms: null, skippedPerS: 0 }
    const { instance, clock } = this
    await this.store.report(meetingRoom, { instance, at: clock.nowMs(), sockets: rooms, ...quiet })
  }

  async look(): Promise<void> {
    const reports = await this.store.reports(meetingRoom)
    const nowMs = this.clock.monotonicMs()
    for (const { instance, at, sockets } of reports) {
      const known = this.#members.get(instance)
      if (known?.saidAt === at) continue
      const back = known && nowMs - known.heardMs <= goneAfterMs
      const sinceMs = back ? known.sinceMs : nowMs
      this.#members.set(instance, { saidAt: at, sinceMs, heardMs: nowMs, full: sockets >= this.roomsMax })
    }
    const told = new Set(reports.map(({ instance }) => instance))
    for (const instance of this.#members.keys()) if (!told.has(instance)) this.#members.delete(instance)
  }

  /** How many processes go before this one for a room; `settledOnly`: of those that have been there for a while. */
  before(room: string, settledOnly = false): number {
    const nowMs = this.clock.monotonicMs()
    const own = weightOf(room, this.instance)
    let before = 0
    for (const [instance, { heardMs, sinceMs, full }] of this.#members) {
      if (instance === this.instance || full || nowMs - heardMs > goneAfterMs) continue
      if (settledOnly && nowMs - Math.max(sinceMs, this.#beganMs) < settledAfterMs) continue
      if (weightOf(room, instance) > own) before++
    }
    return before
  }
}

/** Rendezvous hashing: each room has an order of processes of its own, and loses only its first when that one goes. */
function weightOf(room: string, instance: string): number {
  let hash = fnv1a(instance, fnv1a(room))
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
