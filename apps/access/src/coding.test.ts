import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { describe, expect, it } from '@jest/globals'
import { coded, codingOf } from './coding.js'

describe('the coding of a body', () => {
  it('is the best one the client takes', () => {
    expect(codingOf('gzip, deflate, br, zstd')).toBe('br')
    expect(codingOf('gzip, deflate')).toBe('gzip')
    expect(codingOf('zstd;q=0.5, GZIP ; q=0.8')).toBe('gzip')
    expect(codingOf('*')).toBe('br')
    expect(codingOf('br;q=0, *;q=0.1')).toBe('zstd')
  })

  it('is none where none of ours is taken', () => {
    for (const accepted of [undefined, '', 'identity', 'deflate', 'br;q=0', '*;q=0', 'gzip;q=x', ',;,=']) {
      expect(codingOf(accepted)).toBeUndefined()
    }
  })

  it('leaves the same bytes to whoever undoes it', async () => {
    const body = Buffer.from('春晚 '.repeat(1_000))
    const undo = { br: brotliDecompressSync, gzip: gunzipSync, zstd: zstdDecompressSync }
    for (const coding of ['br', 'gzip', 'zstd'] as const) {
      const made = await coded(body, coding)
      expect(made.length).toBeLessThan(body.length / 10)
      expect(undo[coding](made)).toEqual(body)
    }
  })
})
