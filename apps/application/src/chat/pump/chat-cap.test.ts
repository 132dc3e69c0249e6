import { describe, expect, it } from '@jest/globals'
import { ChatBudget, chatPerS } from './chat-cap.js'

describe('how much chat a room shows', () => {
  it('falls with its size, and changes at the bounds', () => {
    const of = (viewers: number) => chatPerS(viewers, 'full')
    expect([0, 99, 100, 999, 1_000, 9_999, 10_000, 99_999, 100_000, 50_000_000].map(of)).toEqual([
      60, 60, 40, 40, 30, 30, 20, 20, 15, 15,
    ])
  })

  it('is half as much on `cached`, and nothing on `static`', () => {
    expect(chatPerS(5_000, 'cached')).toBe(15)
    expect(chatPerS(5, 'static')).toBe(0)
  })
})

describe('the budget of a room', () => {
  it('is one second’s worth at first, fills by time and never holds more', () => {
    const budget = new ChatBudget()
    expect(budget.left(20, 0)).toBe(20)
    budget.take(20)
    expect(budget.left(20, 0)).toBe(0)
    expect(budget.left(20, 100)).toBe(2)
    expect(budget.left(20, 60_000)).toBe(20)
  })

  it('loses no fraction of a message from window to window', () => {
    const budget = new ChatBudget()
    budget.left(15, 0)
    budget.take(15)
    let shown = 0
    for (let ms = 100; ms <= 10_000; ms += 100) {
      const left = budget.left(15, ms)
      shown += left
      budget.take(left)
    }
    expect(shown).toBe(150)
  })

  it('shrinks at once with a smaller cap, and is empty with none', () => {
    const budget = new ChatBudget()
    expect(budget.left(60, 0)).toBe(60)
    expect(budget.left(20, 0)).toBe(20)
    expect(budget.left(0, 10)).toBe(0)
    expect(budget.left(60, 10)).toBe(0)
    expect(budget.left(60, 510)).toBe(30)
  })

  it('gives nothing for a clock that goes back', () => {
    const budget = new ChatBudget()
    budget.left(60, 10_000)
    budget.take(60)
    expect(budget.left(60, 9_000)).toBe(0)
  })
})
