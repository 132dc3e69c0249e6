import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { describe, expect, it } from '@jest/globals'
import {
  type ClientFrame,
  decodeClientFrame,
  decodeServerFrame,
  encodeClientFrame,
  encodeServerFrame,
  type ServerFrame,
} from './frames.js'
import { entriesMax, MalformedFrame } from './wire.js'

const clientFrames: ClientFrame[] = [
  { kind: 'hello', ticket: '', cursor: '', codings: [], client: '' },
  { kind: 'hello', ticket: 't.1', cursor: 'dc-a.1f9c04b2.3', codings: ['zstd', 'deflate', 'later'], client: 'web/1' },
  {
    kind: 'send',
    type: 'gift',
    text: '',
    gift: { kind: 'rose', count: 1, value: 0 },
    clientId: 'c',
    seq: 0,
    sentAtMs: 1_763_000_000_000,
  },
  { kind: 'send', type: 'chat', text: '你好 🎉', gift: undefined, clientId: 'c', seq: 2 ** 53 - 1, sentAtMs: 0 },
  { kind: 'ping', number: 0 },
  { kind: 'ping', number: 2 ** 40 },
]

const serverFrames: ServerFrame[] = [
  {
    kind: 'welcome',
    heartbeatMs: 25_000,
    gap: true,
    state: { online: 0, chat: false, programme: '' },
    dc: 'dc-a',
    instance: 'dc-a.access-1',
    maySend: true,
    ticket: 'back',
  },
  { kind: 'welcome', heartbeatMs: 0, gap: false, state: {}, dc: '', instance: '', maySend: false, ticket: '' },
  { kind: 'block', coding: 'plain', bytes: Uint8Array.of(1, 2) },
  { kind: 'block', coding: 'zstd', bytes: Uint8Array.of(3) },
  { kind: 'block', coding: 'deflate', bytes: new Uint8Array() },
  { kind: 'direct', bytes: Uint8Array.of(4) },
  { kind: 'ack', clientId: 'c', seq: 7, id: 'dc-a.1f9c04b2.7', held: true, text: '***' },
  { kind: 'refused', clientId: 'c', seq: 8, code: 'RATE_LIMITED', detail: 'Too fast', retryAfterMs: 500 },
  { kind: 'pong', atMs: 1_763_000_000_000 },
  { kind: 'move', afterMs: 3_000, urls: ['ws://a', 'ws://b'], ticket: 't', poll: true },
]

describe('a frame of a client', () => {
  it.each(clientFrames)('is read as it was written: $kind', (frame) => {
    expect(decodeClientFrame(encodeClientFrame(frame))).toEqual(frame)
  })

  it('of no known kind, or of none, is malformed', () => {
    expect(() => decodeClientFrame(new Uint8Array())).toThrow(MalformedFrame)
    expect(() => decodeClientFrame(new BinaryWriter().tag(9, WireType.LengthDelimited).string('x').finish())).toThrow(
      'no known kind',
    )
    // A hello that stands there as a number is none.
    expect(() => decodeClientFrame(new BinaryWriter().tag(1, WireType.Varint).uint32(0).finish())).toThrow(
      'no known kind',
    )
  })

  it('with a number larger than JavaScript can hold is malformed where it is known, and skipped where it is not', () => {
    const ping = (field: number) =>
      new BinaryWriter()
        .tag(3, WireType.LengthDelimited)
        .fork()
        .tag(field, WireType.Varint)
        .uint64('18446744073709551615')
        .join()
        .finish()
    expect(() => decodeClientFrame(ping(1))).toThrow('too large')
    expect(decodeClientFrame(ping(2))).toEqual({ kind: 'ping', number: 0 })
  })

  it('with more of something than is ever said is malformed', () => {
    const codings = Array.from({ length: entriesMax + 1 }, () => 'z')
    expect(() =>
      decodeClientFrame(encodeClientFrame({ kind: 'hello', ticket: '', cursor: '', codings, client: '' })),
    ).toThrow('more than')
  })
})

describe('a frame of a server', () => {
  it.each(serverFrames)('is read as it was written: $kind', (frame) => {
    expect(decodeServerFrame(encodeServerFrame(frame))).toEqual(frame)
  })

  it('of a later release is left alone, and known ones with new fields are read', () => {
    const later = new BinaryWriter().tag(99, WireType.LengthDelimited).string('x').finish()
    expect(decodeServerFrame(later)).toBeUndefined()
    const pong = new BinaryWriter()
      .tag(7, WireType.LengthDelimited)
      .fork()
      .tag(17, WireType.Bit64)
      .fixed64(1)
      .tag(1, WireType.Varint)
      .uint32(5)
      .tag(18, WireType.StartGroup)
      .tag(1, WireType.Varint)
      .uint32(1)
      .tag(18, WireType.EndGroup)
      .tag(19, WireType.Bit32)
      .fixed32(1)
      .join()
      .finish()
    expect(decodeServerFrame(pong)).toEqual({ kind: 'pong', atMs: 5 })
  })

  it('holds the last one when it says two', () => {
    const bytes = Buffer.concat([
      encodeServerFrame({ kind: 'pong', atMs: 1 }),
      encodeServerFrame({ kind: 'block', coding: 'plain', bytes: Uint8Array.of(9) }),
    ])
    expect(decodeServerFrame(bytes)).toMatchObject({ kind: 'block', coding: 'plain' })
  })
})
