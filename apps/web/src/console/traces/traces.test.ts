import type { Span } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import { forcedCommand, newTrace } from './forced-command.js'
import { barOf, keptLook, spanRows, usWords, wholeUs } from './trace-tree.js'

const span = (id: string, parent: string | null, atUs: number, durationUs = 10): Span => ({
  ...{ trace: '0'.repeat(32), span: id, parent, name: id, service: 'access', instance: 'access-1', dc: 'dc-a' },
  ...{ at: '2026-02-16T12:00:00.000Z', atUs, durationUs, status: 'ok', kept: 'forced', event: null, route: null },
  attributes: {},
})
const drawn = (spans: Span[]) => spanRows(spans).map((row) => `${' '.repeat(row.depth)}${row.span.span}`)

describe('a waterfall', () => {
  it('puts each span below the one it stands within, by time, whatever the order they came in', () => {
    const spans = [
      span('late', 'root', 50),
      span('deep', 'early', 12),
      span('root', null, 0, 100),
      span('early', 'root', 10),
    ]
    expect(drawn(spans)).toEqual(['root', ' early', '  deep', ' late'])
    expect(wholeUs(spans)).toBe(100)
  })

  it('shows what names a parent that is not here, and says so', () => {
    const rows = spanRows([span('child', 'gone', 5), span('grandchild', 'child', 6)])
    expect(rows.map(({ depth, orphan }) => [depth, orphan])).toEqual([
      [0, true],
      [1, false],
    ])
  })

  it('shows every span once, also of a circle', () => {
    expect(drawn([span('a', 'b', 0), span('b', 'a', 1), span('self', 'self', 2)]).map((id) => id.trim())).toEqual([
      'a',
      'b',
      'self',
    ])
  })

  it('draws what is short so that it can be seen, within the picture', () => {
    expect(barOf({ atUs: 50, durationUs: 25 }, 100)).toEqual({ left: 50, width: 25 })
    expect(barOf({ atUs: 1_000_000, durationUs: 1 }, 1_000_000)).toEqual({ left: 99.6, width: 0.4 })
    // The clock of another machine may say that it began before.
    expect(barOf({ atUs: -40, durationUs: 10 }, 100).left).toBe(0)
  })

  it('writes times and reasons', () => {
    expect([870.4, 12_345, 1_540_000, 9_999].map(usWords)).toEqual(['870 µs', '12.3 ms', '1.54 s', '10 ms'])
    expect([keptLook('forced').shape, keptLook('new').words]).toEqual(['●', 'new'])
  })
})

describe('a request that is to be traced', () => {
  it('is one line for a shell, in which nothing that was typed is run', () => {
    const of = { edge: 'https://edge.test', header: 'x-gala-trace', token: 'abc', trace: 'a1', span: 'b2' }
    expect(forcedCommand({ ...of, path: '/v1/events/gala?x=1' })).toBe(
      "curl -sS -o /dev/null -D - -H 'x-gala-trace: abc' -H 'traceparent: 00-a1-b2-01' 'https://edge.test/v1/events/gala?x=1'",
    )
    expect(forcedCommand({ ...of, path: "/v1/'; rm -rf $HOME '" })).toContain("'\\'';%20rm%20-rf%20$HOME%20'\\'''")
  })

  it('has ids of its own', () => {
    const [one, other] = [newTrace(), newTrace()]
    expect(one).toEqual({
      trace: expect.stringMatching(/^[0-9a-f]{32}$/),
      span: expect.stringMatching(/^[0-9a-f]{16}$/),
    })
    expect(one.trace).not.toBe(other.trace)
  })
})
