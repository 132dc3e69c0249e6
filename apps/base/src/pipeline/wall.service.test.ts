import { emptyPaneSums, type PaneSums } from '@gala/database'
import type { Histogram } from '@gala/kernel'
import { describe, expect, it } from '@jest/globals'
import { oneLink, type PaneRow, summed } from './pane-rows.js'
import { apartOf, budgetOf, linkOf } from './wall.service.js'

const minute = 60_000
const nowMs = 1_000 * minute
const sums = (some: Partial<PaneSums>): PaneSums => ({ ...emptyPaneSums(), ...some })
const row = (
  startMs: number,
  link: 'stream' | 'batch',
  some: Partial<PaneSums>,
  more: { dc?: string; latency?: Histogram } = {},
): PaneRow => ({
  ...{ startMs, dc: more.dc ?? 'dc-a', link, event: 'gala', route: '/v1/events' },
  ...{ sums: sums(some), latency: more.latency ?? {}, joinTimes: {} },
})

describe('what a wall says of panes', () => {
  it('is of one link for each minute of each data centre: the lake’s once it has the minute', () => {
    const rows = [
      row(0, 'stream', { requests: 5 }),
      row(10_000, 'stream', { requests: 6 }),
      row(10_000, 'batch', { requests: 11 }),
      row(10_000, 'stream', { requests: 7 }, { dc: 'dc-b' }),
      row(minute, 'stream', { requests: 8 }),
    ]
    expect(oneLink(rows).map(({ dc, link, sums: { requests } }) => [dc, link, requests])).toEqual([
      ['dc-a', 'batch', 11],
      ['dc-b', 'stream', 7],
      ['dc-a', 'stream', 8],
    ])
  })

  it('adds numbers and histograms up', () => {
    const rows = [
      row(0, 'stream', { requests: 2, served_bad: 1 }, { latency: { 3: 1, 256: 1 } }),
      row(0, 'stream', { requests: 1 }, { dc: 'dc-b', latency: { 3: 4 } }),
    ]
    const all = summed(rows, () => 'all').get('all')
    expect([all?.sums.requests, all?.sums.served_bad, all?.latency]).toEqual([3, 1, { 3: 5, 256: 1 }])
  })

  it('spends the budget of six nines by what was bad, at the pace of the last minutes', () => {
    const rows = [
      row(nowMs - 30 * minute, 'batch', { requests: 3_000_000, served_bad: 1 }),
      row(nowMs - minute, 'stream', { requests: 1_000_000, served_bad: 1 }),
    ]
    expect(budgetOf(rows, 0, nowMs)).toMatchObject({
      requests: 4_000_000,
      spent: 2,
      left: 0.5,
      allowed: 4,
      burnPerHour: 3,
    })
    expect(budgetOf([], 0, nowMs)).toMatchObject({ spent: 0, left: null, burnPerHour: null })
  })

  it('goes on with the lake when nothing comes through the event log while the lake has more, and says so', () => {
    const standing = { dc: 'dc-a', newestMs: nowMs - 10 * minute, updatedMs: nowMs - 10 * minute }
    const rows = [
      row(nowMs - 10 * minute, 'stream', { requests: 1 }),
      row(nowMs - 3 * minute, 'batch', { requests: 1 }),
    ]
    expect(linkOf(standing, rows, nowMs)).toMatchObject({
      link: 'batch',
      behindS: 600,
      why: expect.stringMatching(/lake/),
    })
    // Nobody has asked for anything: that is no fault.
    expect(linkOf(standing, rows.slice(0, 1), nowMs)).toMatchObject({ link: 'stream', why: null })
    expect(linkOf({ ...standing, updatedMs: nowMs - 1_000 }, rows, nowMs).link).toBe('stream')
  })

  it('tells how far apart both links are of minutes the lake has', () => {
    const rows = [
      row(nowMs - 5 * minute, 'stream', { requests: 99 }),
      row(nowMs - 5 * minute, 'batch', { requests: 100 }),
      row(nowMs - 4 * minute, 'batch', { requests: 100 }),
      row(nowMs - minute, 'stream', { requests: 1_000 }),
    ]
    expect(apartOf(rows, nowMs)).toEqual({ requests: 101, ratio: 101 / 200 })
  })
})
