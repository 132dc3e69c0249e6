import type { CacheProcess, CacheReport } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import { between, centresOf, countsOf, readsOf } from './cache-figures.js'

const zero = { hit: 0, aging: 0, shared: 0, pushed: 0, miss: 0, stale: 0, error: 0, overtaken: 0 }
const kind = (counts: object, name = 'event') =>
  ({ kind: name, ...zero, fenced: 0, waited: 0, loads: 0, loadMs: 0, ...counts }) as CacheReport['kinds'][number]

interface Given {
  kinds?: CacheReport['kinds']
  bus?: Partial<CacheReport['bus']>
  hot?: CacheReport['hot']
  checks?: CacheReport['checks']
}

const report = ({ kinds = [], bus = {}, hot = [], checks = null }: Given): CacheReport => ({
  app: 'access',
  dc: 'x',
  instance: 'x',
  bus: {
    live: true,
    vouchedAgoMs: 100,
    appliedPosition: 7,
    announcedPosition: 7,
    floor: 0,
    gaps: 0,
    repaired: 0,
    lost: 0,
    ...bus,
  },
  memory: { entries: 1, bytes: 10, bytesMax: 100, loading: 0 },
  kinds,
  hot,
  checks,
})

const process = (name: string, given: Given | null): CacheProcess => ({
  name,
  kind: 'access',
  dc: name.slice(0, 4),
  report: given && report(given),
  detail: given ? null : 'nothing listens there',
})

/** The figures of the one data centre that is given. */
function centre(now: CacheProcess[], before?: CacheProcess[]) {
  const [figures] = centresOf(now, before)
  if (!figures) throw new Error('there is no data centre')
  return figures
}

describe('figures of the cache', () => {
  it('adds up the processes of each data centre, not those of another', () => {
    const [a, b] = centresOf([
      process('dc-a.access-1', { kinds: [kind({ hit: 8, miss: 1 }), kind({ stale: 1 }, 'events')] }),
      process('dc-a.access-2', { kinds: [kind({ hit: 10, aging: 4 })] }),
      process('dc-b.access-1', { kinds: [kind({ miss: 3 })] }),
    ])
    expect([a?.dc, a?.total.hit, a && readsOf(a.total)]).toEqual(['dc-a', 18, 20])
    expect([b?.dc, b?.total.hit, b && readsOf(b.total)]).toEqual(['dc-b', 0, 3])
    expect(a?.memory).toEqual({ entries: 2, bytes: 20, bytesMax: 200, loading: 0 })
  })

  it('counts what happened between two reports', () => {
    const before = [process('dc-a.access-1', { kinds: [kind({ hit: 90, miss: 10 })] })]
    const now = [process('dc-a.access-1', { kinds: [kind({ hit: 97, miss: 13, loads: 2, loadMs: 30 })] })]
    expect(centre(now).recent).toBeUndefined()
    expect(centre(now, before).recent).toMatchObject({ hit: 7, miss: 3, loads: 2, loadMs: 30 })
  })

  it('takes what a restarted process has counted since, not less than nothing', () => {
    const [before, now] = [kind({ hit: 90, loads: 3 }), kind({ hit: 5, loads: 3 })]
    expect(between(countsOf(report({ kinds: [now] })), countsOf(report({ kinds: [before] })))).toMatchObject({
      hit: 5,
      loads: 3,
    })
  })

  it('leaves out of the last span what was not heard at its beginning', () => {
    const before = [process('dc-a.access-1', null), process('dc-a.access-2', { kinds: [kind({ hit: 1 })] })]
    const now = [
      process('dc-a.access-1', { kinds: [kind({ hit: 1000 })] }),
      process('dc-a.access-2', { kinds: [kind({ hit: 3 })] }),
    ]
    expect(centre(now, before).recent?.hit).toBe(2)
  })

  it('tells the lag of whoever is furthest behind and names who is without word or does not answer', () => {
    const { bus, silent } = centre([
      process('dc-a.access-1', { bus: { appliedPosition: 9, announcedPosition: 9, vouchedAgoMs: 40, gaps: 2 } }),
      process('dc-a.access-2', { bus: { appliedPosition: 5, announcedPosition: 6, vouchedAgoMs: 900, live: false } }),
      process('dc-a.application-1', null),
    ])
    expect(bus).toMatchObject({ announced: 9, applied: 5, vouchedAgoMs: 900, notLive: ['dc-a.access-2'], gaps: 2 })
    expect(silent).toEqual(['dc-a.application-1'])
    expect(centre([process('dc-a.access-1', { bus: { vouchedAgoMs: null } })]).bus.vouchedAgoMs).toBeUndefined()
  })

  it('tells losses of this moment from those of long ago', () => {
    const before = [process('dc-a.access-1', { bus: { lost: 1 } }), process('dc-a.access-2', { bus: { lost: 3 } })]
    const now = [process('dc-a.access-1', { bus: { lost: 2 } }), process('dc-a.access-2', { bus: { lost: 1 } })]
    expect(centre(now).bus).toMatchObject({ lost: 3, lostLately: 0 })
    expect(centre(now, before).bus).toMatchObject({ lost: 3, lostLately: 1 })
  })

  it('stands with no answer at all', () => {
    const { bus, total, hot } = centre([process('dc-a.access-1', null)], [process('dc-a.access-1', null)])
    expect([bus.announced, bus.applied, readsOf(total), hot]).toEqual([0, 0, 0, []])
  })

  it('adds up comparisons with the source and finds the wrong ones', () => {
    const { checks, wrong } = centre([
      process('dc-a.access-1', { checks: { same: 3, 'wrong-in-memory': 1 } }),
      process('dc-a.access-2', { checks: { same: 4, 'wrong-in-store': 2 } }),
      process('dc-a.access-3', {}),
    ])
    expect([checks['same'], wrong]).toEqual([7, 3])
  })

  it('shows the twenty hottest keys of all processes together', () => {
    const many = Array.from({ length: 30 }, (_, i) => ({ key: `k${i}`, reads: 100 - i }))
    const { hot } = centre([
      process('dc-a.access-1', { hot: many }),
      process('dc-a.access-2', { hot: [{ key: 'k29', reads: 60 }] }),
    ])
    expect(hot).toHaveLength(20)
    expect(hot[0]).toEqual({ key: 'k29', reads: 131 })
  })
})
