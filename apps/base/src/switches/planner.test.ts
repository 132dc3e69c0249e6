import type { Rung, SavingsFile, SwitchKey } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import { forecastOf } from './forecast.js'
import { painOf, plan, predicted } from './planner.js'

const amount = (value: number) => ({ value, low: value * 0.9, high: value * 1.1 })
const saving = (key: SwitchKey, rung: Rung, cpuMs: number): SavingsFile['savings'][number] => ({
  key,
  rung,
  cpuMs: amount(cpuMs),
  redisCommands: amount(cpuMs / 10),
  rowsRead: amount(0),
  bytesSent: amount(cpuMs * 100),
  lost: '',
})
const baseline = { cpuMs: 1_000, redisCommands: 100, rowsRead: 10, bytesSent: 1e6 }
const savings = [
  saving('stats', 'cached', 50),
  saving('stats', 'omit', 120),
  saving('bootstrap-stats', 'omit', 40),
  saving('bootstrap-programmes', 'omit', 60),
  saving('programmes', 'static', 90),
  saving('bootstrap', 'static', 400),
  saving('likes', 'omit', 70),
]
const sets = (share: number) =>
  plan({ baseline, savings }, share).map(({ set }) => set.map(({ key, rung }) => `${key}:${rung}`))

describe('planner', () => {
  it('finds the set that hurts least and saves as much as wanted, best first', () => {
    expect(sets(0.05)[0]).toEqual(['stats:cached'])
    expect(sets(0.09)[0]).toEqual(['stats:omit'])
    expect(sets(0.16)[0]).toEqual(['stats:omit', 'bootstrap-stats:omit'])
  })

  it('leaves alone what matters most as long as anything else is enough', () => {
    expect(sets(0.37)[0]?.join()).not.toMatch(/bootstrap:/)
    expect(sets(0.39)[0]?.join()).toMatch(/bootstrap:static/)
  })

  it('offers five sets at most, none of which holds another one', () => {
    const offered = sets(0.1)
    expect(offered).toHaveLength(5)
    for (const one of offered)
      for (const other of offered) if (one !== other) expect(one.every((step) => other.includes(step))).toBe(false)
  })

  it('offers nothing that does not reach what is wanted', () => {
    expect(sets(0.95)).toEqual([])
    for (const { share } of plan({ baseline, savings }, 0.25)) expect(share).toBeGreaterThanOrEqual(0.25)
  })

  it('counts no saving of a part that the whole has saved already', () => {
    const whole = [{ key: 'bootstrap', rung: 'static' }] as const
    const more = [...whole, { key: 'bootstrap-stats', rung: 'omit' } as const]
    expect(predicted(more, savings)).toEqual(predicted(whole, savings))
    expect(predicted(more.slice(1), savings)).toMatchObject({ cpuMs: 40, redisCommands: 4, bytesSent: 4_000 })
  })

  it('weighs a class more than all that lies below it', () => {
    expect(painOf({ key: 'likes', rung: 'cached' })).toBeGreaterThan(3 * 3 * painOf({ key: 'stats', rung: 'cached' }))
    expect(painOf({ key: 'stats', rung: 'omit' })).toBeGreaterThan(painOf({ key: 'stats', rung: 'cached' }))
  })
})

describe('forecast of a level', () => {
  const change = (key: SwitchKey, dc: string, from: Rung, to: Rung) => ({ key, dc, from, to })

  it('takes the mean of the data centres, and counts only what is saved beyond now', () => {
    const file = { measuredAt: '2026-01-01T00:00:00Z', baseline, mix: {}, savings }
    const changes = [change('stats', 'dc-a', 'cached', 'omit'), change('stats', 'dc-b', 'full', 'omit')]
    const { predicted: saved, loses } = forecastOf(changes, 2, file)
    expect(saved?.cpuMs).toBeCloseTo((120 - 50 + 120) / 2)
    expect(loses).toEqual(['no counts are shown'])
  })

  it('says that nothing was measured, and nothing of losses when more comes back than goes', () => {
    expect(forecastOf([change('stats', 'dc-a', 'omit', 'full')], 1, undefined)).toMatchObject({
      predicted: null,
      loses: [],
    })
  })
})
