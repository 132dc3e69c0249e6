import { describe, expect, it } from '@jest/globals'
import { bytes, duration, percent } from './amounts.js'
import { shortCount } from './counts.js'
import { localField, momentOf, span } from './times.js'

describe('numbers for the audience', () => {
  it('writes counts as the audience reads them, never rounding up', () => {
    expect([0, 9_999, 10_000, 12_999, 1_234_567, 99_999_999, 234_000_000].map(shortCount)).toEqual([
      '0',
      '9,999',
      '1万',
      '1.2万',
      '123万',
      '9999万',
      '2.3亿',
    ])
  })

  it('writes spans with hours only when there are some', () => {
    expect([-5, 0, 59_999, 723_000, 3_723_000].map(span)).toEqual(['0:00', '0:00', '0:59', '12:03', '1:02:03'])
  })
})

describe('numbers for operators', () => {
  it('writes bytes with the unit that fits', () => {
    expect([0, 999, 1_000, 12_345_678, 402_653_184, 5e12].map(bytes)).toEqual([
      '0 B',
      '999 B',
      '1.0 kB',
      '12.3 MB',
      '402.7 MB',
      '5000.0 GB',
    ])
  })

  it('shows 100 % only when it is all of it, and nothing of nothing', () => {
    expect([percent(0, 0), percent(0, 5), percent(9_999, 10_000), percent(3, 3)]).toEqual([
      '–',
      '0.0 %',
      '99.9 %',
      '100 %',
    ])
  })

  it('writes durations as long as they are telling', () => {
    expect([0.4, 120, 1_440, 119_000, 720_000].map(duration)).toEqual(['0 ms', '120 ms', '1.4 s', '119.0 s', '12 min'])
  })
})

describe('a moment in a form', () => {
  it('is the same after it was put there and taken back', () => {
    const moment = '2026-02-16T12:00:05.000Z'
    expect(localField(moment)).toMatch(/^2026-02-1[567]T\d\d:\d\d:05$/)
    expect(momentOf(localField(moment))).toBe(moment)
  })

  it('is none while it is half typed', () => expect([momentOf(''), momentOf('2026-')]).toEqual([undefined, undefined]))
})
