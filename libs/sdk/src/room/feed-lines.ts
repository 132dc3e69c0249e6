import type { RoomMessage } from '@gala/contracts'
import type { Refusal } from './outbox.js'

/** A line of the feed. `key` stays the same for as long as it is there. */
export type FeedEntry = FeedMessage | { kind: 'gap'; key: string }

export interface FeedMessage {
  kind: 'message'
  key: string
  /** The id is empty until the platform has given one. Of a gift that was given several times: the newest. */
  message: RoomMessage
  own: boolean
  is: 'pending' | 'shown' | 'held' | 'refused'
  refusal: Refusal | undefined
  /** How many there are of a gift, all times together; 1 for anything else. */
  count: number
  /** The messages this line stands for. */
  parts: readonly { id: string; count: number }[]
}

/** Gifts of one sender and kind that are this close to one another are one line. */
const togetherMs = 5_000
const partsMax = 99

export const stands = (entry: FeedEntry, is: FeedMessage['is']): entry is FeedMessage =>
  entry.kind === 'message' && entry.is === is && (is === 'shown' || entry.own)

/** An own message nobody is waiting for any more, and which may come all the same. */
export const isLost = (entry: FeedEntry): entry is FeedMessage =>
  entry.kind === 'message' && entry.own && (entry.is === 'held' || entry.refusal?.unsure === true)

export const hasPart = (entry: FeedEntry, id: string): boolean =>
  entry.kind === 'message' && entry.parts.some((part) => part.id === id)

export const withParts = (line: FeedMessage, parts: FeedMessage['parts']): FeedMessage => ({
  ...line,
  parts,
  count: parts.reduce((sum, { count }) => sum + count, 0),
})

/** The entries with a gift joined to the line it goes on from, if there is one. */
export function combined(entries: FeedEntry[], line: FeedMessage): FeedEntry[] {
  if (line.message.gift === undefined || line.is !== 'shown') return entries
  const earlier = entries.findLast((entry): entry is FeedMessage => entry !== line && goesOn(entry, line))
  if (!earlier) return entries
  const joined = { ...withParts(line, [...earlier.parts, ...line.parts]), key: earlier.key }
  // At the new one's place: it is news again.
  return entries.filter((entry) => entry !== earlier).map((entry) => (entry === line ? joined : entry))
}

function goesOn(entry: FeedEntry, { message, own }: FeedMessage): boolean {
  if (!stands(entry, 'shown') || entry.parts.length >= partsMax) return false
  const { gift, from, at } = entry.message
  const sameSender = (own && entry.own) || (from.id !== '' && from.id === message.from.id)
  return sameSender && gift?.kind === message.gift?.kind && Math.abs(message.at - at) <= togetherMs
}

/**
 * Whether a message may be what this viewer has said. Who knows the viewer's id finds it `masked` as well; who does not goes by what
 * was said.
 */
export function isSame(
  said: RoomMessage,
  { type, from, text, gift }: RoomMessage,
  viewer: string | undefined,
  how: 'masked' | 'as-said',
): boolean {
  if (said.type !== type || (viewer !== undefined && from.id !== viewer)) return false
  if (said.gift) return said.gift.kind === gift?.kind && said.gift.count === gift.count
  return (viewer !== undefined && how === 'masked') || said.text === text
}
