import { type Cursor, formatCursor, hasRead, parseCursor, type RoomMessages } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import { endOfSecond } from '@gala/runtime'
import { LRUCache } from 'lru-cache'
import type { LocalAnswer, LocalRequest } from '../local.js'
import type { Feed } from './feed.js'
import type { Feeds } from './feeds.js'
import type { Gate } from './gate.js'
import type { HeldBlock } from './held-block.js'

/** Of one answer; what is left is asked for at once. */
const blocksMax = 20
const bytesMax = 65_536
/** Whoever comes without a cursor gets so many messages at least, if there are. */
export const newestMessages = 15
/** Answers kept for whoever asks the same: a crowd asks for the same, one newcomer each for something of their own. */
const answersMax = 20_000
const answersBytesMax = 16_777_216

/** Of a room in which nothing has been said yet. */
const silentTag = '00000000:0'

interface Parts {
  feeds: Feeds
  gate: Gate
  clock: Clock
  pollAfterMs: (feed: Feed) => number
}

/** Blocks on their way into an answer. */
interface Found {
  blocks: readonly HeldBlock[]
  gap: boolean
  /** There is more than fits. */
  more: boolean
}

type Form = 'json' | 'blocks'

/** Polls of rooms, made of the blocks that sockets get. */
export class Polls {
  readonly #answers = new LRUCache<string, LocalAnswer>({
    max: answersMax,
    maxSize: answersBytesMax,
    sizeCalculation: ({ body }, key) => body.length + key.length + 200,
  })

  constructor(private readonly parts: Parts) {}

  readonly answer = async ({ input }: LocalRequest): Promise<LocalAnswer> => {
    const { room } = input.params as { room: string }
    const { after, form } = input.query as { after?: string; form: Form }
    const { gate, feeds, clock, pollAfterMs } = this.parts
    await gate.pass(room)
    const feed = await feeds.of(room)
    feed.tally.polls.add(1)
    const waitMs = pollAfterMs(feed)
    const key = `${room} ${form} ${after ?? ''} ${feed.ring.last?.tag ?? ''} ${feed.ring.first} ${waitMs}`
    const made = this.#answers.get(key) ?? (await this.#make(feed, after, form, waitMs))
    this.#answers.set(key, made)
    return { ...made, edgeUntil: endOfSecond(clock.nowMs()) }
  }

  get kept(): number {
    return this.#answers.calculatedSize
  }

  async #make(feed: Feed, after: string | undefined, form: Form, waitMs: number): Promise<LocalAnswer> {
    const cursor = after === undefined ? undefined : parseCursor(after)
    const found = await blocksAfter(feed, cursor)
    const { blocks, more } = found
    // A reader who has everything is known by the newest block there is.
    const etag = `"${(blocks.at(-1) ?? feed.ring.last)?.tag ?? silentTag}"`
    const afterMs = more ? 0 : waitMs
    if (form === 'json') return { body: jsonOf(found, cursor, feed.ring.state, afterMs), etag }
    const head = { 'x-gala-poll-after-ms': String(afterMs), 'x-gala-gap': String(found.gap) }
    return { body: delimited(blocks), type: 'application/x-protobuf', etag, head }
  }
}

async function blocksAfter(feed: Feed, cursor: Cursor | undefined): Promise<Found> {
  const { ring } = feed
  const from = cursor
    ? await feed.placeAfter(cursor)
    : { place: ring.placeOfNewest(newestMessages), older: [], gap: false }
  const all = [...from.older, ...ring.from(from.place)]
  const blocks: HeldBlock[] = []
  let bytes = 0
  for (const block of all) {
    bytes += block.bytes.length
    if (blocks.length > 0 && (blocks.length >= blocksMax || bytes > bytesMax)) break
    blocks.push(block)
  }
  return { blocks, gap: from.gap, more: blocks.length < all.length }
}

/** Each after its length. */
function delimited(blocks: readonly HeldBlock[]): Buffer {
  return Buffer.concat(blocks.flatMap(({ bytes }) => [varint(bytes.length), bytes]))
}

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  for (let rest = value; ; rest >>>= 7) {
    bytes.push(rest > 127 ? (rest & 127) | 128 : rest)
    if (rest <= 127) return Uint8Array.from(bytes)
  }
}

/** What a poll brings: written by hand around the messages, which each block has as text already. */
export function jsonOf(
  { blocks, gap }: Pick<Found, 'blocks' | 'gap'>,
  cursor: Cursor | undefined,
  roomState: RoomMessages['state'],
  pollAfterMs: number,
): string {
  const messages = blocks.map((block) => block.json(cursor)).filter((piece) => piece !== '')
  const dropped = { chat: 0, notify: 0 }
  for (const { block } of blocks) {
    dropped.chat += block.dropped.chat
    dropped.notify += block.dropped.notify
  }
  // A newcomer is told what is known of the room, everybody else what has changed.
  const changed = Object.assign({}, ...blocks.map(({ block }) => block.state)) as RoomMessages['state']
  const rest = {
    cursor: formatCursor(further(cursor ?? new Map(), blocks.at(-1)?.block.to ?? new Map())),
    pollAfterMs,
    dropped,
    state: cursor ? changed : roomState,
    gap,
  }
  return `{"messages":[${messages.join(',')}],${JSON.stringify(rest).slice(1)}`
}

/** Whoever has read elsewhere may be further than we are: nobody is brought back. */
function further(cursor: Cursor, to: Cursor): Cursor {
  const all = new Map(cursor)
  for (const [dc, at] of to) if (!hasRead(cursor, dc, at.epoch, at.seq)) all.set(dc, at)
  return all
}
