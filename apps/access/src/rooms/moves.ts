import type { CloseReason } from '@gala/contracts'
import { type Clock, oneAtATime } from '@gala/kernel'
import { quickTraceOf } from '@gala/runtime'
import type { RoomAddresses } from './addresses.js'
import type { Departures } from './departures.js'
import type { Feed } from './feed.js'
import type { FeedReader } from './feed-reader.js'
import type { Feeds } from './feeds.js'
import type { Gate } from './gate.js'

const lookEveryMs = 1_000
/** Over how long those go who are not in a hurry. */
const overMs = 5_000
/** Between when somebody is asked to go and when they are sent away. */
const graceMs = 1_000

interface Parts {
  clock: Clock
  departures: Departures
  addresses: RoomAddresses
  feeds: Feeds
  gate: Gate
  /** Every long connection there is. */
  all: () => FeedReader[]
  isSwitched: () => boolean
  isLost: () => boolean
}

/** Sends viewers elsewhere when they cannot stay, and never all at once. */
export class Moves {
  readonly #stop: () => void
  readonly #closing = new Set<Feed>()
  #switched = false
  #lost = false

  constructor(private readonly parts: Parts) {
    const lookAtRooms = oneAtATime(() => this.#lookAtRooms())
    this.#stop = parts.clock.every(lookEveryMs, () => {
      this.#look()
      void lookAtRooms()
    })
  }

  /** The process stops. Resolves when nobody is left. */
  drain(withinMs: number): Promise<void> {
    this.#stop()
    const { departures, addresses, all } = this.parts
    const tell = (one: FeedReader, afterMs: number) =>
      one.move({ afterMs, urls: addresses.of(one.room, quickTraceOf(undefined).traceparent), poll: false })
    return departures.leave(all(), { reason: 'DRAINING', overMs: withinMs, graceMs, tell })
  }

  close() {
    this.#stop()
  }

  #look() {
    const { isSwitched, isLost, addresses, all } = this.parts
    const [switched, lost] = [isSwitched(), isLost()]
    if (switched && !this.#switched) {
      void this.#leave('POLL_INSTEAD', all(), (one, afterMs) => one.move({ afterMs, urls: [], poll: true }))
    } else if (lost && !this.#lost) {
      // Whoever has nowhere to go is better off waiting here.
      const able = all().filter(({ room }) => addresses.elsewhere(room).length > 0)
      void this.#leave('STORE_LOST', able, (one, afterMs) =>
        one.move({ afterMs, urls: addresses.elsewhere(one.room), poll: false }),
      )
    }
    this.#switched = switched
    this.#lost = lost
  }

  async #lookAtRooms() {
    const { gate, feeds } = this.parts
    for (const feed of [...feeds.all]) {
      if (feed.readers.size === 0 || this.#closing.has(feed)) continue
      // When nobody knows, it is as it was.
      const closed = await gate.isOpen(feed.room).then(
        (open) => !open,
        (error: { code?: string }) => error.code === 'ROOM_NOT_FOUND',
      )
      if (!closed) continue
      this.#closing.add(feed)
      void this.#leave('ROOM_CLOSED', [...feed.readers]).then(() => this.#closing.delete(feed))
    }
  }

  #leave(reason: CloseReason, readers: FeedReader[], tell?: (one: FeedReader, afterMs: number) => void) {
    return this.parts.departures.leave(readers, { reason, overMs, graceMs: tell ? graceMs : 0, ...(tell && { tell }) })
  }
}
