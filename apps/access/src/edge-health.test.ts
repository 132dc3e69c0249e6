import { describe, expect, it } from '@jest/globals'
import { edgeHealthOf } from './edge-health.js'

const facts = {
  dc: 'dc-a',
  instance: 'dc-a.access-1',
  processReady: true,
  ownPercent: 100,
  recent: { calls: 0, failures: 0, slow: 0 },
  down: [],
}
const answered = (calls: number, failures: number) => ({ calls, failures, slow: 0 })

describe('what a data centre tells a global load balancer', () => {
  it('goes by what was answered lately, not by what is connected', () => {
    const well = edgeHealthOf({ ...facts, recent: answered(1_000, 500), down: ['redis'] })
    expect(well).toMatchObject({ ready: true, by: 'outcome', good: 0.5, reason: null })
    const ill = edgeHealthOf({ ...facts, recent: answered(1_000, 501) })
    expect(ill).toMatchObject({ ready: false, by: 'outcome', reason: '499 of 1000 answers were good' })
  })

  it('goes by its dependencies while too little was answered to tell', () => {
    expect(edgeHealthOf({ ...facts, recent: answered(19, 19) })).toMatchObject({ ready: true, by: 'dependencies' })
    const ill = edgeHealthOf({ ...facts, recent: answered(19, 0), down: ['redis', 'application'] })
    expect(ill).toMatchObject({ ready: false, by: 'dependencies', reason: 'redis, application not reached' })
    expect(edgeHealthOf({ ...facts, recent: answered(20, 20) })).toMatchObject({ ready: false, by: 'outcome' })
  })

  it('says no while it is drained, however well it answers, and yes when only weighed', () => {
    const recent = answered(1_000, 0)
    expect(edgeHealthOf({ ...facts, recent, ownPercent: 0 })).toMatchObject({ ready: false, reason: 'drained' })
    expect(edgeHealthOf({ ...facts, recent, ownPercent: 1 })).toMatchObject({ ready: true })
  })

  it('says no while its process starts or stops', () => {
    const health = edgeHealthOf({ ...facts, processReady: false, recent: answered(1_000, 0) })
    expect(health).toMatchObject({ ready: false, by: 'process' })
  })
})
