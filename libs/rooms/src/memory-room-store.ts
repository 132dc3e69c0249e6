import type { PumpReport, RoomReport } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import { LogReader } from './log-reader.js'
import { MemoryRoom } from './memory-room.js'
import type {
  DirectMessage,
  HeldForLater,
  NewMessage,
  Origin,
  PlacedMessage,
  RoomListener,
  RoomStore,
  StoredBlock,
} from './room-store.js'
import { idleMs, readMax } from './rules.js'

interface MemoryRoomStoreOptions {
  dc: string
  clock: Clock
  /** A history has rooms that lack something. */
  newRoom?: (dc: string) => MemoryRoom
}

/** What all connections to one store see. */
interface Shared {
  rooms: Map<string, { state: MemoryRoom; usedMs: number }>
  active: Map<string, number>
  connections: Set<MemoryRoomStore>
}

/** The rooms of one data centre in memory, for tests. It passes the same conformance suite as those in Redis. */
export class MemoryRoomStore implements RoomStore {
  readonly dc: string
  readonly #clock: Clock
  readonly #shared: Shared
  readonly #log: LogReader
  readonly #listeners = new Set<RoomListener>()
  readonly #followed = new Set<string>()
  #failing = false

  constructor(
    private readonly options: MemoryRoomStoreOptions,
    shared: Shared = { rooms: new Map(), active: new Map(), connections: new Set() },
  ) {
    this.dc = options.dc
    this.#clock = options.clock
    this.#shared = shared
    this.#shared.connections.add(this)
    const source = {
      rooms: () => this.active(this.#clock.nowMs() - idleMs),
      own: async (room: string, after: Origin | undefined, limit: number) => this.#at(room).own(after, limit),
    }
    this.#log = new LogReader(source, options.clock)
  }

  /** Another connection to the same store, as another process has it. */
  another(): MemoryRoomStore {
    return new MemoryRoomStore(this.options, this.#shared)
  }

  get failing() {
    return this.#failing
  }

  /** While true this connection leads nowhere: everything is refused, and nothing is told. */
  set failing(failing: boolean) {
    const back = this.#failing && !failing
    this.#failing = failing
    if (!back) return
    this.#log.missed()
    for (const listener of this.#listeners) listener.missed?.()
  }

  /** The store has lost everything: all rooms begin anew. */
  forget() {
    this.#shared.rooms.clear()
    this.#shared.active.clear()
  }

  async accept(room: string, message: NewMessage) {
    const taken = this.#at(room).accept(message, this.#clock.nowMs())
    this.#said(room)
    return taken
  }

  async known(room: string, client: string, seq: number) {
    return this.#at(room).known({ client, seq }, this.#clock.nowMs())
  }

  async takeOver(room: string, from: string, messages: readonly PlacedMessage[]) {
    const fresh = this.#at(room).takeOver(from, messages, this.#clock.nowMs())
    if (fresh > 0) this.#said(room)
    return fresh
  }

  async after(room: string, place: number, limit: number) {
    return this.#at(room).after(place, Math.min(limit, readMax))
  }

  async newest(room: string, limit: number) {
    return this.#at(room).newest(Math.min(limit, readMax))
  }

  async remove(room: string, id: string) {
    return this.#at(room).remove(id)
  }

  async lease(room: string, holder: string, forMs: number) {
    return this.#at(room).lease(holder, forMs, this.#clock.nowMs())
  }

  async release(room: string, token: number) {
    this.#at(room).release(token)
  }

  async putBlock(room: string, token: number, block: StoredBlock) {
    if (!this.#at(room).putBlock(token, block, this.#clock.nowMs())) return false
    const told = { ...block, bytes: block.bytes.slice() }
    this.#tell((listener, connection) => connection.#followed.has(room) && listener.block?.(room, told))
    return true
  }

  async blocks(room: string, after: number, limit: number) {
    return this.#at(room).blocks(after, limit)
  }

  async heads(rooms: readonly string[]) {
    return rooms.map((room) => {
      const { epoch, number } = this.#at(room)
      return number > 0 ? { epoch, number } : undefined
    })
  }

  async touch(rooms: readonly string[], atMs: number) {
    this.#reach()
    for (const room of rooms) this.#mark(room, atMs)
  }

  async active(sinceMs: number) {
    this.#reach()
    return [...this.#shared.active].flatMap(([room, atMs]) => (atMs >= sinceMs ? [room] : []))
  }

  async report(room: string, report: RoomReport) {
    this.#at(room).report(report, this.#clock.nowMs())
  }

  async reports(room: string) {
    return this.#at(room).reports(this.#clock.nowMs())
  }

  async reportPump(room: string, report: PumpReport) {
    this.#at(room).reportPump(report, this.#clock.nowMs())
  }

  async pumpOf(room: string) {
    return this.#at(room).pumpOf(this.#clock.nowMs())
  }

  async log(after: string, limit: number, waitMs: number, from?: (room: string) => Promise<Origin | undefined>) {
    return this.#log.read(after, Math.min(limit, readMax), waitMs, from)
  }

  async takenOver(room: string, from: string) {
    return this.#at(room).taken.get(from)
  }

  async hold(room: string, held: HeldForLater) {
    return this.#at(room).hold(held, this.#clock.nowMs())
  }

  async held(room: string) {
    return this.#at(room).held()
  }

  async takeHeld(room: string, id: string) {
    return this.#at(room).takeHeld(id)
  }

  async nextId(room: string) {
    return this.#at(room).nextId()
  }

  async direct(message: DirectMessage) {
    this.#reach()
    this.#tell((listener) => listener.direct?.(message))
  }

  listen(listener: RoomListener) {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async follow(room: string) {
    this.#followed.add(room)
  }

  async unfollow(room: string) {
    this.#followed.delete(room)
  }

  async close() {
    this.#shared.connections.delete(this)
  }

  #reach() {
    if (this.#failing) throw new Error('the store cannot be reached')
  }

  #at(room: string): MemoryRoom {
    this.#reach()
    const nowMs = this.#clock.nowMs()
    const known = this.#shared.rooms.get(room)
    const state = known && known.usedMs + idleMs > nowMs ? known.state : this.#newRoom()
    this.#shared.rooms.set(room, { state, usedMs: nowMs })
    return state
  }

  #newRoom() {
    return this.options.newRoom?.(this.dc) ?? new MemoryRoom(this.dc)
  }

  #said(room: string) {
    this.#mark(room, this.#clock.nowMs())
    this.#tell((listener) => listener.accepted?.(room))
    queueMicrotask(() => {
      for (const connection of this.#shared.connections) if (!connection.#failing) connection.#log.told(room)
    })
  }

  #mark(room: string, atMs: number) {
    this.#shared.active.set(room, Math.max(atMs, this.#shared.active.get(room) ?? 0))
  }

  /** After the call has been answered, as it is with a connection between. */
  #tell(say: (listener: RoomListener, connection: MemoryRoomStore) => void) {
    queueMicrotask(() => {
      for (const connection of this.#shared.connections)
        if (!connection.#failing) for (const listener of [...connection.#listeners]) say(listener, connection)
    })
  }
}
