import { describe, expect, it } from '@jest/globals'
import { shortCount } from './counts.js'
import { span } from './times.js'

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
