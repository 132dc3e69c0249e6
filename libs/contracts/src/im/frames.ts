import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { readGift, readState, writeGift, writeState } from './block-parts.js'
import type { Gift, RoomState } from './message.js'
import {
  eachField,
  type Fields,
  flag,
  inner,
  MalformedFrame,
  number,
  readInto,
  string,
  take,
  understood,
} from './wire.js'

/** What a client says. Texts are as they came: whoever acts on them checks them. */
export type ClientFrame =
  | { kind: 'hello'; ticket: string; cursor: string; codings: string[]; client: string }
  | {
      kind: 'send'
      type: string
      text: string
      gift: Gift | undefined
      clientId: string
      seq: number
      sentAtMs: number
    }
  | { kind: 'ping'; number: number }

/** Ways to write a block besides plain, the smaller one first: there is a dictionary for it. */
export const blockCodings = ['deflate', 'zstd'] as const
export type BlockCoding = (typeof blockCodings)[number] | 'plain'

export interface Welcome {
  kind: 'welcome'
  heartbeatMs: number
  /** Messages between the cursor and what follows are gone. */
  gap: boolean
  state: RoomState
  dc: string
  instance: string
  maySend: boolean
  /** To come back with when the link breaks. */
  ticket: string
}

/** What a server says. */
export type ServerFrame =
  | Welcome
  | { kind: 'block'; coding: BlockCoding; bytes: Uint8Array }
  | { kind: 'ack'; clientId: string; seq: number; id: string; held: boolean; text: string }
  | { kind: 'refused'; clientId: string; seq: number; code: string; detail: string; retryAfterMs: number }
  | { kind: 'pong'; atMs: number }
  | { kind: 'move'; afterMs: number; urls: string[]; ticket: string; poll: boolean }
  /** A block for this viewer alone. */
  | { kind: 'direct'; bytes: Uint8Array }

/** Longer frames of clients are refused unread. */
export const clientFrameBytesMax = 4_096

const clientField = { hello: 1, send: 2, ping: 3 } as const
const serverField = {
  welcome: 1,
  block: 2,
  block_zstd: 3,
  block_deflate: 4,
  ack: 5,
  refused: 6,
  pong: 7,
  move: 8,
  direct: 9,
} as const
const fieldOfCoding = {
  plain: serverField.block,
  zstd: serverField.block_zstd,
  deflate: serverField.block_deflate,
} as const

export function encodeClientFrame(frame: ClientFrame): Uint8Array {
  const writer = new BinaryWriter()
  writer.tag(clientField[frame.kind], WireType.LengthDelimited).fork()
  if (frame.kind === 'hello') {
    string(writer, 1, frame.ticket)
    string(writer, 2, frame.cursor)
    for (const coding of frame.codings) string(writer, 3, coding)
    string(writer, 4, frame.client)
  } else if (frame.kind === 'send') {
    string(writer, 1, frame.type)
    string(writer, 2, frame.text)
    if (frame.gift) writeGift(writer, 3, frame.gift)
    string(writer, 4, frame.clientId)
    number(writer, 5, frame.seq)
    number(writer, 6, frame.sentAtMs)
  } else number(writer, 1, frame.number)
  return writer.join().finish()
}

/** @throws MalformedFrame */
export function decodeClientFrame(bytes: Uint8Array): ClientFrame {
  const found = one(bytes, clientReaders)
  if (!found) throw new MalformedFrame('a frame of no known kind')
  return found
}

type ClientFrameOf<Kind> = Extract<ClientFrame, { kind: Kind }>

const helloFields: Fields<Omit<ClientFrameOf<'hello'>, 'kind' | 'codings'>> = {
  1: ['ticket', 'string'],
  2: ['cursor', 'string'],
  4: ['client', 'string'],
}

function readHello(reader: BinaryReader): ClientFrame {
  const hello = { kind: 'hello' as const, ticket: '', cursor: '', codings: [] as string[], client: '' }
  return readInto(reader, helloFields, hello, (field, wire) => {
    if (field !== 3 || wire !== WireType.LengthDelimited) return false
    take(hello.codings, reader.string())
    return true
  })
}

const sendFields: Fields<Omit<ClientFrameOf<'send'>, 'kind' | 'gift'>> = {
  1: ['type', 'string'],
  2: ['text', 'string'],
  4: ['clientId', 'string'],
  5: ['seq', 'whole'],
  6: ['sentAtMs', 'whole'],
}

function readSend(reader: BinaryReader): ClientFrame {
  let gift: Gift | undefined
  const send = { kind: 'send' as const, type: '', text: '', clientId: '', seq: 0, sentAtMs: 0 }
  readInto(reader, sendFields, send, (field, wire) => {
    if (field !== 3 || wire !== WireType.LengthDelimited) return false
    gift = readGift(inner(reader))
    return true
  })
  return { ...send, gift }
}

const pingFields: Fields<{ number: number }> = { 1: ['number', 'whole'] }

const clientReaders: Readers<ClientFrame> = {
  [clientField.hello]: (reader) => readHello(inner(reader)),
  [clientField.send]: (reader) => readSend(inner(reader)),
  [clientField.ping]: (reader) => readInto(inner(reader), pingFields, { kind: 'ping' as const, number: 0 }),
}

