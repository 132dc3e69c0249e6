import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { seededRandom } from '@gala/kernel/testing'
import { beforeAll, describe, expect, it } from '@jest/globals'
import protobuf from 'protobufjs'
import type { Block } from './block.js'
import { decodeBlock } from './block-reader.js'
import { encodeBlock } from './block-writer.js'
import { decodeClientFrame, decodeServerFrame, encodeClientFrame, encodeServerFrame } from './frames.js'
import { randomBlock } from './random-blocks.js'

/** Our reader and writer against those that protobufjs makes from `im.proto`. */
const seeds = Array.from({ length: 100 }, (_, i) => i + 1)
let type: (name: string) => protobuf.Type

beforeAll(() => {
  const text = readFileSync(join(import.meta.dirname, 'im.proto'), 'utf8')
  const { root } = protobuf.parse(text, { keepCase: true })
  type = (name) => root.lookupType(`gala.im.v1.${name}`)
})

describe('im.proto', () => {
  it('is how a block is written', () => {
    for (const seed of seeds) {
      const block = randomBlock(seededRandom(seed))
      const read = plain(type('Block').decode(encodeBlock(block)))
      expect({ seed, read: blockFrom(read) }).toEqual({ seed, read: block })
    }
  })

  it('is how a block is read', () => {
    for (const seed of seeds) {
      const block = randomBlock(seededRandom(seed))
      const theirs = type('Block')
      const written = theirs.encode(theirs.decode(encodeBlock(block))).finish()
      expect({ seed, block: decodeBlock(written) }).toEqual({ seed, block })
    }
  })

  it('is how a block is read whose columns are not packed, whose fields come in any order, with others between', () => {
    for (const seed of seeds) {
      const random = seededRandom(seed)
      const block = randomBlock(random)
      expect({ seed, block: decodeBlock(scattered(encodeBlock(block), random)) }).toEqual({ seed, block })
    }
  })

  it('is how frames of clients are written and read', () => {
    const theirs = type('ClientFrame')
    const send = { type: 'gift', gift: { kind: 'rose', count: 2, value: 9 }, client_id: 'c', seq: 3, sent_at_ms: 5 }
    const hello = { ticket: 't', cursor: 'dc-a.1f9c04b2.3', codings: ['zstd', 'deflate'], client: 'web/1' }
    for (const said of [{ send }, { hello }, { ping: { number: 2 ** 40 } }]) {
      const bytes = theirs.encode(theirs.create(said)).finish()
      expect(plain(theirs.decode(encodeClientFrame(decodeClientFrame(bytes))))).toEqual(plain(theirs.decode(bytes)))
    }
    expect(decodeClientFrame(theirs.encode(theirs.create({ send })).finish())).toEqual({
      kind: 'send',
      type: 'gift',
      text: '',
      gift: send.gift,
      clientId: 'c',
      seq: 3,
      sentAtMs: 5,
    })
  })

  it('is how frames of servers are written and read', () => {
    const theirs = type('ServerFrame')
    const state = { online: 0, likes: 2 ** 33, level: 0, programme: '', slow_s: 0, chat: false }
    const welcome = { heartbeat_ms: 9, gap: true, state, dc: 'dc-a', instance: 'i', may_send: true, ticket: 't' }
    const said = [
      { welcome },
      { block: Buffer.of(1) },
      { block_zstd: Buffer.of(1, 2) },
      { block_deflate: Buffer.of(1, 2, 3) },
      { ack: { client_id: 'c', seq: 1, id: 'i', held: true, text: 'x' } },
      { refused: { client_id: 'c', seq: 1, code: 'C', detail: 'd', retry_after_ms: 5 } },
      { pong: { at_ms: 1_763_000_000_000 } },
      { move: { after_ms: 5, urls: ['a', 'b'], ticket: 't', poll: true } },
      { direct: Buffer.of(7) },
    ]
    for (const one of said) {
      const bytes = theirs.encode(theirs.create(one)).finish()
      const ours = decodeServerFrame(bytes)
      expect(ours).toBeDefined()
      if (ours) expect(plain(theirs.decode(encodeServerFrame(ours)))).toEqual(plain(theirs.decode(bytes)))
    }
    const read = decodeServerFrame(theirs.encode(theirs.create({ welcome })).finish())
    expect(read).toMatchObject({ state: { online: 0, likes: 2 ** 33, level: 0, programme: '', slowS: 0, chat: false } })
  })

  it('has every field of every message written by ours, so that none is forgotten when one is added', () => {
    const known: Record<string, number> = {
      Block: 22,
      Origin: 4,
      Form: 2,
      Gift: 3,
      Control: 3,
      Dropped: 2,
      State: 6,
      Hello: 4,
    }
    Object.assign(known, { Send: 6, Ping: 1, Welcome: 7, Ack: 5, Refused: 5, Pong: 1, Move: 4 })
    const fields = Object.keys(known).map((name) => [name, type(name).fieldsArray.length])
    expect(Object.fromEntries(fields)).toEqual(known)
  })
})

type Said = Record<string, unknown>
const plain = (message: protobuf.Message): Said =>
  message.$type.toObject(message, { longs: Number, defaults: false, arrays: true, bytes: Array }) as Said

