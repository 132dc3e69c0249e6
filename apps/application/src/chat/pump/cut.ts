import type { Block, Cursor, Dropped, OriginPosition } from '@gala/contracts'
import type { Placed, PlacedMessage } from '@gala/rooms'

/** What a block tells, and up to where. */
export interface Part extends Pick<Block, 'to' | 'dropped'> {
  messages: readonly PlacedMessage[]
  place: number
}

/** More than this in one block, and a viewer on a bad line waits for all of it before seeing any. */
export const shownMax = 500

/**
 * Cuts what was read into what goes into one block each, and counts what is left out of them. The last part reaches as far as was
 * read, and so does its cursor.
 */
export function cut(
  { messages, head, cursor, lost }: Placed,
  shown: ReadonlySet<PlacedMessage>,
  since: Cursor,
): Part[] {
  const parts = [newPart(since, lost)]
  let part = parts[0] as OpenPart
  for (const message of messages) {
    if (part.messages.length === shownMax) {
      part = newPart(part.to)
      parts.push(part)
    }
    if (shown.has(message)) part.messages.push(message)
    else leaveOut(message, part.dropped)
    part.place = message.place
    const [dc = '', epoch = '', seq] = message.id.split('.')
    part.to.set(dc, { epoch, seq: Number(seq) })
  }
  for (const [dc, position] of cursor) part.to.set(dc, position)
  part.place = head
  return parts
}

interface OpenPart extends Part {
  to: Map<string, OriginPosition>
  messages: PlacedMessage[]
}

const newPart = (since: Cursor, dropped: Dropped = { chat: 0, notify: 0 }): OpenPart => ({
  to: new Map(since),
  messages: [],
  dropped: { ...dropped },
  place: 0,
})

/** Counts a message that is left out. There is no place for gifts and control, which never are. */
export function leaveOut({ type }: PlacedMessage, dropped: Dropped) {
  if (type === 'chat' || type === 'notify') dropped[type]++
}
