import type { OriginPosition } from '@gala/contracts'
import type { Placed, PlacedMessage } from './room-store.js'

/** How far other data centres' messages had been taken over at a place. */
export interface Mark {
  place: number
  taken: ReadonlyMap<string, OriginPosition>
}

/** What was found in a room after a place. */
interface Found {
  epoch: string
  /** The place up to which these are all messages there are. */
  upTo: number
  /** In the order of their places. */
  messages: readonly PlacedMessage[]
  /** In the order of their places, from the last one at or before the place that was asked for. */
  marks: readonly Mark[]
}

/** `dc.epoch.seq`, in parts. */
export function originOf(id: string): OriginPosition & { dc: string } {
  const [dc = '', epoch = '', seq = ''] = id.split('.')
  return { dc, epoch, seq: Number(seq) }
}

/** The first ones of all there are in the order of their places, and the place up to which they are all. */
export function firstOf<T extends { place: number }>(
  sorted: readonly T[],
  limit: number,
  place: number,
  newest: number,
) {
  const first = sorted.slice(0, limit)
  return { first, upTo: sorted.length < limit ? newest : (first.at(-1)?.place ?? place) }
}

export function placedOf(dc: string, place: number, found: Found): Omit<Placed, 'lost'> {
  const end = endOfEpochs(found.messages)
  const messages = found.messages.slice(0, end)
  const head = end === found.messages.length ? found.upTo : (messages.at(-1)?.place ?? place)
  return { epoch: found.epoch, head, cursor: cursorAt(dc, head, { ...found, messages }), messages }
}

/** What is asked for when nobody has said anything in a room yet. */
export const nothingPlaced: Placed = {
  epoch: '',
  head: 0,
  cursor: new Map(),
  messages: [],
  lost: { chat: 0, notify: 0 },
}

/** A block has one epoch of each data centre. */
function endOfEpochs(messages: readonly PlacedMessage[]): number {
  const epochs = new Map<string, string>()
  const second = messages.findIndex(({ id }) => {
    const { dc, epoch } = originOf(id)
    const before = epochs.get(dc) ?? epoch
    epochs.set(dc, before)
    return before !== epoch
  })
  return second < 0 ? messages.length : second
}

/**
 * Own numbers are places, so all of them up to `head` are there. Of the others it is the last mark, and what the messages themselves say of
 * the places after it.
 */
function cursorAt(dc: string, head: number, { epoch, marks, messages }: Found) {
  const mark = marks.findLast(({ place }) => place <= head)
  const cursor = new Map(mark?.taken)
  for (const { id, place } of messages) {
    const origin = originOf(id)
    if (place > (mark?.place ?? 0)) cursor.set(origin.dc, { epoch: origin.epoch, seq: origin.seq })
  }
  return cursor.set(dc, { epoch, seq: head })
}
