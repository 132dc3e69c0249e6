import type { Books } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import { standingOf, sumOf, timeless } from './books-figures.js'

const noonMs = Date.UTC(2026, 1, 16, 12)
const book = (of: Partial<Books['items'][number]> = {}): Books['items'][number] => ({
  ...{ minute: new Date(noonMs).toISOString(), dc: 'dc-a', topic: 'requests', produced: 100, shipped: 100 },
  ...{ rolled: 100, landed: 100, lost: 0, torn: 0, duplicates: 0, settled: true },
  ...of,
})
const is = (of: Partial<Books['items'][number]>, afterMs = 600_000) => standingOf(book(of), noonMs + afterMs).is

describe('the books', () => {
  it('balance when everything that was produced has arrived everywhere', () => {
    expect(standingOf(book(), noonMs + 600_000)).toEqual({ is: 'balanced', tone: 'good', words: '● balanced' })
    // Cut off by their place: they were counted once.
    expect(is({ duplicates: 40, torn: 1 })).toBe('balanced')
  })

  it('say what is missing where, and what there is too much of', () => {
    expect(standingOf(book({ shipped: 99, rolled: 97, landed: 101 }), noonMs + 600_000)).toEqual({
      is: 'differs',
      tone: 'asks',
      words: '◐ 1 not shipped, 3 not rolled up, 1 too many landed',
    })
  })

  it('do not call a minute wrong that is still open, or that the lake has not closed yet', () => {
    expect(is({ settled: false, rolled: 3, landed: 0 })).toBe('open')
    expect([is({ settled: false }, 120_000), is({ settled: false }, 300_000)]).toEqual(['open', 'balanced'])
    expect([is({ landed: 0 }, 120_000), is({ landed: 0 }, 299_999), is({ landed: 0 }, 300_000)]).toEqual([
      'follows',
      'follows',
      'differs',
    ])
    expect(is({ landed: 0, rolled: 99 }, 120_000)).toBe('differs')
    expect(is({ landed: 101 }, 120_000)).toBe('differs')
  })

  it('tell what is lost at once, whatever else there is to say', () => {
    expect(standingOf(book({ lost: 1_200, settled: false }), noonMs)).toMatchObject({
      tone: 'bad',
      words: '▲ 1,200 lost, deleted unread',
    })
  })

  it('add up', () => {
    expect(sumOf([book(), book({ produced: 5, lost: 2 })])).toMatchObject({ produced: 105, landed: 200, lost: 2 })
    expect([timeless(book()), timeless({ minute: new Date(0).toISOString() })]).toEqual([false, true])
  })
})
