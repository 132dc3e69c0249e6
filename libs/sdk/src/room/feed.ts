import type { Dropped, RoomMessage } from '@gala/contracts'
import { combined, type FeedEntry, type FeedMessage, hasPart, isLost, isSame, stands, withParts } from './feed-lines.js'
import type { Outgoing } from './outbox.js'
import { Kept, type Watched } from './watched.js'

export interface FeedView {
  /** Oldest first. */
  entries: readonly FeedEntry[]
  /** Left out on purpose so far, by lane. */
  dropped: Dropped
  /** How often messages are missing that nobody has any more. */
  gaps: number
}

export type Feed = Watched<FeedView>

/** What has become of an own message, and what is known of it since. */
export type Outcome = Pick<FeedMessage, 'is' | 'refusal'> & { id?: string; text?: string }

/** Retractions that have overtaken what they are about. */
const retractedMax = 200
/** What may turn out to be own messages; with more the oldest are shown as they are. */
const keptBackMax = 200

/**
 * The newest messages as a list to show, oldest first. Own messages are in it at once; whatever may turn out to be one of them is
 * kept back until that is known, so that nothing is ever there twice. Gifts of one sender that follow one another are one line.
 */
export class FeedKeeper {
  readonly view = new Kept<FeedView>({ entries: [], dropped: { chat: 0, notify: 0 }, gaps: 0 })
  readonly #max: number
  readonly #viewer: () => string | undefined
  #entries: FeedEntry[] = []
  #keptBack: RoomMessage[] = []
  #retracted = new Set<string>()
  #keys = 0

  constructor(max: number, viewer: () => string | undefined) {
    this.#max = max
    this.#viewer = viewer
  }

  /** What was read, after the gap there may be before it. */
  take(messages: readonly RoomMessage[], dropped: Dropped, gap: boolean): void {
    const before = this.view.getSnapshot()
    if (messages.length === 0 && dropped.chat + dropped.notify === 0 && !gap) return
    if (gap && this.#entries.length > 0) this.#entries = [...this.#entries, { kind: 'gap', key: this.#key() }]
    for (const message of messages) this.#one(message)
    this.#show({
      dropped: { chat: before.dropped.chat + dropped.chat, notify: before.dropped.notify + dropped.notify },
      gaps: before.gaps + (gap ? 1 : 0),
    })
  }

  say({ seq, say, saidAtMs }: Outgoing): void {
    const message: RoomMessage = {
      ...{ id: '', type: say.type, priority: 0, at: saidAtMs, underWayMs: 0, ttlS: 0 },
      from: { id: this.#viewer() ?? '', name: '', avatar: '' },
      ...(say.type === 'chat' ? { text: say.text } : { text: '', gift: { ...say.gift, value: 0 } }),
    }
    this.#add({ ...this.#line(message), key: ownKey(seq), own: true, is: 'pending' })
    this.#show()
  }

  /** An own message is answered. What was kept back for it is shown, unless it may be one of those still on their way. */
  settled(seq: number, outcome: Outcome): void {
    const { id, text, ...rest } = outcome
    this.#change(ownKey(seq), (line) => {
      const message = { ...line.message, ...(id !== undefined && { id }), ...(text !== undefined && { text }) }
      return { ...line, ...rest, message, parts: id === undefined ? [] : [{ id, count: line.count }] }
    })
    if (id !== undefined) this.#meet(id, ownKey(seq))
    const back = this.#keptBack
    this.#keptBack = []
    for (const message of back) this.#one(message)
    this.#show()
  }

  /** Takes a line off. */
  remove(key: string): void {
    this.#entries = this.#entries.filter((entry) => entry.key !== key)
    this.#show()
  }

  #one(message: RoomMessage) {
    if (message.type === 'control') return this.#obey(message)
    if (this.#retracted.delete(message.id)) return
    const line = this.#lineOf(message.id)
    if (line) return this.#confirm(line, message)
    const said = this.#entries.some(
      (entry) => stands(entry, 'pending') && isSame(entry.message, message, this.#viewer(), 'masked'),
    )
    if (said && this.#keptBack.length < keptBackMax) this.#keptBack.push(message)
    else this.#new(message)
  }

  /** An own message comes back: it is on its line already. */
  #confirm(line: FeedMessage, message: RoomMessage) {
    if (line.parts.length > 1) return
    this.#change(line.key, (own) => ({ ...own, message, is: 'shown', refusal: undefined }))
  }

  #new(message: RoomMessage) {
    // Let through by an operator, or taken after all though its answer was lost: here it is.
    const lost = this.#entries.find(
      (entry) => isLost(entry) && isSame(entry.message, message, this.#viewer(), 'as-said'),
    )
    if (lost) this.#entries = this.#entries.filter((entry) => entry !== lost)
    const own = lost !== undefined || message.from.id === this.#viewer()
    this.#add({ ...this.#line(message), own })
  }

  /** The id an own message was given may be that of one that is here already. */
  #meet(id: string, key: string) {
    const twin = this.#entries.find((entry) => entry.key !== key && hasPart(entry, id)) as FeedMessage | undefined
    if (twin) {
      this.#entries = this.#entries.filter((entry) => entry !== twin)
      this.#change(key, (line) => ({ ...line, message: twin.message, is: 'shown' }))
    }
    const line = this.#entries.find((entry) => entry.key === key)
    if (!line || !stands(line, 'shown')) return
    if (this.#retracted.delete(id)) this.#entries = this.#entries.filter((entry) => entry !== line)
    else this.#entries = combined(this.#entries, line)
  }

  #obey({ control }: RoomMessage) {
    if (control?.act === 'cleared') {
      this.#entries = this.#entries.filter((entry) => entry.kind === 'message' && entry.is === 'pending')
      this.#keptBack = []
    }
    if (control?.act !== 'retract') return
    const { target } = control
    const line = this.#lineOf(target)
    this.#keptBack = this.#keptBack.filter(({ id }) => id !== target)
    if (!line) this.#retracted.add(target)
    else if (line.parts.length === 1) this.#entries = this.#entries.filter((entry) => entry !== line)
    else
      this.#change(line.key, (gifts) =>
        withParts(
          gifts,
          gifts.parts.filter(({ id }) => id !== target),
        ),
      )
    const [oldest] = this.#retracted
    if (this.#retracted.size > retractedMax && oldest !== undefined) this.#retracted.delete(oldest)
  }

  #lineOf(id: string): FeedMessage | undefined {
    return this.#entries.findLast((entry) => hasPart(entry, id)) as FeedMessage | undefined
  }

  #line(message: RoomMessage): FeedMessage {
    const count = message.gift?.count ?? 1
    const parts = message.id === '' ? [] : [{ id: message.id, count }]
    return { kind: 'message', key: this.#key(), message, own: false, is: 'shown', refusal: undefined, count, parts }
  }

  #add(line: FeedMessage) {
    this.#entries = combined([...this.#entries, line], line)
  }

  #change(key: string, to: (line: FeedMessage) => FeedMessage) {
    this.#entries = this.#entries.map((entry) => (entry.key === key && entry.kind === 'message' ? to(entry) : entry))
  }

  #show(more: Partial<FeedView> = {}) {
    this.#entries = this.#entries.slice(-this.#max)
    this.view.set({ ...this.view.getSnapshot(), ...more, entries: this.#entries })
  }

  #key = () => `m${this.#keys++}`
}

/** The line of what was said with this number. */
export const ownKey = (seq: number) => `own${seq}`
