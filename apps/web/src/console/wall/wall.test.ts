import type { Wall } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import { addressOf, fieldOf } from '../address.js'
import { lineOf, newestSpan, type Pane, shareOf, spansOf, sumLine, totalsOf } from './wall-figures.js'
import { apartWords, budgetWords, burnWords, few, linkWords, msWords } from './wall-words.js'

const noonMs = Date.UTC(2026, 1, 16, 12)
const iso = (s: number) => new Date(noonMs + s * 1_000).toISOString()
const pane = (dc: string, atS: number, requests: number): Pane => ({
  ...{ at: iso(atS), dc, link: 'stream', requests, full: requests, degraded: 0, bad: 0, malformed: 0 },
  ...{ edgeHits: 0, accessHits: requests, sentBytes: 0, plays: 1, joins: 0, stalls: 0, stalledMs: 0, errors: 0 },
  ...{ p50Ms: 1, p99Ms: 9, joinP50Ms: null, joinP99Ms: null },
})
const requests = (pane: Pane) => pane.requests
const budget = { from: iso(0), target: 0.999999, requests: 1e7, allowed: 10, spent: 0, left: 1, burnPerHour: 0 }
const wall = (panes: Pane[], behindS: Record<string, number | null>): Wall => ({
  ...{ asOf: iso(0), event: null, stepS: 10, panes, routes: [], events: [], viewers: null, sessions: null, budget },
  dcs: Object.entries(behindS).map(([dc, of]) => ({ dc, link: 'stream' as const, behindS: of, why: null })),
  apart: { ratio: 0, requests: 0 },
})

describe('the lines of the wall', () => {
  it('leave out the span that is still being counted, however busy', () => {
    const spans = spansOf(wall([pane('dc-a', -20, 5), pane('dc-a', -10, 1)], { 'dc-a': 3 }), 1, ['dc-a'])
    expect(spans.atMs.map((at) => (at - noonMs) / 1_000)).toEqual([-50, -40, -30, -20])
    expect(spansOf(wall([], { 'dc-a': 0 }), 1, ['dc-a']).atMs.at(-1)).toBe(noonMs - 10_000)
  })

  it('wait for the slower data centre, but not for one that nobody asks', () => {
    const both = spansOf(wall([], { 'dc-a': 0, 'dc-b': 12 }), 1, ['dc-a', 'dc-b'])
    expect(both.atMs.at(-1)).toBe(noonMs - 30_000)
    const quiet = spansOf(wall([], { 'dc-a': 0, 'dc-b': 900 }), 1, ['dc-a', 'dc-b'])
    expect(quiet.atMs.at(-1)).toBe(noonMs - 30_000)
  })

  it('are zero where nobody asked, and end where nothing is known', () => {
    const spans = spansOf(wall([pane('dc-a', -50, 5), pane('dc-a', -30, 7)], { 'dc-a': 22 }), 1, ['dc-a'])
    expect(lineOf(spans, 'dc-a', requests, 0)).toEqual([5, 0, 7])
    expect(lineOf(spans, 'dc-a', ({ p99Ms }) => p99Ms, null)).toEqual([9, null, 9])
    const late = spansOf(wall([pane('dc-a', -50, 5)], { 'dc-a': 42 }), 1, ['dc-a'])
    expect(lineOf(late, 'dc-a', requests, 0)).toEqual([5, null, null])
  })

  it('are zero of an event nobody asks for while others are, and of a data centre long without an audience', () => {
    const other = spansOf(wall([pane('dc-a', -50, 5)], { 'dc-a': 0 }), 1, ['dc-a'])
    expect(lineOf(other, 'dc-a', requests, 0)).toEqual([5, 0, 0, 0, 0])
    const drained = wall([], { 'dc-a': 181 })
    expect(lineOf(spansOf(drained, 1, ['dc-a']), 'dc-a', requests, 0)).toEqual([0, 0, 0])
    // The lake takes over when requests come that the stream does not count.
    const broken = { ...drained, dcs: drained.dcs.map((dc) => ({ ...dc, link: 'batch' as const })) }
    expect(lineOf(spansOf(broken, 1, ['dc-a']), 'dc-a', requests, 0)).toEqual([null, null, null])
  })

  it('add data centres up only where all of them are known', () => {
    const panes = [pane('dc-a', -50, 5), pane('dc-b', -50, 6), pane('dc-b', -40, 1), pane('dc-b', -30, 9)]
    const spans = spansOf(wall(panes, { 'dc-a': 31, 'dc-b': 21, 'dc-c': null }), 1, ['dc-a', 'dc-b', 'dc-c'])
    expect(sumLine(spans, requests)).toEqual([11, null, null])
    expect(newestSpan(spans)).toMatchObject({ panes: [{ dc: 'dc-b', requests: 9 }], without: ['dc-a'] })
    expect(newestSpan(spansOf(wall([], { 'dc-a': null }), 1, ['dc-a']))).toBeUndefined()
    expect(totalsOf(panes)).toMatchObject({ requests: 21, accessHits: 21, plays: 4 })
  })

  it('have no share of nothing', () => expect([shareOf(1, 4), shareOf(0, 0)]).toEqual([25, null]))
})

