import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { seededRandom } from '@gala/kernel/testing'
import { describe, expect, it } from '@jest/globals'
import { encodeBlock } from './block-writer.js'
import { blockDictionary, deflatedDictionary } from './dictionary.js'
import { randomBlock } from './random-blocks.js'

describe('the dictionary of deflated blocks', () => {
  const bytes = encodeBlock(randomBlock(seededRandom(5)))
  const deflated = deflateRawSync(bytes, { dictionary: blockDictionary })

  it('undoes them where dictionaries are known', () => {
    expect(inflateRawSync(deflated, { dictionary: blockDictionary }).equals(bytes)).toBe(true)
  })

  it('undoes them where dictionaries are not known, put before them', async () => {
    const { readable, writable } = new DecompressionStream('deflate-raw')
    const writer = writable.getWriter()
    void writer.write(deflatedDictionary as Uint8Array<ArrayBuffer>)
    void writer.write(deflated as Uint8Array<ArrayBuffer>)
    void writer.close()
    const inflated = await new Response(readable).bytes()
    expect(Buffer.from(inflated.subarray(blockDictionary.length)).equals(bytes)).toBe(true)
  })

  it('stays as it is: another one would be another coding', () => {
    const sum = blockDictionary.reduce((sum, byte) => (sum * 31 + byte) >>> 0, 0)
    expect([blockDictionary.length, sum]).toEqual([891, 398_060_303])
  })
})
