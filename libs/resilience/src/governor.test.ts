import { VirtualClock } from '@gala/kernel/testing'
import { describe, expect, it } from '@jest/globals'
import { Governor, type Permit, type Verdict } from './governor.js'
import { type BreakerPolicy, processPolicy } from './policy.js'

const policy: BreakerPolicy = { ...processPolicy, openMinMs: 100, openMaxMs: 60_000, repairGuessMs: 1_000 }

class Rig {
  readonly clock = new VirtualClock()
  readonly governor: Governor

  constructor(more: Partial<BreakerPolicy> = {}) {
    this.governor = new Governor({ ...policy, ...more }, this.clock, () => 0.5)
  }

  call(verdict: Verdict): boolean {
    const permit = this.governor.admit()
    if (permit) this.governor.settle(permit, verdict)
    return permit !== undefined
  }

  calls(count: number, verdict: Verdict) {
    for (let i = 0; i < count; i++) this.call(verdict)
  }

  /** Lets time pass in small steps with a call in each. */
  async under(verdict: Verdict, ms: number) {
    let admitted = 0
    for (let t = 0; t < ms; t += 10) {
      await this.clock.advance(10)
      if (this.call(verdict)) admitted++
    }
    return admitted
  }
}

const permitOf = (governor: Governor): Permit => {
  const permit = governor.admit()
  if (!permit) throw new Error('refused')
  return permit
}

describe('when it opens', () => {
  it('does not open on the first failure, nor on few', () => {
    const rig = new Rig()
    rig.calls(7, 'failure')
    expect(rig.governor.state).toBe('closed')
  })

  it('opens after failures in a row', () => {
    const rig = new Rig()
    rig.calls(8, 'failure')
    expect(rig.governor.view).toMatchObject({ state: 'open', reason: '8 failures in a row' })
    expect(rig.call('success')).toBe(false)
  })

  it('opens on a share of failures once there are enough calls to speak of shares', () => {
    const rig = new Rig()
    for (let i = 0; i < 19; i++) rig.call(i % 2 ? 'failure' : 'success')
    expect(rig.governor.state).toBe('closed')
    rig.call('failure')
    expect(rig.governor.view).toMatchObject({ state: 'open', reason: '10 of 20 failed' })
  })

  it('opens on a number of failures where the policy names one', () => {
    const rig = new Rig({ failures: 5 })
    for (let i = 0; i < 5; i++) {
      rig.calls(30, 'success')
      rig.call('failure')
    }
    expect(rig.governor.view.reason).toBe('5 failures')
  })

  it('opens on a share of slow calls, although they succeed', async () => {
    const rig = new Rig()
    const permits = Array.from({ length: 20 }, () => permitOf(rig.governor))
    await rig.clock.advance(policy.slowMs)
    for (const permit of permits) rig.governor.settle(permit, 'success')
    expect(rig.governor.view).toMatchObject({ state: 'open', reason: '20 of 20 were slow' })
  })

  it('forgets what is older than the window', async () => {
    const rig = new Rig()
    rig.calls(11, 'success')
    rig.calls(7, 'failure')
    await rig.clock.advance(policy.windowMs + policy.windowMs / 10)
    rig.calls(1, 'success')
    rig.calls(7, 'failure')
    expect(rig.governor.view).toMatchObject({ state: 'closed', window: { calls: 8, failures: 7 } })
  })

  it('takes client errors for nothing at all', () => {
    const rig = new Rig()
    rig.calls(7, 'failure')
    rig.calls(1000, 'ignored')
    expect(rig.governor.view).toMatchObject({ state: 'closed', window: { calls: 7 } })
    rig.call('failure')
    expect(rig.governor.state).toBe('open')
  })

  it('needs half the evidence after another process has tripped', () => {
    const rig = new Rig()
    rig.governor.hintTripped()
    rig.calls(4, 'failure')
    expect(rig.governor.state).toBe('open')
  })
})

