import { describe, expect, it } from '@jest/globals'
import { LocalTier } from './local-tier.js'

const filled = (bytesMax: number, keys: string) => {
  const tier = new LocalTier<string>(bytesMax)
  for (const key of keys) tier.set(key, key, 10)
  return tier
}
const left = (tier: LocalTier<string>, keys: string) => [...keys].filter((key) => tier.peek(key) !== undefined).join('')

describe('LocalTier', () => {
  it('stays within its bytes, and lets go first what was not read', () => {
    const tier = filled(80, 'abcdefgh')
    tier.get('a')
    tier.get('c')
    for (const key of 'ijk') tier.set(key, key, 10)
    expect([left(tier, 'abcdefghijk'), tier.bytes]).toEqual(['acfghijk', 80])
  })

  it('does not let a newcomer push out what is in use, until the hand has come round', () => {
    const tier = filled(80, 'abcdefgh')
    for (const key of 'abcdefgh') tier.get(key)
    tier.set('i', 'i', 10)
    expect(left(tier, 'abcdefghi')).toBe('abcdefgh')
    tier.set('i', 'i', 10)
    expect(left(tier, 'abcdefghi')).toBe('bcdefghi')
  })

  it('counts a value that takes the place of another once', () => {
    const tier = filled(80, 'a')
    tier.set('a', 'again', 6)
    expect([tier.get('a'), tier.bytes]).toEqual(['again', 6])
    tier.delete('a')
    tier.delete('a')
    expect([tier.get('a'), tier.bytes]).toEqual([undefined, 0])
  })

  it('does not keep what would take more than an eighth of the room, and drops what it stands for', () => {
    const tier = filled(80, 'ab')
    tier.set('a', 'large', 11)
    expect([left(tier, 'ab'), tier.bytes]).toEqual(['b', 10])
  })
})