/** What protobufjs has read, as a block: written again by somebody else's hand. */
function blockFrom(read: Said): Block {
  const list = <T>(name: string) => (read[name] ?? []) as T[]
  const hex = (value: unknown) =>
    Number(value ?? 0)
      .toString(16)
      .padStart(8, '0')
  const origins = list<{ dc: string; epoch: number; since?: number; further?: number }>('origins')
  const last = origins.map(({ since = 0 }) => since)
  let at = Number(read['made_at_ms'] ?? 0)
  let gift = 0
  let control = 0
  const filled = (value: object) => ({ kind: '', count: 0, value: 0, ...value })
  const strings = pieces(Buffer.from(list<number>('strings')))
  const texts = list<number>('text_bytes').map((bytes) => strings(bytes).toString())
  const names = list<number>('name_bytes').map((bytes) => strings(bytes).toString())
  const tails = pieces(Buffer.from(list<number>('tails')))
  const text = (form: number) => {
    const { prefix = '', tail_bytes = 0 } = list<{ prefix?: string; tail_bytes?: number }>('forms')[form] ?? {}
    return prefix + tails(tail_bytes).toString('hex')
  }
  const ids = list<number>('id_forms').map(text)
  const avatars = list<number>('avatar_forms').map(text)
  const ttl = list<number>('ttl_s')
  const messages = list<number>('kinds').map((kind, i) => {
    const origin = list<number>('from')[i] ?? 0
    last[origin] = (last[origin] ?? 0) + (list<number>('steps')[i] ?? 0)
    at += list<number>('at_ms')[i] ?? 0
    const sender = list<number>('senders')[i] ?? 0
    const type = (['chat', 'gift', 'notify', 'control'] as const)[kind & 3] ?? 'chat'
    return {
      id: `${origins[origin]?.dc}.${hex(origins[origin]?.epoch)}.${last[origin]}`,
      type,
      priority: kind >> 2,
      from: { id: ids[sender] ?? '', name: names[sender] ?? '', avatar: avatars[sender] ?? '' },
      text: texts[i] ?? '',
      ...(type === 'gift' && { gift: filled(list<object>('gifts')[gift++] ?? {}) }),
      ...(type === 'control' && { control: { target: '', value: 0, ...list<object>('controls')[control++] } }),
      at,
      underWayMs: list<number>('under_way_ms')[i] ?? 0,
      ttlS: (ttl.length === 1 ? ttl[0] : ttl[i]) ?? 0,
    }
  }) as unknown as Block['messages']
  const { slow_s: slowS, ...state } = (read['state'] ?? {}) as Said
  return {
    number: Number(read['number'] ?? 0),
    epoch: hex(read['epoch']),
    madeAtMs: Number(read['made_at_ms'] ?? 0),
    since: new Map(origins.flatMap(({ dc, epoch, since }) => (since ? [[dc, { epoch: hex(epoch), seq: since }]] : []))),
    to: new Map(
      origins.map(({ dc, epoch, since = 0, further = 0 }) => [dc, { epoch: hex(epoch), seq: since + further }]),
    ),
    messages,
    dropped: { chat: 0, notify: 0, ...(read['dropped'] as object) },
    state: { ...state, ...(slowS !== undefined && { slowS: Number(slowS) }) },
  }
}

function pieces(bytes: Buffer): (length: number) => Buffer {
  let at = 0
  return (length) => {
    at += length
    return bytes.subarray(at - length, at)
  }
}

const packedFields = new Set([5, 6, 7, 8, 9, 10, 11, 12, 13, 20, 21])

/** The same block as another writer might put it: numbers one by one, fields by chance, unknown ones and wrong kinds between. */
function scattered(bytes: Uint8Array, random: () => number): Uint8Array {
  const queues = new Map<number, Uint8Array[]>()
  const reader = new BinaryReader(bytes)
  while (reader.pos < reader.len) {
    const from = reader.pos
    const [field, wire] = reader.tag()
    const parts = queues.get(field) ?? []
    queues.set(field, parts)
    if (packedFields.has(field)) {
      const end = reader.uint32() + reader.pos
      while (reader.pos < end)
        parts.push(new BinaryWriter().tag(field, WireType.Varint).uint32(reader.uint32()).finish())
    } else {
      reader.skip(wire, field)
      parts.push(bytes.slice(from, reader.pos))
    }
  }
  const out: Uint8Array[] = []
  while (queues.size > 0) {
    const fields = [...queues.keys()]
    const field = fields[Math.floor(random() * fields.length)] ?? 0
    const queue = queues.get(field)
    const next = queue?.shift()
    if (next) out.push(next)
    if (queue?.length === 0) queues.delete(field)
    if (random() < 0.1) out.push(stranger(random))
  }
  return Buffer.concat(out)
}

/** A field nobody knows, or one that is known by another kind. */
function stranger(random: () => number): Uint8Array {
  const writer = new BinaryWriter()
  const which = Math.floor(random() * 6)
  if (which === 0) return writer.tag(99, WireType.LengthDelimited).string('later').finish()
  if (which === 1) return writer.tag(536_870_911, WireType.Bit64).fixed64('18446744073709551615').finish()
  if (which === 2)
    return writer.tag(23, WireType.StartGroup).tag(1, WireType.Varint).bool(true).tag(23, WireType.EndGroup).finish()
  if (which === 3) return writer.tag(14, WireType.Varint).uint32(5).finish()
  if (which === 4) return writer.tag(5, WireType.Bit32).fixed32(5).finish()
  return writer.tag(1, WireType.LengthDelimited).string('\u0008\u0001').finish()
}
