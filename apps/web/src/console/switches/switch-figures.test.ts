import { rungs, type Saving, type Switchboard, type SwitchItem, type Traffic } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import {
  amount,
  behind,
  countOf,
  deepestSaving,
  type Effective,
  grouped,
  levelsOf,
  savingNowMs,
  torn,
} from './switch-figures.js'
import { leftOf, orderWords } from './switch-words.js'
import { flaw, orderBody } from './wish.js'

const effective = (dc: string, rung: Effective['rung'], counts: Partial<Effective['processes']>): Effective => ({
  dc,
  rung,
  source: 'manual',
  partial: false,
  processes: { full: 0, cached: 0, static: 0, omit: 0, ...counts },
})
const saving = (rung: Saving['rung'], value: number) => ({ rung, cpuMs: { value, low: value, high: value } }) as Saving

describe('figures of switches', () => {
  it('counts the processes on a rung against all that say anything', () => {
    expect(countOf(effective('dc-a', 'static', { static: 4 }))).toBe('4/4')
    const mixed = effective('dc-a', 'static', { static: 3, full: 1 })
    expect([countOf(mixed), torn(mixed)]).toEqual(['3/4', true])
  })

  it('groups by importance, what is cut first on top', () => {
    const items = [{ criticality: 'critical' }, { criticality: 'sheddable' }] as SwitchItem[]
    expect(grouped(items).map(({ criticality }) => criticality)).toEqual(['sheddable', 'critical'])
  })

  it('tells the saving of the lowest rung that was measured, and none when there is none', () => {
    const ladder = [...rungs]
    expect(
      deepestSaving({ ladder, savings: [saving('cached', 1), saving('static', 2)] } as unknown as SwitchItem),
    ).toEqual(saving('static', 2))
    expect(deepestSaving({ ladder, savings: [] } as unknown as SwitchItem)).toBeUndefined()
  })

  it('tells what is saved now at the traffic of the data centres that are lowered', () => {
    const item = {
      effective: [effective('dc-a', 'omit', {}), effective('dc-b', 'full', {})],
      savings: [saving('omit', 20)],
    } as unknown as SwitchItem
    const traffic = [{ dc: 'dc-a', perS: 500 } as Traffic, { dc: 'dc-b', perS: 9_000 } as Traffic]
    expect(savingNowMs(item, traffic)).toBe(10)
    expect(savingNowMs({ ...item, savings: [] }, traffic)).toBeUndefined()
  })

  it('names who is behind, and why as far as anybody knows', () => {
    const processes = [
      { name: 'a', position: 7, detail: null },
      { name: 'b', position: 6, detail: null },
      { name: 'c', position: null, detail: 'refuses connections' },
    ]
    expect(behind({ position: 7, processes } as unknown as Switchboard)).toEqual([
      { name: 'b', why: 'it has applied orders up to 6' },
      { name: 'c', why: 'refuses connections' },
    ])
  })

  it('tells whether data centres are on different levels', () => {
    const at = (...levels: number[]) => ({ level: { items: levels.map((level) => ({ level })) } }) as Switchboard
    expect([levelsOf(at(2, 2)), levelsOf(at(0, 2))]).toEqual([
      { highest: 2, differ: false },
      { highest: 2, differ: true },
    ])
  })

  it('writes amounts with as many digits as tell something', () => {
    expect([0, 12.34, 99.97, 512.4].map(amount)).toEqual(['0.0', '12.3', '100', '512'])
  })
})

describe('orders in words', () => {
  const noon = Date.UTC(2026, 1, 16, 12)
  const inMs = (ms: number) => ({ expiresAt: new Date(noon + ms).toISOString() })

  it('counts down to the end, the second that has begun included', () => {
    expect([inMs(723_000), inMs(1), inMs(0), { expiresAt: null }].map((order) => leftOf(order, noon))).toEqual([
      '12:03 left',
      '0:01 left',
      'ending now',
      '',
    ])
  })

  it('names whom an order holds for only when it is not everybody', () => {
    const order = { state: 'static', percent: 25, clientBelow: '2.1.0' } as Parameters<typeof orderWords>[0]
    expect(orderWords(order)).toBe('static for 25 % of viewers, clients below 2.1.0')
    expect(orderWords(undefined)).toBe('as level and rules say')
  })

  it('wants a reason, a share there can be, and a version', () => {
    const wish = { reason: 'r', dc: '', percent: 100, clientBelow: '', ttlMs: '' }
    expect(flaw(wish)).toBeUndefined()
    expect(
      [{ reason: '  ' }, { percent: 0 }, { clientBelow: 'two' }].map((over) => flaw({ ...wish, ...over })),
    ).toEqual(['Give a reason first.', expect.stringContaining('1 to 100'), expect.stringContaining('2.1.0')])
  })

  it('sends only what was narrowed, and of a release only where', () => {
    const wish = { reason: ' r ', dc: 'dc-a', percent: 25, clientBelow: '2.1', ttlMs: '60000' }
    const scope = { dc: 'dc-a', percent: 25, clientBelow: '2.1' }
    expect(orderBody(wish, 'omit', 7)).toEqual({ state: 'omit', reason: 'r', expectedRev: 7, scope, ttlMs: 60_000 })
    expect(orderBody(wish, 'auto', 7)).toEqual({ state: 'auto', reason: 'r', expectedRev: 7, scope: { dc: 'dc-a' } })
    const plain = { ...wish, dc: '', percent: 100, clientBelow: '', ttlMs: '' }
    expect(orderBody(plain, 'omit', 0)).toEqual({ state: 'omit', reason: 'r', expectedRev: 0 })
  })
})
