import { expect, it } from '@jest/globals'
import { chatPriority, giftPriority } from './priority.js'

it('puts gifts above chat, by what they are worth together', () => {
  const priorities = [
    [0, 1],
    [100, 9],
    [100, 10],
    [10_000, 1],
    [99_999, 1],
    [100_000, 1],
    [1_000, 1_000],
    [100_000_000, 9_999],
  ].map(([value = 0, count = 0]) => giftPriority(value, count))
  expect(priorities).toEqual([1, 1, 2, 3, 3, 4, 5, 5])
  expect(chatPriority).toBeLessThan(1)
})