describe('the words of the wall', () => {
  it('say by shape and word how the error budget stands', () => {
    expect(budgetWords({ ...budget, requests: 0, left: null })).toMatchObject({ figure: '–', tone: 'quiet' })
    expect(budgetWords(budget)).toMatchObject({ figure: '100 %', tone: 'good' })
    expect(budgetWords({ ...budget, spent: 1, left: 0.89999 })).toMatchObject({ figure: '89.9 %', tone: 'good' })
    expect(budgetWords({ ...budget, spent: 8, left: 0.2 })).toMatchObject({ figure: '20.0 %', tone: 'asks' })
    expect(budgetWords({ ...budget, spent: 32, left: -2.2 })).toEqual({
      tone: 'bad',
      figure: '▲ 3.2 ×',
      words: '▲ overspent: 32 bad of 10 allowed in 10,000,000 requests',
    })
  })

  it('say how fast it burns', () => {
    const words = [null, 0, 0.124, 1.5, 40].map((burnPerHour) => burnWords({ ...budget, burnPerHour }).words)
    expect(words).toEqual([
      '○ burns nothing',
      '● nothing burns now',
      '◐ burns 12.4 % of it an hour',
      '▲ burns 150 % of it an hour',
      '▲ burns 40 times all of it an hour',
    ])
  })

  it('say which link the figures come by, and why', () => {
    const of = (link: 'stream' | 'batch', behindS: number | null, why: string | null = null) =>
      linkWords({ dc: 'dc-a', link, behindS, why })
    expect(of('stream', 3.2)).toEqual({ tone: 'good', words: '● from the stream; newest request 3 s ago' })
    expect(of('stream', 250).words).toBe('◐ from the stream; newest request 4:10 ago')
    expect(of('stream', null).words).toBe('○ from the stream; nothing is counted yet')
    expect(of('batch', 62, 'the event log does not answer')).toEqual({
      tone: 'bad',
      words: '▲ from the lake: the event log does not answer; newest request 1:02 ago',
    })
  })

  it('say how far apart the links are, and from when on that is too far', () => {
    const tones = [0, 5e-6, 6e-6].map((ratio) => apartWords({ ratio, requests: ratio === 0 ? 0 : 12 }).tone)
    expect(tones).toEqual(['good', 'asks', 'bad'])
    expect(apartWords({ ratio: 3.1e-6, requests: 1_200 }).words).toBe(
      '◐ the links differ by 1,200 requests, 3.1 in a million',
    )
  })

  it('write numbers as short as they are telling', () => {
    expect([0.01342, 4.25, 99.99, 12_412.4].map(few)).toEqual(['0.0134', '4.25', '100', '12,412'])
    expect([0.4, 12.34, 999, 1_540].map(msWords)).toEqual(['0.4 ms', '12.3 ms', '999 ms', '1.54 s'])
  })
})

describe('the address of a page', () => {
  it('carries what is chosen, and nothing else', () => {
    expect(addressOf('#wall', { event: '', minutes: '' })).toBe('#wall')
    const address = addressOf('#traces', { route: '/v1/events/:id', kept: '' })
    expect(fieldOf(address.slice('#traces/'.length), 'route')).toBe('/v1/events/:id')
    expect(fieldOf('', 'route')).toBe('')
  })
})
