import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { BreakerReport } from '@gala/contracts'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { BreakerWatch } from './breaker-watch.js'

const target = '127.0.0.1:9'
const zero = { admitted: 0, refused: 0, succeeded: 0, failed: 0, slow: 0, ignored: 0, fenced: 0, trips: 0 }

let access: Server
let asked: number
let shown: { state: BreakerReport['state']; agoMs: number; trips: number; admitted: number }
let watch: BreakerWatch

beforeEach(async () => {
  asked = 0
  shown = { state: 'closed', agoMs: 10_000, trips: 0, admitted: 100 }
  access = createServer((_, response) => {
    asked++
    response.end(JSON.stringify(report()))
  })
  await new Promise<void>((resolve) => access.listen(0, '127.0.0.1', resolve))
  watch = new BreakerWatch([`http://127.0.0.1:${(access.address() as AddressInfo).port}`], target)
})

afterEach(async () => {
  await watch.stop()
  access.closeAllConnections()
  await new Promise((resolve) => access.close(resolve))
})

describe('watching breakers', () => {
  it('tells of an opening from the first trip to the close that lasted', async () => {
    const fromMs = performance.now()
    await show({})
    await show({ state: 'open', agoMs: 0, trips: 1 })
    await show({ state: 'ramping', agoMs: 0 })
    await show({ state: 'open', agoMs: 0, trips: 2 })
    const shutMs = performance.now()
    await show({ state: 'ramping', agoMs: 0 })
    await show({ state: 'closed', agoMs: 0 })
    const [opening, ...others] = watch.openings(fromMs, performance.now())
    expect(others).toEqual([])
    expect(opening).toMatchObject({ process: 'dc-a.access-1', reason: 'why', trips: 2, repairMs: 1_234 })
    expect(opening?.openedMs).toBeLessThan(shutMs)
    expect(opening?.ramping).toBeGreaterThan(shutMs - 5)
    expect(opening?.closedMs).toBeGreaterThan(opening?.ramping ?? 0)
  })

  it('tells of none where the breaker stayed closed', async () => {
    const fromMs = performance.now()
    await show({})
    expect([watch.processes, watch.openings(fromMs, performance.now())]).toEqual([['dc-a.access-1'], []])
  })

  it('counts what was let through since it looks, and goes on after a process began anew', async () => {
    const fromMs = performance.now()
    await show({})
    await show({ admitted: 107 })
    await show({ admitted: 2 })
    await show({ admitted: 5 })
    expect(watch.admitted.between(fromMs, performance.now() + 200)).toBe(10)
  })
})

/** Shows this until it has been looked at. */
async function show(change: Partial<typeof shown>) {
  shown = { ...shown, ...change }
  since = new Date(performance.timeOrigin + performance.now() - shown.agoMs).toISOString()
  // The second look from now has certainly seen it, and the one before has been noted.
  const enough = asked + 2
  while (asked < enough) await new Promise(setImmediate)
}

let since = new Date().toISOString()

function report() {
  const { state, trips, admitted } = shown
  const mine = { name: 'application', dc: 'dc-a', target, state, mode: 'auto', since, reason: 'why', order: null }
  const rest = {
    admitted: 1,
    nextProbeAt: null,
    probing: 0,
    repairMs: 1_234,
    window: { calls: 0, failures: 0, slow: 0 },
  }
  const breaker = { ...mine, ...rest, totals: { ...zero, trips, admitted } }
  const breakers = [{ ...breaker, target: '127.0.0.1:10', state: 'open' }, breaker]
  return {
    app: 'access',
    dc: 'dc-a',
    instance: 'dc-a.access-1',
    position: 0,
    appliedAt: null,
    breakers,
    shedding: null,
    limits: [],
    refused: null,
    switches: [],
    traffic: null,
  }
}
