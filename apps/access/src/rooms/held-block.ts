import * as zlib from 'node:zlib'
import {
  type Block,
  type BlockCoding,
  blockCodings,
  blockDictionary,
  blockTag,
  type Cursor,
  decodeBlock,
  encodeBlock,
  encodeServerFrame,
  formatCursor,
  hasRead,
  type RoomMessage,
} from '@gala/contracts'
import { framed } from './framing.js'

/** Shorter blocks are sent plain: what a coding saves of them is less than a client's work to undo it. */
const codedBytesMin = 128

/** Which codings a client can undo. */
export type Known = BlockCoding | 'any'

/** A block as it is handed to viewers: each form of it is made once, when the first of them asks for it. */
export class HeldBlock {
  /** Without its frame. */
  readonly bytes: Uint8Array
  readonly #frames: { [known in Known]?: Buffer } = {}
  #json: string | undefined
  #event: string | undefined
  /** To how many it has been written whole since somebody last counted. */
  written = 0

  constructor(
    readonly block: Block,
    bytes: Uint8Array,
    readonly heldAtMs: number,
  ) {
    const plain = framed(encodeServerFrame({ kind: 'block', coding: 'plain', bytes }))
    this.#frames.plain = plain
    this.bytes = plain.subarray(plain.length - bytes.length)
  }

  /** @throws MalformedFrame */
  static of(bytes: Uint8Array, nowMs: number): HeldBlock {
    return new HeldBlock(decodeBlock(bytes), bytes, nowMs)
  }

  static made(block: Block, nowMs: number): HeldBlock {
    return new HeldBlock(block, encodeBlock(block), nowMs)
  }

  get tag(): string {
    return blockTag(this.block)
  }

  /** Ready to be written to a socket: the shortest a client can undo. */
  frame(known: Known): Buffer {
    this.#frames[known] ??= known === 'any' ? this.#shortest() : this.#code(known)
    return this.#frames[known]
  }

  /** Its messages that a cursor has not had, as JSON without the brackets. */
  json(cursor: Cursor | undefined): string {
    const { messages } = this.block
    const news = cursor ? messages.filter((message) => !isRead(cursor, message)) : messages
    if (news.length < messages.length) return piece(news)
    this.#json ??= piece(messages)
    return this.#json
  }

  /** As one of server-sent events. `answer` makes of its messages what a poll would bring. */
  event(answer: (block: HeldBlock) => string): string {
    this.#event ??= `id: ${formatCursor(this.block.to)}\ndata: ${answer(this)}\n\n`
    return this.#event
  }

  #shortest(): Buffer {
    return blockCodings
      .map((coding) => this.frame(coding))
      .reduce((shortest, one) => (one.length < shortest.length ? one : shortest))
  }

  #code(coding: BlockCoding): Buffer {
    const { bytes } = this
    const plain = this.frame('plain')
    if (coding === 'plain' || bytes.length < codedBytesMin || !isMade(coding)) return plain
    const coded =
      coding === 'zstd' ? zlib.zstdCompressSync(bytes) : zlib.deflateRawSync(bytes, { dictionary: blockDictionary })
    return coded.length < bytes.length ? framed(encodeServerFrame({ kind: 'block', coding, bytes: coded })) : plain
  }
}

/** An older Node has no zstd. */
const isMade = (coding: BlockCoding) => coding !== 'zstd' || typeof zlib.zstdCompressSync === 'function'

/** What a client says it can undo; names of others are left alone. */
export function knownOf(codings: readonly string[]): Known {
  const known = blockCodings.filter((coding) => codings.includes(coding))
  return known.length > 1 ? 'any' : (known[0] ?? 'plain')
}

const piece = (messages: readonly RoomMessage[]) => messages.map((message) => JSON.stringify(message)).join(',')

function isRead(cursor: Cursor, { id }: RoomMessage): boolean {
  const [dc = '', epoch = '', seq = ''] = id.split('.')
  return hasRead(cursor, dc, epoch, Number(seq))
}
