import { describe, expect, it } from '@jest/globals'
import { fnv1a, fnvBasis } from './hash.js'

describe('fnv1a', () => {
  it('is what was published for it', () => {
    expect(['', 'a', 'foobar'].map((text) => fnv1a(text))).toEqual([0x811c9dc5, 0xe40c292c, 0xbf9cf968])
  })

  it('goes on from another text, and ends where it is told', () => {
    expect(fnv1a('bar', fnv1a('foo'))).toBe(fnv1a('foobar'))
    expect(fnv1a('foobar', fnvBasis, 3)).toBe(fnv1a('foo'))
  })
})
