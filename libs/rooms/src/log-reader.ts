import { type Clock, randomHex } from '@gala/kernel'
import type { LoggedMessage, Origin, PlacedMessage } from './room-store.js'
import { activeRoomsMax, tellEveryMs } from './rules.js'

/** What the log is read from. */
export interface LogSource {
  /** Rooms in which anything may stand. */
  rooms(): Promise<string[]>
  /** The own messages of a room after a position; from the oldest when the room is in another epoch. Undefined: it has begun nothing. */
  own(room: string, after: Origin | undefined, limit: number): Promise<OwnMessages | undefined>
}

interface OwnMessages {
  epoch: string
  /** All own ones up to there are among them: farther than the last one when others' messages came after it. */
  upTo: number
  messages: readonly PlacedMessage[]
  /** There may be more: as much as was asked for was looked at, read or not. */
  more: boolean
}

/** Rooms of which nothing was told are looked at as well, for what is told may be lost. */
const lookEveryMs = 1_000
/** Whoever reads at the same time in one process: a mirror, a copy for the audit. */
const readingsMax = 8
/** Of one room in one go, so that a room that is flooded does not keep the others waiting. */
const roomMax = 200

/** `seq` is up to where a room has been read; it is further than what its reader has had when others' messages came after that. */
type Position = Origin & { had: Origin | null }

/** How far somebody has come. */
interface Reading {
  id: string
  cursors: Map<string, Position>
  /** When a room is read next. One stays here until a read has brought nothing, longer after the last than what is told of may be late. */
  due: Map<string, number>
  /** What was given and need not come again once the next call names it. */
  given: (Origin & { number: number; room: string })[]
  number: number
  lookAtMs: number
}

/**
 * The log as one stream out of many rooms. There is no stream in the store: what a data centre accepted stands in the lanes, from the same
 * step on in which it was accepted, so it can never be missing; gifts stay there when chat is pushed out; and nothing is written
 * twice. The rooms may live on different nodes, so a position is one number per room, and it is kept here.
 */
export class LogReader {
  readonly #readings = new Map<string, Reading>()
  #wake = new AbortController()

  constructor(
    private readonly source: LogSource,
    private readonly clock: Clock,
  ) {}

  /** Something was accepted in a room. */
  told(room: string) {
    for (const { due } of this.#readings.values()) if (!due.has(room)) due.set(room, this.clock.monotonicMs())
    // With a reason of its own: without one an exception is made each time, with its stack.
    this.#wake.abort('told')
    this.#wake = new AbortController()
  }

  /** Nobody knows what was accepted. */
  missed() {
    for (const reading of this.#readings.values()) reading.lookAtMs = 0
    // With a reason of its own: without one an exception is made each time, with its stack.
    this.#wake.abort('told')
    this.#wake = new AbortController()
  }

  async read(
    after: string,
    limit: number,
    waitMs: number,
    from?: (room: string) => Promise<Origin | undefined>,
  ): Promise<LoggedMessage[]> {
    const reading = this.#goOn(after)
    const untilMs = this.clock.monotonicMs() + waitMs
    for (;;) {
      const nowMs = this.clock.monotonicMs()
      if (nowMs >= reading.lookAtMs) await this.#look(reading, from)
      const found = await this.#take(reading, limit)
      if (found.length > 0) return found
      if (this.clock.monotonicMs() >= untilMs) return []
      const nextMs = Math.min(untilMs, reading.lookAtMs, ...reading.due.values())
      await this.clock.sleep(Math.max(1, nextMs - this.clock.monotonicMs()), this.#wake.signal)
    }
  }

  #goOn(after: string): Reading {
    const [id = '', number] = after.split('-')
    const known = this.#readings.get(id)
    if (known) {
      settle(known, Number(number), this.clock.monotonicMs())
      // The one that has been read longest ago goes first when there are too many.
      this.#readings.delete(id)
      this.#readings.set(id, known)
      return known
    }
    const fresh: Reading = {
      id: randomHex(4),
      cursors: new Map(),
      due: new Map(),
      given: [],
      number: 0,
      lookAtMs: 0,
    }
    this.#readings.set(fresh.id, fresh)
    const [oldest] = this.#readings.keys()
    if (this.#readings.size > readingsMax && oldest !== undefined) this.#readings.delete(oldest)
    return fresh
  }

  /** Looks for rooms, and asks in each whether what it has given is there. */
  async #look(reading: Reading, from: ((room: string) => Promise<Origin | undefined>) | undefined) {
    const nowMs = this.clock.monotonicMs()
    const rooms = new Set([...(await this.source.rooms()).slice(0, activeRoomsMax)])
    for (const room of reading.cursors.keys()) if (!rooms.has(room)) reading.cursors.delete(room)
    for (const room of rooms) if (!reading.due.has(room)) reading.due.set(room, nowMs)
    if (from) await Promise.all([...rooms].map(async (room) => startFrom(reading, room, await from(room))))
    reading.lookAtMs = nowMs + lookEveryMs
  }

  async #take(reading: Reading, limit: number): Promise<LoggedMessage[]> {
    const found: LoggedMessage[] = []
    const nowMs = this.clock.monotonicMs()
    for (const [room, dueMs] of [...reading.due]) {
      if (found.length >= limit) break
      if (dueMs > nowMs) continue
      const most = Math.min(roomMax, limit - found.length)
      const at = reading.cursors.get(room)
      // Taken out before, so that what is told while it is read counts.
      reading.due.delete(room)
      const own = await this.source.own(room, at, most).catch((error) => {
        reading.due.set(room, nowMs)
        throw error
      })
      const messages = own?.messages ?? []
      // At the end again, which is what keeps the rooms taking turns.
      if (own?.more) reading.due.set(room, nowMs)
      else if (messages.length > 0) reading.due.set(room, nowMs + tellEveryMs + 5)
      if (own && messages.length === 0)
        reading.cursors.set(room, { epoch: own.epoch, seq: own.upTo, had: at?.had ?? null })
      let after = at?.had ?? null
      for (const message of messages) {
        const number = ++reading.number
        const position = positionOf(message)
        reading.given.push({ number, room, ...position })
        found.push({ at: `${reading.id}-${number}`, room, message: { ...message, after } })
        after = position
      }
    }
    return found
  }
}

/** What comes up to a number is settled; the rest was not, and comes again. */
function settle(reading: Reading, upTo: number, nowMs: number) {
  for (const { number, room, epoch, seq } of reading.given) {
    if (number <= upTo) reading.cursors.set(room, { epoch, seq, had: { epoch, seq } })
    else reading.due.set(room, nowMs)
  }
  reading.given = []
}

/** Who reads has forgotten something, or has had more than this process knows of, or this one has only begun. */
function startFrom({ cursors }: Reading, room: string, told: Origin | undefined) {
  const had = cursors.get(room)?.had
  if (had?.epoch === told?.epoch && had?.seq === told?.seq) return
  if (told) cursors.set(room, { ...told, had: told })
  else cursors.delete(room)
}

const positionOf = ({ id }: PlacedMessage): Origin => {
  const [, epoch = '', seq = ''] = id.split('.')
  return { epoch, seq: Number(seq) }
}
