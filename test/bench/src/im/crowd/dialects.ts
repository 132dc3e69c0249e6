import { inflateRawSync } from 'node:zlib'
import { blockDictionary, decodeBlock, decodeServerFrame, encodeClientFrame } from '@gala/contracts'
import { opcodes } from '@gala/viewers'
import protobuf from 'protobufjs'

/** What a viewer has to know of a server to get its messages. */
export interface Dialect {
  path: (room: string) => string
  protocol?: string
  /** Said first. */
  hello: (room: string, ticket: string) => readonly [opcode: number, payload: Uint8Array][]
  /** Payloads of other lengths than these are only wanted by those who read. */
  keeps: (length: number) => boolean
  /** What is to be answered to a frame that is no message; `none`: nothing. Undefined: it is one. */
  answer: (payload: Buffer) => [opcode: number, payload: Uint8Array] | 'none' | undefined
  /** Whether messages will come from now on. */
  isReady: (payload: Buffer) => boolean
  texts: (payload: Buffer) => string[]
}

/** Answers of whoever is not ready yet, and what keeps a link alive: they are short. */
const shortBytes = 2

const gala: Dialect = {
  path: (room) => `/v1/rooms/${room}/socket`,
  hello: (_, ticket) => [
    [opcodes.binary, encodeClientFrame({ kind: 'hello', ticket, cursor: '', codings: ['deflate'], client: 'bench/1' })],
  ],
  keeps: () => false,
  answer: () => undefined,
  isReady: (payload) => decodeServerFrame(payload)?.kind === 'welcome',
  texts: (payload) => {
    const frame = decodeServerFrame(payload)
    if (frame?.kind !== 'block') return []
    return decodeBlock(plain(frame.bytes, frame.coding)).messages.map(({ text }) => text)
  },
}

const plain = (bytes: Uint8Array, coding: string) =>
  coding === 'plain' ? bytes : inflateRawSync(bytes, { dictionary: blockDictionary })

/** Engine.IO 4 and Socket.IO 5, over a WebSocket from the start. Source: socket.io/docs/v4/socket-io-protocol. */
const socketIo: Dialect = {
  path: () => '/socket.io/?EIO=4&transport=websocket',
  hello: () => [[opcodes.text, Buffer.from('40')]],
  keeps: (length) => length <= shortBytes,
  answer: (payload) => (payload.toString() === '2' ? [opcodes.text, Buffer.from('3')] : undefined),
  isReady: (payload) => payload.toString('latin1', 0, 2) === '40',
  texts: (payload) => {
    const said = payload.toString()
    return said.startsWith('42') ? [(JSON.parse(said.slice(2)) as [string, string])[1]] : []
  },
}

const plainWs: Dialect = {
  path: () => '/',
  hello: () => [],
  keeps: () => false,
  answer: () => undefined,
  // It greets, as the others do.
  isReady: (payload) => payload.toString() === 'hello',
  texts: (payload) => [payload.toString()],
}

/** As much of its client protocol as is needed; messages stand one after the other, each after its length. */
const centrifugoReply = protobuf
  .parse(`syntax = "proto3";
    message Reply { uint32 id = 1; Error error = 2; Push push = 4; }
    message Error { uint32 code = 1; string message = 2; }
    message Push { string channel = 2; Publication pub = 4; }
    message Publication { bytes data = 4; }`)
  .root.lookupType('Reply')

interface Reply {
  id: number
  error?: { message: string }
  push?: { pub?: { data: Uint8Array } }
}

function repliesIn(payload: Buffer): Reply[] {
  const reader = protobuf.Reader.create(payload)
  const replies: Reply[] = []
  while (reader.pos < reader.len) replies.push(centrifugoReply.decodeDelimited(reader) as unknown as Reply)
  return replies
}

const centrifugo: Dialect = {
  path: () => '/connection/websocket',
  protocol: 'centrifuge-protobuf',
  hello: (room) => [[opcodes.binary, Buffer.concat([command(1, 4, Buffer.alloc(0)), subscribe(room)])]],
  keeps: (length) => length <= shortBytes,
  // An empty reply is a ping, and an empty command its answer.
  answer: (payload) => (payload.length === 1 && payload[0] === 0 ? [opcodes.binary, Buffer.of(0)] : undefined),
  isReady: (payload) =>
    repliesIn(payload).some(({ id, error }) => {
      if (error?.message) throw new Error(error.message)
      return id === 2
    }),
  texts: (payload) =>
    repliesIn(payload).flatMap(({ push }) =>
      push?.pub ? [JSON.parse(Buffer.from(push.pub.data).toString()) as string] : [],
    ),
}

const subscribe = (room: string) => command(2, 5, Buffer.concat([Buffer.of(0x0a, room.length), Buffer.from(room)]))

/** Short enough that every length is one byte. */
function command(id: number, field: number, request: Buffer): Buffer {
  const body = Buffer.concat([Buffer.of(0x08, id, (field << 3) | 2, request.length), request])
  return Buffer.concat([Buffer.of(body.length), body])
}

export const dialects = { gala, 'socket.io': socketIo, ws: plainWs, centrifugo } satisfies Record<string, Dialect>
export type DialectName = keyof typeof dialects
