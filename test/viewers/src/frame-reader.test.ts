import { describe, expect, it } from '@jest/globals'
import { FrameReader, maskedFrame, opcodes } from './frame-reader.js'

const frame = (opcode: number, payload: Buffer) => {
  const { length } = payload
  const head = length < 126 ? [length] : length < 65_536 ? [126, length >> 8, length & 255] : undefined
  if (head) return Buffer.concat([Buffer.of(0x80 | opcode, ...head), payload])
  const long = Buffer.alloc(10)
  long[0] = 0x80 | opcode
  long[1] = 127
  long.writeBigUInt64BE(BigInt(length), 2)
  return Buffer.concat([long, payload])
}

describe('a reader of frames', () => {
  const payloads = [0, 1, 125, 126, 65_535, 65_536].map((length) => Buffer.alloc(length, length % 251))
  const bytes = Buffer.concat(payloads.map((payload) => frame(opcodes.binary, payload)))

  it.each([1, 7, 1_000, 1_000_000])('finds every frame when %d bytes come at a time', (size) => {
    const seen: Buffer[] = []
    const reader = new FrameReader(
      (_, __, payload) => seen.push(payload),
      () => true,
    )
    const shared = Buffer.alloc(size)
    for (let at = 0; at < bytes.length; at += size) {
      const length = bytes.copy(shared, 0, at, at + size)
      reader.push(shared.subarray(0, length))
    }
    expect(seen.map((payload) => payload.length)).toEqual(payloads.map(({ length }) => length))
    expect(Buffer.concat(seen).equals(Buffer.concat(payloads))).toBe(true)
  })

  it('puts together only what is wanted, and tells the length of all', () => {
    const seen: [number, number, number][] = []
    const reader = new FrameReader(
      (opcode, length, payload) => seen.push([opcode, length, payload.length]),
      (opcode) => opcode === opcodes.ping,
    )
    reader.push(Buffer.concat([frame(opcodes.binary, Buffer.alloc(300)), frame(opcodes.ping, Buffer.alloc(3))]))
    expect(seen).toEqual([
      [opcodes.binary, 300, 0],
      [opcodes.ping, 3, 3],
    ])
  })

  it('is given masked frames by clients that can be unmasked', () => {
    const masked = maskedFrame(opcodes.text, Buffer.from('gala'))
    expect([...masked]).toEqual([0x81, 0x84, 0x67, 0x61, 0x6c, 0x61, 0, 0, 0, 0])
    expect(maskedFrame(opcodes.binary, Buffer.alloc(126)).length).toBe(126 + 8)
    expect(maskedFrame(opcodes.binary, Buffer.alloc(70_000)).length).toBe(70_000 + 14)
  })
})
