import { hash } from 'node:crypto'
import {
  heldMessageSchema,
  lanes,
  parseCursor,
  parseStored,
  pumpReportSchema,
  roomMessageSchema,
  roomReportSchema,
} from '@gala/contracts'
import { z } from 'zod'
import { type Mark, originOf } from './placed.js'
import type { DirectMessage, NewMessage, PlacedMessage, StoredBlock } from './room-store.js'
import { laneNames } from './rules.js'

/** What is kept in Redis, and how it is read: whatever cannot be is left out and told of. */
const sentAs = { client: z.string().max(400), seq: z.int().min(0) }
const placedSchema = roomMessageSchema.extend({ ...sentAs, place: z.int().min(0) })
const heldSchema = heldMessageSchema.extend(sentAs)
const directSchema = z.object({
  to: z.union([z.strictObject({ viewer: z.string().max(120) }), z.strictObject({ cohort: z.string().max(64) })]),
  message: roomMessageSchema,
})

export class StoredForms {
  constructor(private readonly onUnreadable: (what: string) => void) {}

  messages(texts: readonly string[]): PlacedMessage[] {
    return this.#each(placedSchema, texts, 'message')
  }

  held(texts: readonly string[]) {
    return this.#each(heldSchema, texts, 'held message')
  }

  reports(texts: readonly string[]) {
    return this.#each(roomReportSchema, texts, 'report')
  }

  pump(text: string | null) {
    return this.#each(pumpReportSchema, text === null ? [] : [text], 'report')[0]
  }

  direct(text: string): DirectMessage | undefined {
    return this.#each(directSchema, [text], 'direct message')[0]
  }

  block(bytes: Buffer): StoredBlock | undefined {
    if (bytes.length >= blockHead) return readBlock(bytes)
    this.onUnreadable('block')
    return undefined
  }

  #each<T extends z.ZodType>(schema: T, texts: readonly string[], what: string): z.output<T>[] {
    return texts.flatMap((text) => {
      const read = parseStored(schema, text)
      if (read === undefined) this.onUnreadable(what)
      return read === undefined ? [] : [read]
    })
  }
}

/** A message as the scripts put it after its id and its place. */
export function restOf(message: NewMessage | PlacedMessage): string {
  const { type, priority, from, text, gift, control, at, underWayMs, ttlS, client, seq } = message
  return JSON.stringify({ type, priority, from, text, gift, control, at, underWayMs, ttlS, client, seq }).slice(1)
}

/** How messages begin whose id does. */
export const beginning = (id: string) => `{"id":"${id}`

/** The lane as the scripts number it: by its key. */
export const laneKey = (type: NewMessage['type']) => laneNames.indexOf(lanes[type]) + 2

/** A client and its number in 16 bytes: of 96 bits nobody finds two that are alike. */
export const seenKey = ({ client, seq }: { client: string; seq: number }, as = '') =>
  hash('sha256', `${as}${client}\n${seq}`, 'base64url').slice(0, 16)

/** In the order they were accepted, whatever order they were handed over in. */
export function inOrder(messages: readonly PlacedMessage[]): PlacedMessage[] {
  const byEpoch = Map.groupBy(messages, ({ id }) => originOf(id).epoch)
  return [...byEpoch.values()].flatMap((some) => some.toSorted((a, b) => originOf(a.id).seq - originOf(b.id).seq))
}

export function markOf(text: string): Mark {
  const [place = '', cursor = ''] = text.split(' ')
  return { place: Number(place), taken: parseCursor(cursor) }
}

/** Epoch, number and place, 20 bytes, and then the bytes themselves. */
const blockHead = 20

export function writeBlock({ epoch, number, place, bytes }: StoredBlock): Buffer {
  const block = Buffer.allocUnsafe(blockHead + bytes.length)
  block.writeUInt32BE(Number.parseInt(epoch, 16), 0)
  block.writeDoubleBE(number, 4)
  block.writeDoubleBE(place, 12)
  block.set(bytes, blockHead)
  return block
}

function readBlock(block: Buffer): StoredBlock {
  const epoch = block.readUInt32BE(0).toString(16).padStart(8, '0')
  return { epoch, number: block.readDoubleBE(4), place: block.readDoubleBE(12), bytes: block.subarray(blockHead) }
}
