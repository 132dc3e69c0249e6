import { describe, expect, it } from '@jest/globals'
import { type Cursor, cursorText, formatCursor, hasRead, isPast, type OriginPosition, parseCursor } from './cursor.js'

const at = (text: string): Cursor => parseCursor(text)

describe('a cursor', () => {
  it('is the same text whichever origin was added first, and the same cursor again', () => {
    const a: [string, OriginPosition] = ['dc-a', { epoch: '1f9c04b2', seq: 1207 }]
    const b: [string, OriginPosition] = ['dc-b', { epoch: '77aa0134', seq: 88 }]
    const text = 'dc-a.1f9c04b2.1207~dc-b.77aa0134.88'
    expect(formatCursor(new Map([b, a]))).toBe(text)
    expect(parseCursor(text)).toEqual(new Map([a, b]))
    expect(formatCursor(parseCursor(''))).toBe('')
  })

  it.each([
    'dc-a.1f9c04b2.1~',
    '~dc-a.1f9c04b2.1',
    'dc-a.1f9c04b.1',
    'dc-a.1F9C04B2.1',
    'dc-a.1f9c04b2.-1',
    'dc-a.1f9c04b2.1.1',
    'dc-a.1f9c04b2.1234567890123456',
    'DC.1f9c04b2.1',
    Array(9).fill('dc-a.1f9c04b2.1').join('~'),
    `${'x'.repeat(33)}.1f9c04b2.1`,
    "dc-a.1f9c04b2.1' OR 1=1",
  ])('is not taken when it is %s', (text) => {
    expect(cursorText.safeParse(text).success).toBe(false)
  })

  it('is taken at its longest', () => {
    const longest = Array.from({ length: 8 }, (_, i) => `${i}${'x'.repeat(31)}.1f9c04b2.999999999999999`).join('~')
    expect(cursorText.safeParse(longest).success).toBe(true)
    expect(parseCursor(longest).size).toBe(8)
  })

  it('has read what its position of that origin and epoch covers, and nothing of another epoch or origin', () => {
    const cursor = at('dc-a.1f9c04b2.10')
    expect(hasRead(cursor, 'dc-a', '1f9c04b2', 10)).toBe(true)
    expect(hasRead(cursor, 'dc-a', '1f9c04b2', 11)).toBe(false)
    expect(hasRead(cursor, 'dc-a', '1f9c04b3', 1)).toBe(false)
    expect(hasRead(cursor, 'dc-b', '1f9c04b2', 1)).toBe(false)
  })

  it('is past another one only when it is in every origin of that', () => {
    const cursor = at('dc-a.1f9c04b2.10~dc-b.77aa0134.5')
    expect(isPast(cursor, cursor)).toBe(true)
    expect(isPast(cursor, at(''))).toBe(true)
    expect(isPast(cursor, at('dc-b.77aa0134.5'))).toBe(true)
    expect(isPast(cursor, at('dc-a.1f9c04b2.9~dc-b.77aa0134.6'))).toBe(false)
    expect(isPast(cursor, at('dc-a.1f9c04b2.9~dc-c.77aa0134.1'))).toBe(false)
    expect(isPast(cursor, at('dc-a.00000001.1'))).toBe(false)
    expect(isPast(at(''), at('dc-a.1f9c04b2.0'))).toBe(false)
  })
})
