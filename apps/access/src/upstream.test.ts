import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AppError } from '@gala/contracts'
import { systemClock } from '@gala/kernel'
import { Breakers, ConcurrencyLimit, RetryBudget } from '@gala/resilience'
import { afterEach, describe, expect, it } from '@jest/globals'
import { openTargets, type TargetAddress } from './targets.js'
import { Upstream } from './upstream.js'

const opened: { close(): unknown }[] = []
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close()
})

/** A real HTTP server on loopback that counts what it is asked. */
async function application(listener: RequestListener) {
  let asked = 0
  const server: Server = createServer((request, response) => {
    asked++
    listener(request, response)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  opened.push({
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked }
}

const says =
  (status: number, body: unknown): RequestListener =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
const problem = (code: string, status: number) => ({
  type: 'x',
  title: 'x',
  status,
  code,
  detail: 'why',
  retryable: true,
  traceId: '0',
})
const request = {
  method: 'GET' as const,
  path: '/v1/time',
  traceparent: '00-0-0-01',
  criticality: 'critical' as const,
  timeoutMs: 20_000,
}
/** Nobody listens there. */
const nobody = 'http://127.0.0.1:9'

function upstream(
  own: string[],
  others: string[],
  pools: TargetAddress[] = [],
  limit?: ConcurrencyLimit,
  ownFirst: (traceparent: string) => boolean = () => true,
) {
  const counts = { failures: 0, hedges: 0 }
  const breakers = new Breakers({ clock: systemClock })
  const addresses = [
    ...own.map((url) => ({ pool: 'application', dc: 'dc-a', url })),
    ...others.map((url) => ({ pool: 'application', dc: 'dc-b', url })),
    ...pools,
  ]
  const budget = new RetryBudget(systemClock)
  const made = new Upstream({
    targets: openTargets(addresses, 'dc-a', breakers, () => limit),
    ownFirst,
    clock: systemClock,
    budget,
    onFailure: () => counts.failures++,
    onHedge: () => counts.hedges++,
    ownDelayMs: () => 0,
  })
  opened.push(made, breakers)
  const states = () => breakers.report().map(({ state }) => state)
  return { ask: (more = {}) => made.ask({ ...request, ...more }), counts, budget, breakers, states }
}

describe('asking the application', () => {
  it('stays in the own data centre while it answers, each instance in turn', async () => {
    const [one, two, far] = await Promise.all([1, 2, 3].map((n) => application(says(200, { n }))))
    const { ask } = upstream([one?.url ?? '', two?.url ?? ''], [far?.url ?? ''])
    for (let i = 0; i < 4; i++) await ask()
    expect([one?.asked(), two?.asked(), far?.asked()]).toEqual([2, 2, 0])
  })

  it('goes on to the other data centre when nobody answers here, and then spares the dead one', async () => {
    const far = await application(says(200, { far: true }))
    const { ask, counts, states } = upstream([nobody], [far.url])
    for (let i = 0; i < 15; i++) expect((await ask()).status).toBe(200)
    expect([far.asked(), counts.failures]).toEqual([15, 8])
    expect(states()).toEqual(['open', 'closed'])
  })

  it('does not wait for a hung instance as long as the caller would', async () => {
    const hung = await application(() => {})
    const far = await application(says(200, {}))
    const { ask } = upstream([hung.url], [far.url])
    expect((await ask({ timeoutMs: 500 })).status).toBe(200)
  })

  it('takes a refusal of the caller as the answer, without asking anybody else', async () => {
    const here = await application(says(404, problem('EVENT_NOT_FOUND', 404)))
    const far = await application(says(200, {}))
    const { ask } = upstream([here.url], [far.url])
    expect((await ask()).status).toBe(404)
    expect(far.asked()).toBe(0)
  })

  it('refuses with what the last one said, or in its own words', async () => {
    const sick = await application(says(503, problem('DATABASE_UNAVAILABLE', 503)))
    const rambling = await application((_, response) => response.writeHead(500).end('<html>'))
    const codeOf = (outcome: Promise<unknown>) => outcome.then(String, (error: unknown) => (error as AppError).code)
    expect(await codeOf(upstream([nobody], [sick.url]).ask())).toBe('DATABASE_UNAVAILABLE')
    expect(await codeOf(upstream([sick.url], [rambling.url]).ask())).toBe('UPSTREAM_UNAVAILABLE')
    expect(await codeOf(upstream([nobody], []).ask())).toBe('UPSTREAM_UNAVAILABLE')
  })

  it('asks a second instance when a read takes unusually long, and takes the answer that comes first', async () => {
    const hung = await application(() => {})
    const far = await application(says(200, { far: true }))
    const { ask, counts } = upstream([hung.url], [far.url])
    const answer = await ask({ timeoutMs: 5_000 })
    expect(JSON.parse(answer.body.toString())).toEqual({ far: true })
    expect(counts).toEqual({ failures: 0, hedges: 1 })
  })

  it('does not ask twice at once for a write', async () => {
    let answerIt = () => {}
    const slow = await application((_, response) => {
      answerIt = () => response.writeHead(200).end('{}')
    })
    const far = await application(says(200, {}))
    const { ask, counts } = upstream([slow.url], [far.url])
    const asked = ask({ method: 'POST', body: '{}', timeoutMs: 5_000 })
    const late = systemClock.after(700, () => answerIt())
    expect((await asked).status).toBe(200)
    late()
    expect([far.asked(), counts.hedges]).toEqual([0, 0])
  })

  it('makes second attempts only as far as the budget goes', async () => {
    const sick = await application(says(503, problem('COUNTERS_UNAVAILABLE', 503)))
    const far = await application(says(200, {}))
    const { ask, budget } = upstream([sick.url], [far.url])
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, () =>
        ask().then(
          () => 1,
          () => 0,
        ),
      ),
    )
    const helped = outcomes.reduce((sum: number, one) => sum + one, 0)
    expect(helped).toBe(budget.counts.seconds)
    expect(helped).toBeGreaterThanOrEqual(50)
    expect(helped).toBeLessThan(70)
  })

  it('does not hold refusals that have a code against the instance', async () => {
    const without = await application(says(503, problem('DATABASE_UNAVAILABLE', 503)))
    const { ask, states } = upstream([without.url], [])
    for (let i = 0; i < 20; i++) await ask().catch(() => {})
    expect(states()).toEqual(['closed'])
  })

  it('leaves an instance alone that answers with errors', async () => {
    const sick = await application((_, response) => response.writeHead(500).end('<html>'))
    const { ask, states } = upstream([sick.url], [])
    for (let i = 0; i < 20; i++) await ask().catch(() => {})
    expect(states()).toEqual(['open'])
    expect(sick.asked()).toBe(8)
  })

  it('refuses at once, and asks no other data centre, when as much is under way as can be done', async () => {
    const hung = await application(() => {})
    const far = await application(says(200, {}))
    const limit = new ConcurrencyLimit({ clock: systemClock, startAt: 2, min: 2 })
    const { ask } = upstream([hung.url], [far.url], [], limit)
    const under = [1, 2].map(() => ask({ method: 'POST', timeoutMs: 500 }).catch(() => {}))
    await expect(ask()).rejects.toMatchObject({ code: 'OVERLOADED' })
    await Promise.all(under)
  })

  it('asks the pool it is told to, and the usual one when that is not known here', async () => {
    const [usual, hot] = await Promise.all([1, 2].map(() => application(says(200, {}))))
    const { ask } = upstream([usual?.url ?? ''], [], [{ pool: 'hot', dc: 'dc-a', url: hot?.url ?? '' }])
    await ask({ pool: 'hot' })
    await ask({ pool: 'unknown' })
    expect([usual?.asked(), hot?.asked()]).toEqual([1, 1])
  })

  it('asks another data centre first where operators have weighed it so, and the own one when that does not answer', async () => {
    const here = await application(says(200, { here: true }))
    const far = await application(says(200, {}))
    const drained = () => false
    const { ask } = upstream([here.url], [far.url], [], undefined, drained)
    await ask()
    expect([here.asked(), far.asked()]).toEqual([0, 1])
    const { ask: alone } = upstream([here.url], [nobody], [], undefined, drained)
    for (let i = 0; i < 15; i++) expect((await alone()).status).toBe(200)
    expect(here.asked()).toBe(15)
  })

  it('comes home with what it was to ask elsewhere when there is no room there', async () => {
    const here = await application(says(200, {}))
    const hung = await application(() => {})
    const breakers = new Breakers({ clock: systemClock })
    opened.push(breakers)
    const addresses = [here, hung].map(({ url }, i) => ({ pool: 'application', dc: ['dc-a', 'dc-b'][i] ?? '', url }))
    const limits = [4, 1].map((n) => new ConcurrencyLimit({ clock: systemClock, startAt: n, min: 1 }))
    const made = new Upstream({
      targets: openTargets(addresses, 'dc-a', breakers, () => limits.shift()),
      ownFirst: () => false,
      clock: systemClock,
      budget: new RetryBudget(systemClock),
      onFailure: () => {},
      onHedge: () => {},
      ownDelayMs: () => 0,
    })
    opened.push(made)
    const under = made.ask({ ...request, method: 'POST', timeoutMs: 2_000 })
    expect((await made.ask(request)).status).toBe(200)
    await under
  })

  it('does not let a pool in trouble spill over into the others', async () => {
    const usual = await application(says(200, {}))
    const { ask } = upstream([usual.url], [], [{ pool: 'hot', dc: 'dc-a', url: nobody }])
    await expect(ask({ pool: 'hot' })).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' })
    expect(usual.asked()).toBe(0)
  })
})
