import { decodeBlock, encodeBlock } from '@gala/contracts'
import { seededRandom } from '@gala/kernel/testing'
import { describe, expect, it } from '@jest/globals'
import { blockSizes, blocksOf, recorded, sizesOf } from './forms.js'
import { promisedPart } from './payload.js'
import { recordRoom } from './recording.js'

describe('bytes of a message', () => {
  it('come from a recording that is what its seed makes, and stays as it is', () => {
    expect(recorded()).toEqual(recordRoom(seededRandom(2026), 400))
  })

  it('are a quarter of those of JSON in a block of fifteen, as a client that can undo deflate gets it', () => {
    const sizes = new Map(sizesOf(recorded()).map(({ form, bytes }) => [form, bytes]))
    const part = (form: string) => (sizes.get(form) ?? Number.NaN) / (sizes.get('JSON') ?? Number.NaN)
    expect(part('block of 15, deflate')).toBeLessThanOrEqual(promisedPart)
    expect(part('block of 15')).toBeLessThanOrEqual(0.31)
    expect(part('block of 50')).toBeLessThanOrEqual(promisedPart + 0.02)
    expect(part('protobuf, one by one')).toBeGreaterThan(0.4)
  })

  it.each(blockSizes)('tell everything that JSON tells, in blocks of %d', (size) => {
    const messages = recorded()
    const read = blocksOf(messages, size).flatMap((block) => decodeBlock(encodeBlock(block)).messages)
    expect(read).toEqual(messages.slice(0, read.length))
    expect(read.length).toBeGreaterThan(messages.length - size)
  })
})
