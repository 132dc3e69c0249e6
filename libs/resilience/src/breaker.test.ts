import { systemClock } from '@gala/kernel'
import { VirtualClock } from '@gala/kernel/testing'
import { afterEach, describe, expect, it } from '@jest/globals'
import { NotCalled, type Result } from './breaker.js'
import { type BreakerId, Breakers } from './breakers.js'
import type { Verdict } from './governor.js'
import { processPolicy, storePolicy } from './policy.js'

const open: Breakers[] = []
afterEach(() => {
  for (const breakers of open.splice(0)) breakers.close()
})

const at = (target: string, dc = 'dc-a', name = 'application'): BreakerId => ({ name, dc, target })
const byError = <T>(result: Result<T>): Verdict => ('error' in result ? 'failure' : 'success')
const actuator = { capacity: 2, timeoutMs: 60_000 }
const failing = () => Promise.reject(new Error('failed'))
const fine = () => Promise.resolve('well')

function rig(transitions: string[] = []) {
  const clock = new VirtualClock()
  const breakers = new Breakers({
    clock,
    random: () => 0.5,
    onTransition: ({ target }, { from, to }) => transitions.push(`${target} ${from} → ${to}`),
  })
  open.push(breakers)
  return { clock, breakers, transitions }
}

const order = (more: object) => ({
  name: 'application',
  dc: null,
  mode: 'forced-open' as const,
  actor: 'anna',
  reason: 'a drill',
  position: 1,
  expiresAt: new Date(Date.UTC(2026, 0, 1, 0, 10)).toISOString(),
  ...more,
})

describe('a breaker', () => {
  it('makes no call while it is open', async () => {
    const { breakers } = rig()
    const breaker = breakers.add(at('one'), processPolicy, actuator)
    for (let i = 0; i < 8; i++) await breaker.run(failing, byError).catch(() => {})
    let called = 0
    await expect(breaker.run(async () => called++, byError)).rejects.toEqual(new NotCalled('open'))
    expect(called).toBe(0)
  })

  it('makes no more calls at once than its capacity, and does not hold that against the dependency', async () => {
    const { breakers } = rig()
    const breaker = breakers.add(at('one'), processPolicy, actuator)
    let end = () => {}
    const under = [1, 2].map(() =>
      breaker.run(
        () =>
          new Promise<void>((done) => {
            const before = end
            end = () => {
              before()
              done()
            }
          }),
        byError,
      ),
    )
    for (let i = 0; i < 20; i++) await expect(breaker.run(fine, byError)).rejects.toEqual(new NotCalled('full'))
    end()
    await Promise.all(under)
    expect(breakers.report()[0]).toMatchObject({ state: 'closed', totals: { failed: 0, ignored: 20 } })
    await expect(breaker.run(fine, byError)).resolves.toBe('well')
  })

  it('waits for no call longer than its time-out, whatever the caller allows', async () => {
    const breakers = new Breakers({ clock: systemClock })
    open.push(breakers)
    const breaker = breakers.add(at('one'), processPolicy, { capacity: 2, timeoutMs: 20 })
    await expect(breaker.run(() => new Promise(() => {}), byError)).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    expect(breakers.report()[0]?.totals.failed).toBe(1)
  })

  it('calls again after the dependency has recovered, although opossum saw it fail', async () => {
    const { breakers, clock } = rig()
    const breaker = breakers.add(at('one'), processPolicy, actuator)
    for (let i = 0; i < 9; i++) await breaker.run(failing, byError).catch(() => {})
    await clock.advance(1_000)
    for (let i = 0; i < 3; i++) expect(await breaker.run(fine, byError)).toBe('well')
    expect(breakers.report()[0]?.state).toBe('ramping')
  })
})

