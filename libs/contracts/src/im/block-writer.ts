import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import type { Block } from './block.js'
import { blockField } from './block-fields.js'
import { type Form, FormWriter } from './block-forms.js'
import { writeControl, writeGift, writeState } from './block-parts.js'
import type { Cursor, OriginPosition } from './cursor.js'
import { messageTypes, type Sender } from './message.js'
import { entriesMax, epochNumber, number, packed, string } from './wire.js'

const int32Max = 2_147_483_647

/**
 * Writes a block as bytes. The same block always becomes the same bytes.
 * @throws Error when a message is not within its interval, or there are more messages than a reader takes.
 */
export function encodeBlock(block: Block): Uint8Array {
  if (block.messages.length > entriesMax) throw new Error(`${block.messages.length} messages are too many for a block`)
  const origins = [...block.to].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const columns = columnsOf(block, origins)
  const writer = new BinaryWriter()
  number(writer, blockField.number, block.number)
  writer.tag(blockField.epoch, WireType.Bit32).fixed32(epochNumber(block.epoch))
  number(writer, blockField.madeAtMs, block.madeAtMs)
  writeOrigins(writer, origins, block.since)
  packed(writer, blockField.kinds, columns.kinds)
  if (columns.from.some((index) => index > 0)) packed(writer, blockField.from, columns.from)
  packed(writer, blockField.steps, columns.steps)
  packed(writer, blockField.senders, columns.senders)
  packed(writer, blockField.atMs, columns.atMs, 'sint32')
  if (columns.underWayMs.some((ms) => ms > 0)) packed(writer, blockField.underWayMs, columns.underWayMs)
  packed(writer, blockField.ttlS, columns.ttlS)
  writeStrings(writer, block, columns.who)
  writeForms(writer, columns.who)
  for (const { gift } of block.messages) if (gift) writeGift(writer, blockField.gifts, gift)
  for (const { control } of block.messages) if (control) writeControl(writer, blockField.controls, control)
  const { chat, notify } = block.dropped
  if (chat + notify > 0) {
    writer.tag(blockField.dropped, WireType.LengthDelimited).fork()
    number(writer, 1, chat)
    number(writer, 2, notify)
    writer.join()
  }
  if (Object.keys(block.state).length > 0) writeState(writer, blockField.state, block.state)
  return writer.finish()
}

type Origins = readonly (readonly [string, OriginPosition])[]

/** Of another epoch than that of `to` nothing has been: it begins anew. */
const sinceOf = (since: Cursor, dc: string, epoch: string): number => {
  const at = since.get(dc)
  return at?.epoch === epoch ? at.seq : 0
}

function writeOrigins(writer: BinaryWriter, origins: Origins, since: Cursor) {
  for (const [dc, { epoch, seq }] of origins) {
    const from = sinceOf(since, dc, epoch)
    if (seq < from) throw new Error(`the block ends before it begins: ${seq} of ${dc}`)
    writer.tag(blockField.origins, WireType.LengthDelimited).fork()
    string(writer, 1, dc)
    writer.tag(2, WireType.Bit32).fixed32(epochNumber(epoch))
    number(writer, 3, from)
    number(writer, 4, seq - from)
    writer.join()
  }
}

function columnsOf({ messages, since, madeAtMs }: Block, origins: Origins) {
  const columns = {
    kinds: [] as number[],
    from: [] as number[],
    steps: [] as number[],
    senders: [] as number[],
    atMs: [] as number[],
    underWayMs: [] as number[],
    ttlS: alike(messages.map(({ ttlS }) => ttlS)),
    who: [] as Sender[],
  }
  const last = origins.map(([dc, { epoch }]) => sinceOf(since, dc, epoch))
  const known = new Map<string, number>()
  let lastAtMs = madeAtMs
  for (const message of messages) {
    const [dc, epoch, seq] = message.id.split('.')
    const index = origins.findIndex(([name, at]) => name === dc && at.epoch === epoch)
    const step = Number(seq) - (last[index] ?? Number.NaN)
    if (!(step > 0 && Number(seq) <= (origins[index]?.[1].seq ?? 0)))
      throw new Error(`message ${message.id} is not within its block, or out of order`)
    last[index] = Number(seq)
    const laterMs = within32Bits(message.at - lastAtMs)
    const { id, name, avatar } = message.from
    const key = `${id}\n${name}\n${avatar}`
    const sender = known.get(key) ?? columns.who.push(message.from) - 1
    known.set(key, sender)
    columns.kinds.push(messageTypes.indexOf(message.type) + 4 * message.priority)
    columns.from.push(index)
    columns.steps.push(step)
    columns.senders.push(sender)
    columns.atMs.push(laterMs)
    columns.underWayMs.push(Math.max(0, Math.min(int32Max, message.underWayMs)))
    lastAtMs += laterMs
  }
  return columns
}

/** A clock that is weeks off makes a wrong time of its message, and not a room without blocks. Back again is not too far. */
const within32Bits = (ms: number) => (Math.abs(ms) <= int32Max ? ms : Math.sign(ms) * 1e9)

/** One for all when they are alike, none when all are 0. */
function alike(values: readonly number[]): readonly number[] {
  const [first = 0] = values
  if (values.some((value) => value !== first)) return values
  return first === 0 ? [] : [first]
}

function writeStrings(writer: BinaryWriter, { messages }: Block, who: readonly Sender[]) {
  // A half of a pair would be another character than a mark beside the half of the next text.
  const texts = messages.map(({ text }) => text.toWellFormed())
  const names = who.map(({ name }) => name.toWellFormed())
  packed(writer, blockField.textBytes, texts.map(utf8Bytes))
  packed(writer, blockField.nameBytes, names.map(utf8Bytes))
  const joined = texts.join('') + names.join('')
  // In one go: an encoder costs more for each call than for each character.
  if (joined !== '') writer.tag(blockField.strings, WireType.LengthDelimited).string(joined)
}

/** Of a well-formed text. */
function utf8Bytes(text: string): number {
  let bytes = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    // Halves of a pair are four bytes together.
    if (code < 0x80) bytes += 1
    else if (code < 0x800 || (code >= 0xd800 && code < 0xe000)) bytes += 2
    else bytes += 3
  }
  return bytes
}

function writeForms(writer: BinaryWriter, who: readonly Sender[]) {
  const found = new FormWriter()
  const ids = who.map(({ id }) => found.indexOf(id))
  const avatars = who.some(({ avatar }) => avatar !== '') ? who.map(({ avatar }) => found.indexOf(avatar)) : []
  for (const form of found.forms) writeForm(writer, form)
  packed(writer, blockField.idForms, ids)
  packed(writer, blockField.avatarForms, avatars)
  if (found.tails.length > 0) writer.tag(blockField.tails, WireType.LengthDelimited).bytes(Uint8Array.from(found.tails))
}

function writeForm(writer: BinaryWriter, { prefix, tailBytes }: Form) {
  writer.tag(blockField.forms, WireType.LengthDelimited).fork()
  string(writer, 1, prefix)
  number(writer, 2, tailBytes)
  writer.join()
}
