import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import type { Block } from './block.js'
import { blockField } from './block-fields.js'
import { type Form, FormReader } from './block-forms.js'
import { readControl, readGift, readState } from './block-parts.js'
import type { RoomState, Sender } from './message.js'
import { type Dropped, type Gift, messageTypes, priorityMax, type RoomControl, type RoomMessage } from './message.js'
import { entriesMax, type Fields, inner, MalformedFrame, readInto, take, understood, unpack } from './wire.js'

/** Reads a block. @throws MalformedFrame when it is none, or a message refers to what is not there. */
export function decodeBlock(bytes: Uint8Array): Block {
  return understood(() => {
    const raw = readRaw(new BinaryReader(bytes))
    return {
      number: raw.number,
      epoch: raw.epoch,
      madeAtMs: raw.madeAtMs,
      since: new Map(raw.origins.flatMap(({ dc, epoch, since }) => (since > 0 ? [[dc, { epoch, seq: since }]] : []))),
      to: new Map(raw.origins.map(({ dc, epoch, since, further }) => [dc, { epoch, seq: since + further }])),
      messages: messagesOf(raw),
      dropped: raw.dropped,
      state: raw.state,
    }
  })
}

interface Origin {
  dc: string
  epoch: string
  since: number
  further: number
}

const columnNames = [
  'kinds',
  'from',
  'steps',
  'senders',
  'atMs',
  'underWayMs',
  'ttlS',
  'textBytes',
  'nameBytes',
  'idForms',
  'avatarForms',
] as const
type Column = (typeof columnNames)[number]
const columnOf = new Map<number, Column>(columnNames.map((name) => [blockField[name], name]))

interface Raw extends Record<Column, number[]> {
  number: number
  epoch: string
  madeAtMs: number
  origins: Origin[]
  strings: Uint8Array
  forms: Form[]
  tails: Uint8Array
  gifts: Gift[]
  controls: RoomControl[]
  dropped: Dropped
  state: RoomState
}

const none = new Uint8Array()
const newRaw = (): Raw => ({
  ...(Object.fromEntries(columnNames.map((name) => [name, [] as number[]])) as unknown as Record<Column, number[]>),
  number: 0,
  epoch: '00000000',
  madeAtMs: 0,
  origins: [],
  strings: none,
  forms: [],
  tails: none,
  gifts: [],
  controls: [],
  dropped: { chat: 0, notify: 0 },
  state: {},
})

const headFields: Fields<Pick<Raw, 'number' | 'epoch' | 'madeAtMs' | 'strings' | 'tails'>> = {
  [blockField.number]: ['number', 'whole'],
  [blockField.epoch]: ['epoch', 'epoch'],
  [blockField.madeAtMs]: ['madeAtMs', 'whole'],
  [blockField.strings]: ['strings', 'bytes'],
  [blockField.tails]: ['tails', 'bytes'],
}
const originFields: Fields<Origin> = {
  1: ['dc', 'string'],
  2: ['epoch', 'epoch'],
  3: ['since', 'whole'],
  4: ['further', 'whole'],
}
const formFields: Fields<Form> = { 1: ['prefix', 'string'], 2: ['tailBytes', 'uint32'] }
const droppedFields: Fields<Dropped> = { 1: ['chat', 'uint32'], 2: ['notify', 'uint32'] }

const partOf: Readonly<Record<number, (raw: Raw, reader: BinaryReader) => void>> = {
  [blockField.origins]: (raw, reader) =>
    take(raw.origins, readInto(reader, originFields, { dc: '', epoch: '00000000', since: 0, further: 0 })),
  // An id and an avatar of each sender.
  [blockField.forms]: (raw, reader) =>
    take(raw.forms, readInto(reader, formFields, { prefix: '', tailBytes: 0 }), 2 * entriesMax),
  [blockField.gifts]: (raw, reader) => take(raw.gifts, readGift(reader)),
  [blockField.controls]: (raw, reader) => take(raw.controls, readControl(reader)),
  [blockField.dropped]: (raw, reader) => readInto(reader, droppedFields, raw.dropped),
  [blockField.state]: (raw, reader) => readState(reader, raw.state),
}

function readRaw(reader: BinaryReader): Raw {
  const uint32 = () => reader.uint32()
  const sint32 = () => reader.sint32()
  const raw = newRaw()
  return readInto(reader, headFields, raw, (field, wire) => {
    const column = columnOf.get(field)
    if (column) return unpack(reader, wire, raw[column], column === 'atMs' ? sint32 : uint32)
    const read = partOf[field]
    if (!read || wire !== WireType.LengthDelimited) return false
    read(raw, inner(reader))
    return true
  })
}

function messagesOf(raw: Raw): RoomMessage[] {
  const last = raw.origins.map(({ since }) => since)
  const strings = stringsOf(raw)
  const texts = raw.textBytes.map(strings)
  const senders = sendersOf(raw, raw.nameBytes.map(strings))
  const ttlOf = (index: number) => (raw.ttlS.length === 1 ? raw.ttlS[0] : raw.ttlS[index]) ?? 0
  let atMs = raw.madeAtMs
  let gifts = 0
  let controls = 0
  return raw.kinds.map((kind, i) => {
    const index = raw.from[i] ?? 0
    const { dc, epoch, since, further } = held(raw.origins, index)
    const seq = held(last, index) + held(raw.steps, i)
    if (seq > since + further) throw new MalformedFrame('a message lies beyond its block')
    last[index] = seq
    atMs += held(raw.atMs, i)
    const type = held(messageTypes, kind % 4)
    return {
      id: `${dc}.${epoch}.${seq}`,
      type,
      // A later release may know higher ones.
      priority: Math.min(kind >>> 2, priorityMax),
      from: { ...held(senders, held(raw.senders, i)) },
      text: held(texts, i),
      ...(type === 'gift' && { gift: held(raw.gifts, gifts++) }),
      ...(type === 'control' && { control: held(raw.controls, controls++) }),
      at: atMs,
      underWayMs: raw.underWayMs[i] ?? 0,
      ttlS: ttlOf(i),
    }
  })
}

const utf8 = new TextDecoder()

/** One after the other, each as long as it is said to be. */
function stringsOf({ strings }: Raw): (bytes: number) => string {
  let at = 0
  return (bytes) => {
    if (at + bytes > strings.length) throw new MalformedFrame('a text that is not there')
    at += bytes
    return bytes === 0 ? '' : utf8.decode(strings.subarray(at - bytes, at))
  }
}

function sendersOf({ forms, tails, idForms, avatarForms }: Raw, names: readonly string[]): Sender[] {
  const reader = new FormReader(forms, tails)
  const ids = names.map((_, i) => reader.next(held(idForms, i)))
  return names.map((name, i) => ({
    id: held(ids, i),
    name,
    avatar: avatarForms.length === 0 ? '' : reader.next(held(avatarForms, i)),
  }))
}

function held<T>(of: readonly T[], index: number): T {
  const value = of[index]
  if (value === undefined) throw new MalformedFrame('a column is shorter than another refers to')
  return value
}
