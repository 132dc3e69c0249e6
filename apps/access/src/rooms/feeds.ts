import { AppError } from '@gala/contracts'
import { type Clock, oneAtATime } from '@gala/kernel'
import type { RoomStore } from '@gala/rooms'
import { Feed, ringBytesMax } from './feed.js'
import { delayBoundsMs } from './tally.js'

/** A room nobody is in is followed for this long, for whoever polls or comes back. */
const emptyMs = 30_000
const tickMs = 1_000
/** Rooms at once: each costs a subscription and a part of the memory of all. */
const roomsMax = 500
/** Of the rings of all rooms together. */
const allBytesMax = 67_108_864

interface Parts {
  store: RoomStore
  clock: Clock
  onError: (error: unknown) => void
  onNews: (feed: Feed) => void
  /** Each room, once a second, after its counts have turned. */
  onTick: (feed: Feed) => void
}

/** The rooms this process has somebody in. */
export class Feeds {
  readonly #feeds = new Map<string, Feed>()
  readonly #opening = new Map<string, Promise<Feed>>()
  readonly #stops: (() => void)[]
  /** When the store stopped answering. */
  #lostAtMs: number | undefined
  /** Deliveries since the process began, by how long they took. */
  readonly delayCounts = delayBoundsMs.map(() => 0)

  constructor(private readonly parts: Parts) {
    const { store, clock } = parts
    const look = oneAtATime(() => this.#look())
    this.#stops = [
      store.listen({ block: (room, block) => this.#feeds.get(room)?.heard(block), missed: () => void look() }),
      clock.every(tickMs, () => {
        this.#turn()
        void look()
      }),
    ]
  }

  get all(): Iterable<Feed> {
    return this.#feeds.values()
  }

  get size(): number {
    return this.#feeds.size
  }

  /** For how long the store has not answered. */
  get lostMs(): number {
    return this.#lostAtMs === undefined ? 0 : this.parts.clock.monotonicMs() - this.#lostAtMs
  }

  peek(room: string): Feed | undefined {
    return this.#feeds.get(room)
  }

  /** A room, followed from now on if it was not. @throws AppError ROOM_UNAVAILABLE */
  async of(room: string): Promise<Feed> {
    // One that is still being opened has nothing yet of what it will have.
    const opening = this.#opening.get(room)
    const known = opening ? await opening : (this.#feeds.get(room) ?? (await this.#opened(room)))
    known.askedAtMs = this.parts.clock.monotonicMs()
    return known
  }

  close() {
    for (const stop of this.#stops) stop()
  }

  #opened(room: string): Promise<Feed> {
    const opening = this.#opening.get(room) ?? this.#open(room).finally(() => this.#opening.delete(room))
    this.#opening.set(room, opening)
    return opening
  }

  async #open(room: string): Promise<Feed> {
    this.#makeRoom()
    const feed = new Feed(room, { ...this.parts, delayCounts: this.delayCounts })
    // What is told while it is opened belongs to it already.
    this.#feeds.set(room, feed)
    try {
      await feed.open()
      this.#lostAtMs = undefined
      return feed
    } catch (error) {
      this.#drop(feed)
      this.#failed(error)
      throw new AppError('ROOM_UNAVAILABLE', 'the room cannot be followed here right now', { cause: error })
    }
  }

  #makeRoom() {
    if (this.#feeds.size < roomsMax) return
    for (const feed of this.#feeds.values()) if (!feed.isUsed(tickMs)) return this.#drop(feed)
    throw new AppError('ROOM_UNAVAILABLE', `this process has ${roomsMax} rooms, as many as it can`)
  }

  #drop(feed: Feed) {
    this.#feeds.delete(feed.room)
    this.parts.store.unfollow(feed.room).catch(this.parts.onError)
  }

  #turn() {
    const { clock, onTick } = this.parts
    const nowMs = clock.monotonicMs()
    const bytesMax = Math.min(ringBytesMax, allBytesMax / Math.max(1, this.#feeds.size))
    for (const feed of this.#feeds.values()) {
      if (!feed.isUsed(emptyMs)) {
        this.#drop(feed)
        continue
      }
      feed.bytesMax = bytesMax
      feed.ring.prune(nowMs, bytesMax)
      feed.tally.turn()
      onTick(feed)
    }
  }

  /** What was told may have been lost on its way: the numbers of the newest blocks say so. */
  async #look() {
    const rooms = [...this.#feeds.keys()]
    // With no room left it is asked all the same, until it answers: somebody will want to come back.
    if (rooms.length === 0 && this.#lostAtMs === undefined) return
    try {
      const heads = await this.parts.store.heads(rooms.length > 0 ? rooms : ['none'])
      this.#lostAtMs = undefined
      for (const [i, head] of heads.entries()) if (head) this.#feeds.get(rooms[i] ?? '')?.ought(head)
    } catch (error) {
      this.#failed(error)
    }
  }

  #failed(error: unknown) {
    this.#lostAtMs ??= this.parts.clock.monotonicMs()
    this.parts.onError(error)
  }
}
