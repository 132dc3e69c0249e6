import { beforeEach, describe, expect, it } from '@jest/globals'
import { HeldSpans } from './held-spans.js'

describe('spans that wait for a decision', () => {
  let held: HeldSpans<string>
  beforeEach(() => {
    held = new HeldSpans({ spansMax: 5, perTraceMax: 3, keepMs: 1_000 })
  })

  it('are given away once, in their order', () => {
    held.add('a', 'a1', 0)
    held.add('b', 'b1', 0)
    held.add('a', 'a2', 0)
    expect(held.take('a')).toEqual(['a1', 'a2'])
    expect(held.take('a')).toEqual([])
    expect(held.size).toBe(1)
  })

  it('of one trace are no more than its part, so that one cannot push out all others', () => {
    for (let i = 0; i < 10; i++) held.add('a', `a${i}`, 0)
    held.add('b', 'b1', 0)
    expect(held.take('a')).toEqual(['a0', 'a1', 'a2'])
    expect(held.take('b')).toEqual(['b1'])
    expect(held.dropped).toBe(7)
  })

  it('of the oldest traces go when there is no room, and are counted', () => {
    for (const trace of ['a', 'a', 'b', 'b', 'c', 'c']) held.add(trace, trace, 0)
    expect(held.size).toBe(4)
    expect([held.take('a'), held.take('b'), held.take('c')]).toEqual([[], ['b', 'b'], ['c', 'c']])
    expect(held.dropped).toBe(2)
  })

  it('are let go of when nobody has wanted them in time', () => {
    held.add('a', 'a1', 0)
    held.add('b', 'b1', 600)
    held.expire(999)
    expect(held.size).toBe(2)
    held.expire(1_000)
    expect([held.take('a'), held.take('b')]).toEqual([[], ['b1']])
    expect(held.dropped).toBe(0)
  })
})
