import { describe, expect, it } from '@jest/globals'
import { cellText, csvOf } from './csv.js'
import { tablesOf } from './examples.js'

describe('an answer of the lake as a file', () => {
  it('quotes what would else be read as more than one value', () => {
    expect(
      csvOf(
        ['a', 'b,c'],
        [
          [1, 'x "y"\nz'],
          [null, true],
        ],
      ),
    ).toBe('a,"b,c"\r\n1,"x ""y""\nz"\r\n,true\r\n')
  })

  it('keeps what viewers wrote from being run as a formula, and leaves numbers as they are', () => {
    expect(csvOf(['text'], [['=HYPERLINK("x")'], ['-1'], [-1], ['@a'], ['a=b']])).toBe(
      `text\r\n"'=HYPERLINK(""x"")"\r\n'-1\r\n-1\r\n'@a\r\na=b\r\n`,
    )
  })

  it('writes lists and structures as JSON', () => expect([cellText([1, 2]), cellText(null)]).toEqual(['[1,2]', '']))
})

describe('the tables of the lake', () => {
  it('are listed with their columns, in the order they came', () => {
    const rows = [
      ['requests', 'at_ms', 'BIGINT'],
      ['requests', 'dc', 'VARCHAR'],
      ['spans', 'at_ms', 'BIGINT'],
    ]
    expect(tablesOf(rows)).toEqual([
      {
        name: 'requests',
        columns: [
          { name: 'at_ms', type: 'BIGINT' },
          { name: 'dc', type: 'VARCHAR' },
        ],
      },
      { name: 'spans', columns: [{ name: 'at_ms', type: 'BIGINT' }] },
    ])
  })
})
