import { describe, expect, it } from '@jest/globals'
import { readGuest } from './guest.js'
import { refusalWords } from './words.js'

describe('a guest that the browser has kept', () => {
  const nowMs = Date.UTC(2026, 0, 1)
  const kept = { token: 't', id: 'guest-1', name: 'Anna', expiresAtMs: nowMs + 3_600_000 }

  it('is somebody for as long as the token lasts a little', () => {
    expect(readGuest(JSON.stringify(kept), nowMs)).toEqual(kept)
    expect(readGuest(JSON.stringify({ ...kept, expiresAtMs: nowMs + 30_000 }), nowMs)).toBeUndefined()
  })

  it('is nobody when it cannot be read', () => {
    for (const stored of [null, '', '{', 'null', '7', '{"token":7}', JSON.stringify({ ...kept, expiresAtMs: 'soon' })])
      expect(readGuest(stored, nowMs)).toBeUndefined()
  })
})

describe('words for what was refused', () => {
  it('say why where that is known, and otherwise whether it may have been sent', () => {
    const en = (code: 'MUTED' | 'INTERNAL' | 'TIMEOUT', unsure = false) => refusalWords({ code, unsure }).en
    expect(en('MUTED')).toBe('You may not write here for now')
    expect(en('INTERNAL')).toBe('It was not sent; try again')
    expect(en('TIMEOUT', true)).toContain('may have been sent')
  })
})
