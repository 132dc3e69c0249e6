import type { BreakerReport, ResilienceReport } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import { ruleSpecs } from './rules.js'

const breaker = (name: string, dc: string, state: BreakerReport['state'], over: Partial<BreakerReport> = {}) =>
  ({
    name,
    dc,
    state,
    mode: 'auto',
    nextProbeAt: null,
    reason: null,
    window: { calls: 0, failures: 0, slow: 0 },
    ...over,
  }) as BreakerReport
const nowMs = Date.UTC(2026, 0, 1)

/** What a rule makes of the breakers of one process in dc-a. */
const read = (id: string, ...breakers: BreakerReport[]) => {
  const reports = [{ breakers, shedding: null } as unknown as ResilienceReport]
  return ruleSpecs.find((spec) => spec.id === id)?.read({ dc: 'dc-a', nowMs, reports, own: [] }).value
}

describe('rules', () => {
  it('take nothing away while another data centre answers for what is gone here', () => {
    const here = breaker('application', 'dc-a', 'open')
    expect(read('breaker-application', here, breaker('application', 'dc-b', 'closed'))).toBe(0)
    expect(read('breaker-application', here, breaker('application', 'dc-b', 'half-open'))).toBe(1)
    expect(read('breaker-redis', breaker('redis', 'dc-a', 'open'), breaker('redis', 'dc-b', 'closed'))).toBe(1)
  })

  it('are not led by what operators have forced, nor by a breaker that nobody has asked for long', () => {
    expect(read('breaker-redis', breaker('redis', 'dc-a', 'open', { mode: 'forced-open' }))).toBeNull()
    const since = (ms: number) => new Date(nowMs - ms).toISOString()
    expect(read('breaker-redis', breaker('redis', 'dc-a', 'open', { nextProbeAt: since(59_000) }))).toBe(1)
    expect(read('breaker-redis', breaker('redis', 'dc-a', 'open', { nextProbeAt: since(61_000) }))).toBe(0)
  })

  it('neither raise nor lower on a breaker that lets some calls through again', () => {
    const spec = ruleSpecs.find(({ id }) => id === 'breaker-redis')
    const value = read('breaker-redis', breaker('redis', 'dc-a', 'ramping')) ?? Number.NaN
    expect([value > (spec?.raiseAbove ?? 0), value < (spec?.lowerBelow ?? 0)]).toEqual([false, false])
  })

  it('see no ratio in a few calls', () => {
    const of = (calls: number) =>
      breaker('redis', 'dc-a', 'closed', { window: { calls, failures: calls / 2, slow: 0 } })
    expect([read('failures', of(18)), read('failures', of(20))]).toEqual([0, 0.5])
  })
})