describe('a hierarchy of breakers', () => {
  it('opens the instances of a dependency on what they show together', async () => {
    const { breakers, transitions } = rig()
    const all = ['one', 'two', 'three', 'four', 'five', 'six'].map((target) =>
      breakers.add(at(target), processPolicy, actuator),
    )
    for (let i = 0; i < 7; i++) for (const breaker of all) await breaker.run(failing, byError).catch(() => {})
    expect(transitions).toHaveLength(6)
    expect(breakers.report()[5]?.reason).toMatch(/^application of dc-a: /)
  })

  it('leaves a healthy instance alone when others of its dependency fail', async () => {
    const { breakers } = rig()
    const [sick, well] = ['one', 'two'].map((target) => breakers.add(at(target), processPolicy, actuator))
    for (let i = 0; i < 60; i++) {
      await sick?.run(failing, byError).catch(() => {})
      await well?.run(fine, byError)
    }
    expect(breakers.report().map(({ state }) => state)).toEqual(['open', 'closed'])
  })

  it('does not open one dependency on a failure that only means something for another', async () => {
    const { breakers } = rig()
    const store = breakers.add(at('one', 'dc-a', 'redis'), storePolicy, actuator)
    const database = breakers.add(at('one', 'dc-a', 'mysql'), processPolicy, actuator)
    await database.run(failing, byError).catch(() => {})
    await store.run(failing, byError).catch(() => {})
    expect(breakers.report().map(({ state }) => state)).toEqual(['open', 'closed'])
  })

  it('looks at all dependencies of a data centre as one', async () => {
    const { breakers } = rig()
    const names = ['application', 'application.hot', 'application.chat', 'redis', 'mysql', 'kafka', 'mail']
    const all = names.map((name) => breakers.add(at('one', 'dc-a', name), processPolicy, actuator))
    const elsewhere = breakers.add(at('one', 'dc-b'), processPolicy, actuator)
    for (let i = 0; i < 6; i++) {
      for (const breaker of all) await breaker.run(failing, byError).catch(() => {})
      await elsewhere.run(fine, byError)
    }
    expect(breakers.report().map(({ state }) => state)).toEqual([...names.map(() => 'open'), 'closed'])
  })
})

describe('orders', () => {
  it('reach every instance of a dependency, in the data centre they name', async () => {
    const { breakers } = rig()
    breakers.add(at('one'), processPolicy, actuator)
    breakers.add(at('two', 'dc-b'), processPolicy, actuator)
    breakers.obey([order({ dc: 'dc-b' })])
    breakers.add(at('three', 'dc-b'), processPolicy, actuator)
    expect(breakers.report().map(({ mode }) => mode)).toEqual(['auto', 'forced-open', 'forced-open'])
  })

  it('end by themselves at their time', async () => {
    const { breakers, clock } = rig()
    breakers.add(at('one'), processPolicy, actuator)
    breakers.obey([order({})])
    await clock.advance(599_999)
    expect(breakers.report()[0]?.mode).toBe('forced-open')
    await clock.advance(1)
    expect(breakers.report()[0]).toMatchObject({ mode: 'auto', state: 'half-open', order: null })
  })

  it('for one dependency stand before those for all of a data centre', () => {
    const { breakers } = rig()
    breakers.add(at('one'), processPolicy, actuator)
    breakers.add(at('one', 'dc-a', 'redis'), processPolicy, actuator)
    breakers.obey([order({ name: 'dc', dc: 'dc-a' }), order({ mode: 'observe' })])
    expect(breakers.report().map(({ mode }) => mode)).toEqual(['observe', 'forced-open'])
  })

  it('are over when they are not in the next list', () => {
    const { breakers } = rig()
    breakers.add(at('one'), processPolicy, actuator)
    breakers.obey([order({ mode: 'forced-closed' })])
    breakers.obey([])
    expect(breakers.report()[0]).toMatchObject({ mode: 'auto', state: 'closed' })
  })
})

describe('a hint of another process', () => {
  it('makes this one probe early, and conclude by itself', async () => {
    const { breakers, clock } = rig()
    const breaker = breakers.add(at('one'), { ...processPolicy, repairGuessMs: 4_000 }, actuator)
    for (let i = 0; i < 8; i++) await breaker.run(failing, byError).catch(() => {})
    breakers.hint({ ...at('one'), recovered: true })
    await clock.advance(processPolicy.openMinMs)
    expect(breakers.report()[0]?.state).toBe('half-open')
  })
})
