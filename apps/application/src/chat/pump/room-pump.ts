import { type Cursor, decodeBlock, type RoomState } from '@gala/contracts'
import { fnv1a, oneAtATime } from '@gala/kernel'
import type { Lease } from '@gala/rooms'
import { ChatBudget, chatPerS } from './chat-cap.js'
import { cut, type Part } from './cut.js'
import { encode } from './encode.js'
import type { PumpParts } from './pump-parts.js'
import { PumpReports } from './pump-reports.js'
import { changed, type RoomView } from './room-view.js'
import { select } from './select.js'
import { windowMinMs, windowMs } from './window.js'

/** A successor begins this long after the last renewal at the latest, and the time it takes to look. */
export const leaseMs = 1_500
const renewEveryMs = 1_000
/** Read at once; what is more comes in the next blocks, which follow at once. */
const readMax = 2_000
const stateEveryMs = 1_000
/** Whoever has lost a change of state is corrected by then. */
const wholeStateEveryMs = 10_000
const lookEveryMs = 1_000
/** Of a room nobody is in. */
const lookQuietEveryMs = 2_000
/** Why a sleep ends. Without a reason an exception is made each time, with its stack. */
const woken = 'woken'
const pauseMs = { first: 100, most: 1_000 }
const strainedFromMs = 50
/** The store says once in 20 ms that something was accepted. */
const toldOnceMs = 25
/** A block that takes longer to make than the longest window delays the next one. */
const blockSlowMs = 1_000

/**
 * Makes the blocks of a room for as long as it holds the lease.
 *
 * Where it stands is in the store: every block says up to which place messages are in blocks. So who takes over begins exactly
 * there, and a block that was not kept has taken nothing along. What is kept here can be lost at any moment.
 */
export class RoomPump {
  /** Resolves when it makes no more blocks. */
  readonly ended: Promise<void>
  readonly #budget = new ChatBudget()
  readonly #reports: PumpReports
  #number = 0
  #place = 0
  /** Up to where there was nothing to tell. */
  #seen = 0
  #since: Cursor = new Map()
  #told: RoomState = {}
  #waiting = true
  #wokenMs = Number.NEGATIVE_INFINITY
  #unsure = true
  #failures = 0
  #window = windowMinMs
  #blockAtMs: number
  #stateAtMs = 0
  #wholeStateAtMs = 0
  #lookAtMs = 0
  #renewAtMs: number
  #stopped = false
  #sleep = new AbortController()

  constructor(
    private readonly parts: PumpParts,
    private readonly room: string,
    private lease: Lease,
    private readonly view: RoomView,
  ) {
    const nowMs = parts.clock.monotonicMs()
    this.#blockAtMs = nowMs
    this.#renewAtMs = nowMs + renewEveryMs
    this.#reports = new PumpReports(parts, room)
    this.ended = this.#run()
  }

  /** Something was accepted. */
  wake() {
    this.#wokenMs = this.parts.clock.monotonicMs()
    if (this.#waiting) return
    this.#waiting = true
    this.#sleep.abort(woken)
  }

  /** Finishes what it is at and gives the room to whoever wants it. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#sleep.abort(woken)
    await this.ended
  }

  async #run() {
    while (!this.#stopped) {
      if (!(await this.#turn())) return this.parts.signals.lost()
      this.#sleep = new AbortController()
      if (!this.#stopped) await this.parts.clock.sleep(this.#pauseMs(), this.#sleep.signal)
    }
    await this.parts.store.release(this.room, this.lease.token).catch(() => this.parts.signals.failed('release'))
  }

  /** @returns whether the room is still ours. */
  async #turn(): Promise<boolean> {
    try {
      const ours = await this.#work()
      this.#failures = 0
      return ours
    } catch {
      // Whether a block was kept is for the store to say.
      this.#unsure = true
      this.#failures++
      this.parts.signals.failed('turn')
      return true
    }
  }

  async #work(): Promise<boolean> {
    const nowMs = this.parts.clock.monotonicMs()
    if ((this.#unsure || nowMs >= this.#renewAtMs) && !(await this.#renew(nowMs))) return false
    if (nowMs >= this.#lookAtMs) {
      this.#lookAtMs = nowMs + (this.view.viewers > 0 || this.#waiting ? lookEveryMs : lookQuietEveryMs)
      void this.#look()
    }
    this.#reports.say(this.#window, this.#chatPerS)
    if (nowMs >= this.#blockAtMs) {
      if (this.#waiting) return this.#traced(() => this.#tellMessages(nowMs))
      if (nowMs >= this.#nextStateMs()) return this.#tell(nothingSaid(this.#since, this.#place), nowMs)
    }
    return true
  }

  #traced(work: () => Promise<boolean>): Promise<boolean> {
    const { traces } = this.parts
    return traces ? traces.task('room.block', { 'gala.event': this.room }, work, { slowMs: blockSlowMs }) : work()
  }

  readonly #look = oneAtATime(async () => {
    await this.view.look()
    this.#sleep.abort(woken)
  })

