import { describe, expect, it } from '@jest/globals'
import { sentAtMs, textSentAt } from './said.js'

describe('what the crowd is told', () => {
  it.each(['', 'go', 'go '.repeat(100), '加油'.repeat(50)])('has 128 bytes and tells when it was sent: %#', (words) => {
    const text = textSentAt(1_763_000_000_123.4, words)
    expect(Buffer.byteLength(text)).toBe(128)
    expect(sentAtMs(text)).toBe(1_763_000_000_123)
  })

  it('is told from what others say', () => {
    expect(sentAtMs('hello everyone')).toBeUndefined()
  })
})
