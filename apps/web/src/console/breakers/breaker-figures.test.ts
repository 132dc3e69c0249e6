import type { BreakerItem, BreakerReport, ResilienceProcess, ResilienceReport } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import { figuresOf, laggardsOf } from './breaker-figures.js'

const noon = Date.UTC(2026, 1, 16, 12)
const at = (ms: number) => new Date(noon + ms).toISOString()

const breaker = (over: Partial<BreakerReport>): BreakerReport => ({
  name: 'redis',
  dc: 'dc-a',
  target: '127.0.0.1:1',
  state: 'closed',
  mode: 'auto',
  since: at(0),
  reason: null,
  order: null,
  admitted: 1,
  nextProbeAt: null,
  probing: 0,
  repairMs: null,
  window: { calls: 10, failures: 1, slow: 2 },
  totals: { admitted: 0, refused: 3, succeeded: 0, failed: 0, slow: 0, ignored: 0, fenced: 0, trips: 1 },
  ...over,
})

const process = (name: string, breakers: Partial<BreakerReport>[] | null, position = 1): ResilienceProcess => ({
  name,
  kind: 'access',
  dc: 'dc-a',
  report: breakers && ({ position, breakers: breakers.map(breaker) } as ResilienceReport),
  detail: null,
})

const item = (dc = 'dc-a', name = 'redis') => ({ name, dc }) as BreakerItem

/** The figures of redis in dc-a. */
function figures(...processes: ResilienceProcess[]) {
  const [one] = figuresOf([item()], processes).get('dc-a') ?? []
  if (!one) throw new Error('there is no item')
  return one
}

describe('figures of breakers', () => {
  it('groups the processes by the state they see, worst first, with the oldest moment of each', () => {
    const { seen } = figures(
      process('a', [{ since: at(-60_000) }, { since: at(-90_000) }]),
      process('b', [{ state: 'open', since: at(-1_000) }]),
      process('c', [{ state: 'ramping', since: at(-2_000) }]),
    )
    expect(seen).toEqual([
      { state: 'open', processes: ['b'], sinceMs: noon - 1_000 },
      { state: 'ramping', processes: ['c'], sinceMs: noon - 2_000 },
      { state: 'closed', processes: ['a'], sinceMs: noon - 90_000 },
    ])
  })

  it('takes no breaker of another name or data centre', () => {
    const { held, window } = figures(process('a', [{}, { dc: 'dc-b' }, { name: 'mysql' }]))
    expect([held.length, window]).toEqual([1, { calls: 10, failures: 1, slow: 2 }])
  })

  it('adds up the calls, and tells the earliest probe, the longest repair and the mean share let through', () => {
    const open = { state: 'open' as const, admitted: 0 }
    expect(
      figures(
        process('a', [{ ...open, nextProbeAt: at(5_000), repairMs: 900 }]),
        process('b', [{ ...open, nextProbeAt: at(4_000), repairMs: 1_100 }, {}]),
        process('c', null),
      ),
    ).toMatchObject({
      nextProbeAtMs: noon + 4_000,
      repairMs: 1_100,
      admitted: 1 / 3,
      window: { calls: 30, failures: 3, slow: 6 },
      refused: 9,
      trips: 3,
    })
  })

  it('says why the worst of them opened, the newest word first', () => {
    const processes = [
      process('a', [{ reason: 'long ago', since: at(-1) }]),
      process('b', [{ state: 'open', reason: 'first', since: at(-9_000) }]),
      process('c', [{ state: 'open', reason: 'then', since: at(-8_000) }]),
    ]
    expect(figures(...processes).reason).toBe('then')
    expect(figures(process('a', [{}])).reason).toBeUndefined()
  })

  it('stands with an item nobody has a breaker for', () => {
    expect(figures()).toMatchObject({ held: [], seen: [], admitted: undefined, nextProbeAtMs: undefined })
  })

  it('waits for processes that are behind and for those that do not answer', () => {
    expect(laggardsOf([process('a', [], 7), process('b', [], 6), process('c', null)], 7)).toEqual(['b', 'c'])
  })
})
