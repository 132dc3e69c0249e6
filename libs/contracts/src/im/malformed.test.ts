import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { seededRandom } from '@gala/kernel/testing'
import { describe, expect, it } from '@jest/globals'
import { decodeBlock } from './block-reader.js'
import { encodeBlock } from './block-writer.js'
import { decodeClientFrame, decodeServerFrame, encodeClientFrame, encodeServerFrame } from './frames.js'
import { randomBlock } from './random-blocks.js'
import { MalformedFrame } from './wire.js'

const readers = { decodeBlock, decodeClientFrame, decodeServerFrame }
type Reader = (bytes: Uint8Array) => unknown

describe('bytes that are no block and no frame', () => {
  it('are refused as malformed, or read as something, whatever they are', () => {
    const random = seededRandom(9)
    let refused = 0
    for (let i = 0; i < 20_000; i++) {
      const bytes = Uint8Array.from({ length: Math.floor(random() * 60) }, () => Math.floor(random() * 256))
      for (const reader of Object.values(readers)) refused += outcome(reader, bytes) === 'refused' ? 1 : 0
    }
    expect(refused).toBeGreaterThan(10_000)
  })

  it('are refused when they end too early, unless they end where a field does', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const bytes = encodeBlock(randomBlock(seededRandom(seed)))
      const step = Math.max(1, Math.floor(bytes.length / 200))
      for (let length = 0; length < bytes.length; length += step) outcome(decodeBlock, bytes.subarray(0, length))
    }
    const send = encodeClientFrame({
      kind: 'send',
      type: 'chat',
      text: 'hello',
      gift: undefined,
      clientId: 'c',
      seq: 1,
      sentAtMs: 1,
    })
    for (let length = 0; length < send.length; length++)
      expect(outcome(decodeClientFrame, send.subarray(0, length))).toBe('refused')
  })

  it('do no more than that when any bit of good ones is turned', () => {
    const block = randomBlock(seededRandom(3))
    const good: [Reader, Uint8Array][] = [
      [decodeBlock, encodeBlock({ ...block, messages: block.messages.slice(0, 12) })],
      [decodeClientFrame, encodeClientFrame({ kind: 'hello', ticket: 't', cursor: 'c', codings: ['x'], client: 'y' })],
      [decodeServerFrame, encodeServerFrame({ kind: 'move', afterMs: 5, urls: ['a'], ticket: 't', poll: true })],
    ]
    for (const [reader, bytes] of good) {
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const turned = bytes.slice()
        turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        outcome(reader, turned)
      }
    }
  })

  it.each([
    ['a text', 14],
    ['a column', 5],
    ['a part', 16],
    ['something unknown', 99],
  ])('are refused without making room when %s says to be 2 GiB long', (_, field) => {
    const bytes = new BinaryWriter()
      .tag(field, WireType.LengthDelimited)
      .uint32(2 ** 31)
      .uint32(1)
      .finish()
    const before = process.memoryUsage()
    expect(() => decodeBlock(bytes)).toThrow(MalformedFrame)
    const after = process.memoryUsage()
    expect(after.arrayBuffers + after.heapUsed - before.arrayBuffers - before.heapUsed).toBeLessThan(16_000_000)
  })

  it('cost no more than their length when they are many small things', () => {
    // Each entry is two bytes here and an object there.
    const gifts = new Uint8Array(60_000).map((_, i) => (i % 2 === 0 ? 0x82 : 1))
    expect(outcome(decodeBlock, gifts)).toBe('refused')
    const column = new BinaryWriter().tag(5, WireType.LengthDelimited).bytes(new Uint8Array(1_000_000)).finish()
    expect(() => decodeBlock(column.subarray(1))).toThrow(MalformedFrame)
    const packed = new BinaryWriter().tag(5, WireType.LengthDelimited).uint32(1_000_000).raw(new Uint8Array(1_000_000))
    expect(() => decodeBlock(packed.finish())).toThrow('more than')
  })

  it('are refused when groups stand in groups without end', () => {
    const groups = new Uint8Array(4_096)
    // Begins group 99.
    for (let i = 0; i < groups.length; i += 2) groups.set([0x9b, 0x06], i)
    expect(() => decodeClientFrame(groups)).toThrow(MalformedFrame)
  })

  it('are refused when a column ends within a number', () => {
    const bytes = new BinaryWriter().tag(5, WireType.LengthDelimited).bytes(Uint8Array.of(1, 0x80)).uint32(1).finish()
    expect(() => decodeBlock(bytes)).toThrow(MalformedFrame)
  })
})

/** Nothing else may come of it. */
function outcome(reader: Reader, bytes: Uint8Array): 'read' | 'refused' {
  try {
    reader(bytes)
    return 'read'
  } catch (error) {
    if (!(error instanceof MalformedFrame)) throw error
    return 'refused'
  }
}