export function encodeServerFrame(frame: ServerFrame): Uint8Array {
  const writer = new BinaryWriter()
  if (frame.kind === 'block')
    return writer.tag(fieldOfCoding[frame.coding], WireType.LengthDelimited).bytes(frame.bytes).finish()
  if (frame.kind === 'direct')
    return writer.tag(serverField.direct, WireType.LengthDelimited).bytes(frame.bytes).finish()
  writer.tag(serverField[frame.kind], WireType.LengthDelimited).fork()
  if (frame.kind === 'welcome') {
    number(writer, 1, frame.heartbeatMs)
    flag(writer, 2, frame.gap)
    writeState(writer, 3, frame.state)
    string(writer, 4, frame.dc)
    string(writer, 5, frame.instance)
    flag(writer, 6, frame.maySend)
    string(writer, 7, frame.ticket)
  } else if (frame.kind === 'ack') {
    string(writer, 1, frame.clientId)
    number(writer, 2, frame.seq)
    string(writer, 3, frame.id)
    flag(writer, 4, frame.held)
    string(writer, 5, frame.text)
  } else if (frame.kind === 'refused') {
    string(writer, 1, frame.clientId)
    number(writer, 2, frame.seq)
    string(writer, 3, frame.code)
    string(writer, 4, frame.detail)
    number(writer, 5, frame.retryAfterMs)
  } else if (frame.kind === 'pong') number(writer, 1, frame.atMs)
  else {
    number(writer, 1, frame.afterMs)
    for (const url of frame.urls) string(writer, 2, url)
    string(writer, 3, frame.ticket)
    flag(writer, 4, frame.poll)
  }
  return writer.join().finish()
}

/** Undefined: a kind of a later release, which is left alone. @throws MalformedFrame */
export const decodeServerFrame = (bytes: Uint8Array): ServerFrame | undefined => one(bytes, serverReaders)

type ServerFrameOf<Kind> = Omit<Extract<ServerFrame, { kind: Kind }>, 'kind'>

const welcomeFields: Fields<Omit<ServerFrameOf<'welcome'>, 'state'>> = {
  1: ['heartbeatMs', 'uint32'],
  2: ['gap', 'bool'],
  4: ['dc', 'string'],
  5: ['instance', 'string'],
  6: ['maySend', 'bool'],
  7: ['ticket', 'string'],
}

function readWelcome(reader: BinaryReader): Welcome {
  const state: RoomState = {}
  const none = {
    kind: 'welcome' as const,
    heartbeatMs: 0,
    gap: false,
    dc: '',
    instance: '',
    maySend: false,
    ticket: '',
  }
  return readInto(reader, welcomeFields, { ...none, state }, (field, wire) => {
    if (field !== 3 || wire !== WireType.LengthDelimited) return false
    readState(inner(reader), state)
    return true
  })
}

const ackFields: Fields<ServerFrameOf<'ack'>> = {
  1: ['clientId', 'string'],
  2: ['seq', 'whole'],
  3: ['id', 'string'],
  4: ['held', 'bool'],
  5: ['text', 'string'],
}
const noAck = { kind: 'ack' as const, clientId: '', seq: 0, id: '', held: false, text: '' }

const refusedFields: Fields<ServerFrameOf<'refused'>> = {
  1: ['clientId', 'string'],
  2: ['seq', 'whole'],
  3: ['code', 'string'],
  4: ['detail', 'string'],
  5: ['retryAfterMs', 'uint32'],
}
const notRefused = { kind: 'refused' as const, clientId: '', seq: 0, code: '', detail: '', retryAfterMs: 0 }

const pongFields: Fields<ServerFrameOf<'pong'>> = { 1: ['atMs', 'whole'] }

const moveFields: Fields<Omit<ServerFrameOf<'move'>, 'urls'>> = {
  1: ['afterMs', 'uint32'],
  3: ['ticket', 'string'],
  4: ['poll', 'bool'],
}

function readMove(reader: BinaryReader): ServerFrame {
  const move = { kind: 'move' as const, afterMs: 0, urls: [] as string[], ticket: '', poll: false }
  return readInto(reader, moveFields, move, (field, wire) => {
    if (field !== 2 || wire !== WireType.LengthDelimited) return false
    take(move.urls, reader.string())
    return true
  })
}

const blockIn =
  (coding: BlockCoding) =>
  (reader: BinaryReader): ServerFrame => ({ kind: 'block', coding, bytes: reader.bytes() })

const serverReaders: Readers<ServerFrame> = {
  [serverField.block]: blockIn('plain'),
  [serverField.block_zstd]: blockIn('zstd'),
  [serverField.block_deflate]: blockIn('deflate'),
  [serverField.direct]: (reader) => ({ kind: 'direct', bytes: reader.bytes() }),
  [serverField.welcome]: (reader) => readWelcome(inner(reader)),
  [serverField.ack]: (reader) => readInto(inner(reader), ackFields, { ...noAck }),
  [serverField.refused]: (reader) => readInto(inner(reader), refusedFields, { ...notRefused }),
  [serverField.pong]: (reader) => readInto(inner(reader), pongFields, { kind: 'pong' as const, atMs: 0 }),
  [serverField.move]: (reader) => readMove(inner(reader)),
}

type Readers<T> = Readonly<Record<number, (reader: BinaryReader) => T>>

/** The last field that is known holds, as protobuf has it for `oneof`. */
function one<T>(bytes: Uint8Array, readers: Readers<T>): T | undefined {
  return understood(() => {
    let found: T | undefined
    const reader = new BinaryReader(bytes)
    eachField(reader, (field, wire) => {
      const read = readers[field]
      if (!read || wire !== WireType.LengthDelimited) return false
      found = read(reader)
      return true
    })
    return found
  })
}