  #pauseMs(): number {
    if (this.#failures > 0) {
      const mostMs = Math.min(pauseMs.most, pauseMs.first * 2 ** Math.min(this.#failures - 1, 10))
      return Math.round(mostMs * (0.5 + this.parts.chance() / 2))
    }
    const nowMs = this.parts.clock.monotonicMs()
    const toTell = this.#waiting ? this.#blockAtMs : this.#nextStateMs()
    return Math.max(0, Math.min(this.#renewAtMs, this.#lookAtMs, toTell) - nowMs)
  }

  async #renew(nowMs: number): Promise<boolean> {
    const { store, holder } = this.parts
    const lease = await store.lease(this.room, holder, leaseMs)
    if (!lease) return false
    const same = lease.token === this.lease.token && lease.epoch === this.lease.epoch && lease.number === this.#number
    if (!same || this.#unsure) await this.#standAt(lease)
    this.lease = lease
    this.#unsure = false
    this.#renewAtMs = nowMs + renewEveryMs
    if (lease.head > Math.max(this.#place, this.#seen)) this.#waiting = true
    return true
  }

  /** Goes on where the last block ends, whoever made it. */
  async #standAt({ epoch, number, place }: Lease) {
    const last = number > 0 ? (await this.parts.store.blocks(this.room, number - 1, 1)).at(-1) : undefined
    const known = last?.epoch === epoch && last.number === number
    this.#since = known ? decodeBlock(last.bytes).to : new Map()
    this.#number = number
    this.#place = place
    this.#seen = place
    this.#waiting = true
    this.#wholeStateAtMs = 0
    await this.view.count()
  }

  async #tellMessages(nowMs: number): Promise<boolean> {
    const { store, clock, delayMs } = this.parts
    this.#waiting = false
    const placed = await store.after(this.room, this.#place, readMax)
    if (placed.epoch !== this.lease.epoch) throw new Error('the room has begun anew')
    const { messages } = placed
    this.#seen = placed.head
    const chatMax = this.#budget.left(this.#chatPerS, nowMs)
    const seed = fnv1a(`${this.room}:${placed.epoch}:${this.#number}`)
    const strained = delayMs() >= strainedFromMs
    const shown = select(messages, { nowMs: clock.nowMs(), chatMax, strained, seed })
    for (const part of cut(placed, shown, this.#since)) {
      if (isEmpty(part)) continue
      if (!(await this.#tell(part, nowMs))) return false
    }
    this.#reports.accepted(messages)
    this.#readAgain(nowMs, messages.length)
    return true
  }

  async #tell(part: Part, nowMs: number): Promise<boolean> {
    const { store, clock, signals } = this.parts
    const { epoch, token } = this.lease
    const number = this.#number + 1
    const state = this.#stateToTell(nowMs)
    const { messages, to, dropped, place } = part
    const made = encode({ number, epoch, madeAtMs: clock.nowMs(), since: this.#since, to, messages, dropped, state })
    if (!(await store.putBlock(this.room, token, { epoch, number, place, bytes: made.bytes }))) return false
    this.#number = number
    this.#place = place
    this.#since = to
    this.#stateTold(state, nowMs)
    const shown = made.block.messages
    this.#budget.take(shown.filter(({ type }) => type === 'chat').length)
    this.#reports.told(shown, made.block.dropped)
    signals.told(shown, made.block.dropped, made.bytes.length)
    if (made.refused.length > 0) signals.refused(this.room, made.refused.length, made.error)
    return true
  }

  /**
   * When to read next. What comes in soon after it was said that something has come in is not said again: there may be more
   * until nothing is found, that long after it was said.
   */
  #readAgain(nowMs: number, found: number) {
    this.#waiting = found > 0 || nowMs - this.#wokenMs < toldOnceMs
    // What was not read yet has waited as long as what was told.
    if (found >= readMax) this.#blockAtMs = nowMs
    else if (found > 0) this.#adapt(nowMs)
    else this.#blockAtMs = nowMs + toldOnceMs
  }

  /** What of the state goes along now: once in a while all of it, else what has changed. */
  #stateToTell(nowMs: number): RoomState {
    if (nowMs < this.#stateAtMs) return {}
    const { state } = this.view
    return nowMs >= this.#wholeStateAtMs ? changed(state, {}) : changed(state, this.#told)
  }

  /** When a block is worth making for the state alone. In an empty room nobody waits for it. */
  #nextStateMs(): number {
    const { state, viewers } = this.view
    if (viewers === 0 || !isSomething(state)) return Number.POSITIVE_INFINITY
    const wholeMs = isSomething(changed(state, this.#told)) ? 0 : this.#wholeStateAtMs
    return Math.max(this.#stateAtMs, wholeMs, this.#blockAtMs)
  }

  #stateTold(state: RoomState, nowMs: number) {
    if (!isSomething(state)) return
    if (nowMs >= this.#wholeStateAtMs) this.#wholeStateAtMs = nowMs + wholeStateEveryMs
    this.#told = { ...this.#told, ...state }
    this.#stateAtMs = nowMs + stateEveryMs
  }

  #adapt(nowMs: number) {
    const { rung, delayMs, signals } = this.parts
    const { viewers, processes } = this.view
    const messagesPerS = this.#reports.acceptedPerS(nowMs)
    this.#window = windowMs({ messagesPerS, viewers, processes, delayMs: delayMs(), rung: rung() })
    signals.window(this.#window)
    this.#blockAtMs = nowMs + this.#window
  }

  get #chatPerS(): number {
    return chatPerS(this.view.viewers, this.parts.rung())
  }
}

const isSomething = (state: RoomState) => Object.keys(state).length > 0

const isEmpty = ({ messages, dropped }: Part) => messages.length + dropped.chat + dropped.notify === 0

const nothingSaid = (to: Cursor, place: number): Part => ({
  to,
  place,
  messages: [],
  dropped: { chat: 0, notify: 0 },
})
