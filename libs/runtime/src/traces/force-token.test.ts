import { describe, expect, it } from '@jest/globals'
import { forceToken, holdsForce } from './force-token.js'

const key = new Uint8Array(32).fill(7)
const nowMs = Date.UTC(2026, 1, 16)

describe('a token that forces traces', () => {
  const token = forceToken(key, nowMs + 60_000)

  it('holds until its time is over', () => {
    expect(holdsForce(key, token, nowMs)).toBe(true)
    expect(holdsForce(key, token, nowMs + 59_999)).toBe(true)
    expect(holdsForce(key, token, nowMs + 60_000)).toBe(false)
  })

  it('is different each time', () => {
    expect(forceToken(key, nowMs + 60_000)).not.toBe(token)
  })

  const [expires = '', id = '', signature = ''] = token.split('.')
  it.each([
    ['signed with another key', forceToken(new Uint8Array(32).fill(8), nowMs + 60_000)],
    ['made to last longer', `${Number(expires) + 3_600}.${id}.${signature}`],
    ['with another id', `${expires}.${'0'.repeat(16)}.${signature}`],
    ['with a part of its signature', `${expires}.${id}.${signature.slice(0, 32)}`],
    ['with something after it', `${token}.x`],
    ['in capitals', token.toUpperCase()],
    ['that is empty', ''],
    ['of nothing but dots', '..'],
    ['that is very long', '1'.repeat(100_000)],
  ])('does not hold when it is one %s', (_, forged) => {
    expect(holdsForce(key, forged, nowMs)).toBe(false)
  })
})
