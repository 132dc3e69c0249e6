import { type Dropped, type MessageType, messageTypes, type PumpReport, type RoomMessage } from '@gala/contracts'
import type { PlacedMessage } from '@gala/rooms'
import type { PumpParts } from './pump-parts.js'
import { Rates } from './rates.js'

/** A report lasts for ten seconds. */
const everyMs = 2_000
/** While no blocks are made. */
const quietEveryMs = 5_000

type Counted = 'blocks' | `${'in' | 'out'}.${MessageType}`

/** What the operators' cockpit shows of a pump. */
export class PumpReports {
  readonly #rates = new Rates<Counted>()
  readonly #dropped: Dropped = { chat: 0, notify: 0 }
  #nextMs = Number.NEGATIVE_INFINITY

  constructor(
    private readonly parts: Pick<PumpParts, 'store' | 'clock' | 'instance' | 'signals'>,
    private readonly room: string,
  ) {}

  accepted(messages: readonly PlacedMessage[]) {
    for (const [type, its] of Map.groupBy(messages, (message) => message.type)) this.#add(`in.${type}`, its.length)
  }

  told(shown: readonly RoomMessage[], { chat, notify }: Dropped) {
    this.#add('blocks', 1)
    for (const [type, its] of Map.groupBy(shown, (message) => message.type)) this.#add(`out.${type}`, its.length)
    this.#dropped.chat += chat
    this.#dropped.notify += notify
  }

  /** Over the last two seconds: what a window has to follow. */
  acceptedPerS(nowMs: number): number {
    return messageTypes.reduce((sum, type) => sum + this.#rates.perS(`in.${type}`, nowMs, 2), 0)
  }

  /** Tells it when it is time. Nobody waits for that. */
  say(windowMs: number, chatPerS: number) {
    const { store, clock, instance, signals } = this.parts
    const nowMs = clock.monotonicMs()
    if (nowMs < this.#nextMs) return
    const rate = (name: Counted) => Math.round(this.#rates.perS(name, nowMs) * 10) / 10
    const rates = (way: 'in' | 'out'): PumpReport['inPerS'] => ({
      chat: rate(`${way}.chat`),
      gift: rate(`${way}.gift`),
      notify: rate(`${way}.notify`),
      control: rate(`${way}.control`),
    })
    const report: PumpReport = {
      instance,
      at: clock.nowMs(),
      windowMs,
      chatPerS,
      blocksPerS: rate('blocks'),
      inPerS: rates('in'),
      outPerS: rates('out'),
      dropped: { ...this.#dropped },
    }
    this.#nextMs = nowMs + (report.blocksPerS > 0 ? everyMs : quietEveryMs)
    store.reportPump(this.room, report).catch(() => signals.failed('report'))
  }

  #add(name: Counted, count: number) {
    this.#rates.add(name, count, this.parts.clock.monotonicMs())
  }
}
