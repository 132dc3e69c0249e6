import {
  type Block,
  type Cursor,
  type Dropped,
  formatCursor,
  hasRead,
  isPast,
  type OriginPosition,
  parseCursor,
  type RoomMessage,
  type RoomMessages,
  type RoomState,
} from '@gala/contracts'

/** What something that came from the platform brings that had not been here before. */
export interface Read {
  messages: RoomMessage[]
  /** Left out on purpose between these messages. */
  dropped: Dropped
  /** Messages before these are missing, and nobody has them any more. */
  gap: boolean
  /** What has changed. */
  state: RoomState
}

/** Ids of messages that were passed on: more than a few blocks hold. */
const recentMax = 1_024

/**
 * How far a client has read a room, whichever way and from whichever data centre its messages come: passes each of them on once.
 * The cursor tells nearly always. Ids are remembered for what it cannot tell: messages to this viewer alone stand outside of it, and an
 * origin that has begun anew makes it start over.
 */
export class Reading {
  readonly #cursor = new Map<string, OriginPosition>()
  readonly #recent = new Set<string>()
  #last: { epoch: string; number: number } | undefined
  #gapTold = false

  /** As text; empty: nothing has been read. */
  get cursor(): string {
    return formatCursor(this.#cursor)
  }

  /** Of the newest block; 0 without any. */
  get blockNumber(): number {
    return this.#last?.number ?? 0
  }

  /** A long connection begins: what its server says of what comes. */
  welcomed({ gap, state }: { gap: boolean; state: RoomState }): Read {
    this.#gapTold = gap
    return { messages: [], dropped: { chat: 0, notify: 0 }, gap, state }
  }

  block(block: Block): Read {
    const { epoch, number, since, to } = block
    const again = this.#last?.epoch === epoch && number <= this.#last.number
    const old = again || (block.messages.length > 0 && isPast(this.#cursor, to))
    const gap = this.#skips(since, to) && !this.#gapTold
    this.#gapTold = false
    const unread = this.#unread(since, to)
    const messages = block.messages.filter((message) => this.#isNew(message))
    this.#advance(to)
    if (!again) this.#last = { epoch, number }
    return { messages, dropped: atMost(unread - messages.length, block.dropped), gap, state: old ? {} : block.state }
  }

  /** A block for this viewer alone: it says nothing of where the room is. */
  direct(block: Block): Read {
    const messages = block.messages.filter(({ id }) => !this.#recent.has(id))
    for (const { id } of messages) this.#remember(id)
    return { messages, dropped: { chat: 0, notify: 0 }, gap: false, state: {} }
  }

  /** An answer to a poll. */
  answer({ messages, cursor, dropped, gap, state }: Omit<RoomMessages, 'pollAfterMs'>): Read {
    const to = parseCursor(cursor)
    const unread = this.#unread(undefined, to)
    const fresh = messages.filter((message) => this.#isNew(message))
    this.#advance(to)
    return { messages: fresh, dropped: atMost(unread - fresh.length, dropped), gap, state }
  }

  #isNew({ id }: RoomMessage): boolean {
    const [dc = '', epoch = '', seq = ''] = id.split('.')
    if (this.#recent.has(id) || hasRead(this.#cursor, dc, epoch, Number(seq))) return false
    this.#remember(id)
    return true
  }

  #remember(id: string) {
    this.#recent.add(id)
    const [oldest] = this.#recent
    if (this.#recent.size > recentMax && oldest !== undefined) this.#recent.delete(oldest)
  }

  /** Whether there is something between where this reader stands and where a block begins. */
  #skips(since: Cursor, to: Cursor): boolean {
    for (const [dc, { epoch }] of to) {
      const at = this.#cursor.get(dc)
      // An origin nobody has told of before begins here; one that has begun anew may have had more to say before it did.
      if (at && (at.epoch !== epoch || seqOf(since, dc, epoch) > at.seq)) return true
    }
    return false
  }

  /** How many messages there are between where this reader stands, or where a block begins, and `to`. */
  #unread(since: Cursor | undefined, to: Cursor): number {
    let unread = 0
    for (const [dc, { epoch, seq }] of to) {
      const read = Math.max(seqOf(this.#cursor, dc, epoch), since ? seqOf(since, dc, epoch) : 0)
      if (!since && !this.#cursor.has(dc)) return Number.POSITIVE_INFINITY
      unread += Math.max(0, seq - read)
    }
    return unread
  }

  #advance(to: Cursor) {
    for (const [dc, { epoch, seq }] of to)
      this.#cursor.set(dc, { epoch, seq: Math.max(seq, seqOf(this.#cursor, dc, epoch)) })
  }
}

const seqOf = (cursor: Cursor, dc: string, epoch: string) => {
  const at = cursor.get(dc)
  return at?.epoch === epoch ? at.seq : 0
}

/**
 * Blocks of two data centres end at different messages, so whoever has moved gets one it knows a part of. Of what was dropped from
 * it no more can have been new than there are messages in the rest that did not come.
 */
function atMost(missing: number, { chat, notify }: Dropped): Dropped {
  const left = Math.max(0, missing)
  return { chat: Math.min(chat, left), notify: Math.min(notify, Math.max(0, left - chat)) }
}
