import { fnv1a } from '@gala/kernel'
import type { PlacedMessage } from '@gala/rooms'

export interface Limits {
  nowMs: number
  /** How many chat messages may be shown. */
  chatMax: number
  /** This process is late with its work: what is least worth saying is not said. */
  strained: boolean
  /** The same messages and seed are the same choice. */
  seed: number
}

/** Notices from here up are said by a strained process too; an operator's has 6 unless they say otherwise. */
const noticeWorth = 4
/** Of what may be shown, one sender has this part at most while others wait. */
const share = 1 / 4

/**
 * Chooses what is shown of what was accepted. Gifts and control always are. Whatever is not chosen has been left out on purpose,
 * and whoever calls counts it.
 */
export function select(messages: readonly PlacedMessage[], limits: Limits): ReadonlySet<PlacedMessage> {
  const chosen = new Set<PlacedMessage>()
  const chat: PlacedMessage[] = []
  for (const message of messages) {
    if (message.type === 'gift' || message.type === 'control') chosen.add(message)
    else if (isExpired(message, limits.nowMs)) continue
    else if (message.type === 'chat') chat.push(message)
    else if (!limits.strained || message.priority >= noticeWorth) chosen.add(message)
  }
  for (const message of chat.length <= limits.chatMax ? chat : sample(chat, limits)) chosen.add(message)
  return chosen
}

const isExpired = ({ at, ttlS }: PlacedMessage, nowMs: number) => ttlS > 0 && at + ttlS * 1_000 < nowMs

interface Candidate {
  message: PlacedMessage
  /** How many better ones there are of the same sender. */
  turn: number
  lot: number
}

/**
 * A fair part of the chat: nobody has more than a share before everybody else has had theirs, the higher priority goes first, of the
 * same priority everybody's first message goes before anybody's second, and the rest is chance.
 */
function sample(chat: readonly PlacedMessage[], { chatMax, seed }: Limits): PlacedMessage[] {
  const most = Math.max(1, Math.floor(chatMax * share))
  const candidates = [...Map.groupBy(chat, ({ from }) => from.id).values()].flatMap((its) =>
    its
      .map((message) => ({ message, turn: 0, lot: lotOf(message.id, seed) }))
      .toSorted((a, b) => b.message.priority - a.message.priority || a.lot - b.lot)
      .map((candidate, turn): Candidate => ({ ...candidate, turn })),
  )
  const order = candidates.toSorted(
    (a, b) =>
      Number(a.turn >= most) - Number(b.turn >= most) ||
      b.message.priority - a.message.priority ||
      a.turn - b.turn ||
      a.lot - b.lot,
  )
  return order.slice(0, chatMax).map(({ message }) => message)
}

/** Chance that comes again: a hash of id and seed, its bits mixed. */
function lotOf(id: string, seed: number): number {
  let hash = fnv1a(id, seed)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
