import { VirtualClock } from '@gala/kernel/testing'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel'
import Opossum from 'opossum'
import { Governor, type Permit, type Verdict } from './governor.js'
import { processPolicy } from './policy.js'

/**
 * What opossum 10 and cockatiel 4 get wrong, each beside ours in the same history. A release that mends one of these fails
 * here, and the claim goes.
 */

/** A call whose end the test decides. */
function held() {
  const calls: { resolve: (value: string) => void; reject: (error: Error) => void }[] = []
  const action = () => new Promise<string>((resolve, reject) => calls.push({ resolve, reject }))
  return { calls, action }
}

const opossum = (action: () => Promise<string>, more: Opossum.Options = {}) =>
  new Opossum(action, {
    resetTimeout: 1_000,
    volumeThreshold: 3,
    timeout: false,
    rollingPercentilesEnabled: false,
    ...more,
  })

const failed = new Error('failed')

/** Ours on the same virtual time as the peers' timers. */
function ours() {
  const clock = new VirtualClock()
  const policy = { ...processPolicy, failuresInRow: 3, openMinMs: 1_000, openMaxMs: 1_000, probes: 1 }
  const governor = new Governor(policy, clock, () => 0.5)
  const call = (verdict: Verdict) => {
    const permit = governor.admit()
    if (permit) governor.settle(permit, verdict)
    return permit !== undefined
  }
  const held = (): Permit => {
    const permit = governor.admit()
    if (!permit) throw new Error('refused')
    return permit
  }
  return { clock, governor, call, held, policy }
}

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate'] }))
afterEach(() => void jest.useRealTimers())

describe('a success from before the trip that arrives while half-open', () => {
  it('closes opossum, although the dependency has not been seen to work', async () => {
    const { calls, action } = held()
    const breaker = opossum(action)
    const results = [1, 2, 3, 4, 5].map(() => breaker.fire().catch(() => 'failed'))
    for (const call of calls.slice(1)) call.reject(failed)
    await Promise.all(results.slice(1))
    expect(breaker.opened).toBe(true)
    await jest.advanceTimersByTimeAsync(1_000)
    expect(breaker.halfOpen).toBe(true)
    calls[0]?.resolve('late')
    await results[0]
    expect(breaker.closed).toBe(true)
    breaker.shutdown()
  })

  it('says nothing to ours', async () => {
    const { clock, governor, call, held } = ours()
    const late = held()
    for (let i = 0; i < 3; i++) call('failure')
    await clock.advance(1_000)
    expect(governor.state).toBe('half-open')
    governor.settle(late, 'success')
    expect(governor.state).toBe('half-open')
    expect(governor.totals.fenced).toBe(1)
  })
})

describe('a probe that hangs', () => {
  it('keeps opossum refusing for ever when it has no time-out', async () => {
    const { calls, action } = held()
    const breaker = opossum(action)
    const results = [1, 2, 3, 4].map(() => breaker.fire().catch(() => 'failed'))
    for (const call of calls) call.reject(failed)
    await Promise.all(results)
    await jest.advanceTimersByTimeAsync(1_000)
    breaker.fire().catch(() => {})
    await jest.advanceTimersByTimeAsync(3_600_000)
    await expect(breaker.fire()).rejects.toMatchObject({ code: 'EOPENBREAKER' })
    breaker.shutdown()
  })

  it('keeps everyone who calls through cockatiel waiting behind it', async () => {
    const policy = circuitBreaker(handleAll, { halfOpenAfter: 1_000, breaker: new ConsecutiveBreaker(3) })
    for (let i = 0; i < 3; i++) await policy.execute(() => Promise.reject(failed)).catch(() => {})
    expect(policy.state).toBe(CircuitState.Open)
    await jest.advanceTimersByTimeAsync(1_000)
    const { action } = held()
    void policy.execute(action)
    const settled: number[] = []
    for (let i = 0; i < 100; i++) {
      void policy.execute(() => Promise.resolve('well')).finally(() => settled.push(i))
    }
    await jest.advanceTimersByTimeAsync(3_600_000)
    expect(settled).toEqual([])
  })

  it('is given up by ours at its deadline; whoever calls meanwhile is refused at once', async () => {
    const { clock, governor, call, held, policy } = ours()
    for (let i = 0; i < 3; i++) call('failure')
    await clock.advance(1_000)
    held()
    expect(call('success')).toBe(false)
    await clock.advance(policy.probeDeadlineMs)
    expect(governor.view).toMatchObject({ state: 'open', reason: 'a probe was not answered' })
    await clock.advance(1_000)
    expect(call('success')).toBe(true)
    expect(governor.state).toBe('ramping')
  })
})

describe('a client error while half-open', () => {
  const notFound = Object.assign(new Error('there is no such thing'), { status: 404 })

  it('counts as recovery for opossum, although it is filtered', async () => {
    const { calls, action } = held()
    const breaker = opossum(action, { errorFilter: (error: { status?: number }) => error.status === 404 })
    const results = [1, 2, 3, 4].map(() => breaker.fire().catch(() => 'failed'))
    for (const call of calls) call.reject(failed)
    await Promise.all(results)
    await jest.advanceTimersByTimeAsync(1_000)
    const probe = breaker.fire().catch(() => 'failed')
    calls.at(-1)?.reject(notFound)
    await probe
    expect(breaker.closed).toBe(true)
    breaker.shutdown()
  })

  it('counts for nothing in ours', async () => {
    const { clock, governor, call } = ours()
    for (let i = 0; i < 3; i++) call('failure')
    await clock.advance(1_000)
    call('ignored')
    expect(governor.state).toBe('half-open')
  })
})

describe('the very first failure', () => {
  it('opens opossum as it comes out of the box', async () => {
    const breaker = new Opossum(() => Promise.reject(failed))
    await breaker.fire().catch(() => {})
    expect(breaker.opened).toBe(true)
    breaker.shutdown()
  })

  it('leaves ours closed, as it comes out of the box', () => {
    const governor = new Governor(processPolicy, new VirtualClock())
    const permit = governor.admit()
    if (permit) governor.settle(permit, 'failure')
    expect(governor.state).toBe('closed')
  })
})