describe('how it recovers', () => {
  it('probes, then lets 1, 5, 25 and 100 % through', async () => {
    const rig = new Rig({ minCalls: 1e6 })
    rig.calls(8, 'failure')
    await rig.clock.advance(1_000)
    expect(rig.governor.state).toBe('half-open')
    rig.calls(3, 'success')
    const admitted: number[] = []
    for (let step = 0; step < 3; step++) admitted.push(await rig.under('success', policy.rampStepMs))
    expect(admitted).toEqual([1, 5, 25].map((share) => expect.closeTo(share + 1, -0.4)))
    await rig.under('success', 20)
    expect(rig.governor.view).toMatchObject({ state: 'closed', admitted: 1 })
  })

  it('opens again, for longer, when a probe fails', async () => {
    const rig = new Rig()
    rig.calls(8, 'failure')
    await rig.clock.advance(1_000)
    rig.call('failure')
    expect(rig.governor.view).toMatchObject({ state: 'open', reason: 'a probe failed' })
    await rig.clock.advance(1_499)
    expect(rig.governor.state).toBe('open')
    await rig.clock.advance(1)
    expect(rig.governor.state).toBe('half-open')
  })

  it('opens again when too much of what a step lets through fails', async () => {
    const rig = new Rig()
    rig.calls(8, 'failure')
    await rig.clock.advance(1_000)
    rig.calls(3, 'success')
    await rig.under('success', policy.rampStepMs)
    await rig.under('failure', policy.rampStepMs)
    expect(rig.governor.state).toBe('open')
  })

  it('opens again when what a step lets through is not answered at all', async () => {
    const rig = new Rig()
    rig.calls(8, 'failure')
    await rig.clock.advance(1_000)
    rig.calls(3, 'success')
    permitOf(rig.governor)
    await rig.clock.advance(policy.rampStepMs + policy.probeDeadlineMs)
    expect(rig.governor.view.reason).toBe('no call of a step was answered')
  })

  it('gives the place of a probe that says nothing to another', async () => {
    const rig = new Rig()
    rig.calls(8, 'failure')
    await rig.clock.advance(1_000)
    expect([1, 2, 3, 4].map(() => rig.call('ignored'))).toEqual([true, true, true, true])
    expect(rig.governor.state).toBe('half-open')
    rig.calls(3, 'success')
    expect(rig.governor.state).toBe('ramping')
  })

  it('learns how long repairs take, and leaves the dependency alone for that long', async () => {
    const rig = new Rig({ ramp: [], probes: 1 })
    for (let outage = 0; outage < 12; outage++) {
      rig.calls(8, 'failure')
      const brokenMs = 5_000
      await rig.under('failure', brokenMs - 10)
      while (rig.governor.state !== 'closed') await rig.under('success', 10)
      await rig.under('success', 5_000)
    }
    expect(rig.governor.view.repairMs).toBeGreaterThan(4_000)
    expect(rig.governor.view.repairMs).toBeLessThan(6_500)
  })

  it('learns to wait less after it has waited too long', async () => {
    const rig = new Rig({ ramp: [], probes: 1, repairGuessMs: 40_000 })
    for (let outage = 0; outage < 20; outage++) {
      rig.calls(8, 'failure')
      while (rig.governor.state !== 'closed') await rig.under('success', 10)
      await rig.under('success', 5_000)
    }
    expect(rig.governor.view.repairMs).toBeLessThan(3_000)
  })

  it('is probed early when another process has seen it work', async () => {
    const rig = new Rig({ repairGuessMs: 30_000 })
    rig.calls(8, 'failure')
    rig.governor.hintRecovered()
    await rig.clock.advance(policy.openMinMs)
    expect(rig.governor.state).toBe('half-open')
  })
})

describe('what operators order', () => {
  it('refuses everything while forced open, and probes first when released', async () => {
    const rig = new Rig()
    rig.governor.mode = 'forced-open'
    await rig.clock.advance(3_600_000)
    expect(rig.call('success')).toBe(false)
    rig.governor.mode = 'auto'
    expect(rig.governor.state).toBe('half-open')
  })

  it('refuses nothing while forced closed, whatever fails', () => {
    const rig = new Rig()
    rig.calls(8, 'failure')
    rig.governor.mode = 'forced-closed'
    rig.calls(100, 'failure')
    expect(rig.governor.view).toMatchObject({ state: 'closed', window: { calls: 100 } })
  })

  it('judges and refuses nothing while it only observes', async () => {
    const rig = new Rig()
    rig.governor.mode = 'observe'
    rig.calls(8, 'failure')
    expect(rig.governor.state).toBe('open')
    expect(rig.call('success')).toBe(true)
    expect(rig.governor.state).toBe('open')
    await rig.clock.advance(1_000)
    rig.calls(4, 'success')
    expect(rig.governor.state).toBe('ramping')
  })
})
