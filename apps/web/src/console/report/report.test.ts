import type { EventTraffic } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import { ninesOf, numbersOf, playbackOf } from './traffic-numbers.js'
import { stepsOf } from './traffic-series.js'

const noonMs = Date.UTC(2026, 1, 16, 12)
const step = (minute: number, requests: number): EventTraffic['series'][number] => ({
  at: new Date(noonMs + minute * 60_000).toISOString(),
  ...{ requests, degraded: 0, bad: 0, plays: 0, stalls: 0, viewers: 0 },
})
const traffic: EventTraffic = {
  ...{ from: step(0, 0).at, to: step(9, 0).at, requests: 0, full: 0, degraded: 0, bad: 0, malformed: 0, sentBytes: 0 },
  ...{ budget: { target: 0.999999, allowed: 0, spent: 0, left: null }, peak: null, durationMs: null },
  ...{ hits: { edge: 0, stale: 0, access: 0 }, dcs: [], routes: [], errors: [], series: [], seriesStepMs: 60_000 },
  playback: {
    ...{ plays: 0, joins: 0, joinMs: null, stalls: 0, stalledMs: 0, errors: 0, bitrateKbps: null, viewers: 0 },
  },
  ...{ audit: [], gaps: [] },
}
const figureOf = (items: { name: string; value: number }[], name: string) => items.find((of) => of.name === name)?.value

describe('the report of an event', () => {
  it('draws minutes in which nothing was asked as nothing, not as a line across them', () => {
    const { atMs, steps } = stepsOf({ series: [step(3, 7), step(0, 5)], seriesStepMs: 60_000 })
    expect(steps.map(({ requests }) => requests)).toEqual([5, 0, 0, 7])
    expect(atMs[0]).toBe(noonMs)
  })

  it('leaves out what was not measured, and divides by nothing', () => {
    expect(numbersOf(traffic).map(({ name }) => name)).not.toContain('Busiest second')
    expect(figureOf(numbersOf(traffic), 'In full')).toBe(0)
    expect(playbackOf(traffic).map(({ name }) => name)).toEqual([
      'Viewers',
      'Plays',
      'Stalls',
      'Stood still',
      'Errors of players',
    ])
  })

  it('tells nines as far as they are promised, never rounded up', () => {
    expect([ninesOf(0, 10), ninesOf(60, 24_100_000), ninesOf(1, 100_000_000)]).toEqual([
      '100.00000 %',
      '99.99975 %',
      '99.99999 %',
    ])
  })

  it('counts copies of the edge, fresh or old, and of access', () => {
    const items = numbersOf({ ...traffic, requests: 200, hits: { edge: 80, stale: 10, access: 60 }, malformed: 3 })
    expect([figureOf(items, 'Answered from copies'), figureOf(items, 'Lines nobody can read')]).toEqual([75, 3])
  })
})
