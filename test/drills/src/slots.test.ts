import { describe, expect, it } from '@jest/globals'
import { Slots } from './slots.js'

/** Ten a second for two seconds, nothing for one second, ten a second again. */
function gap() {
  const slots = new Slots(1_000)
  for (let atMs = 1_050; atMs < 5_000; atMs += 100) if (atMs < 3_000 || atMs > 4_000) slots.add(1, atMs)
  return slots
}

describe('counting by tenths of a second', () => {
  it('counts what lies between two moments', () => {
    expect(gap().between(1_000, 2_000)).toBe(10)
    expect(gap().between(2_500, 3_500)).toBe(5)
  })

  it('finds the busiest stretch', () => {
    const slots = gap()
    slots.add(5, 4_450)
    expect(slots.most(1_000, 5_000, 1_000)).toBe(15)
    expect(slots.most(3_000, 4_000, 1_000)).toBe(0)
  })

  it('finds when a quiet stretch began, and when a busy one did', () => {
    expect(gap().first(1_000, 5_000, 500, (count) => count === 0)).toBe(3_000)
    expect(gap().first(3_000, 5_000, 1_000, (count) => count >= 9)).toBe(3_900)
    expect(gap().first(1_000, 3_000, 500, (count) => count === 0)).toBeUndefined()
  })

  it('forgets what happened before it began', () => {
    const slots = new Slots(1_000)
    slots.add(3, 400)
    expect(slots.between(0, 2_000)).toBe(0)
  })
})
