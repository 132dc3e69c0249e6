import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AppError } from '@gala/contracts'
import { systemClock } from '@gala/kernel'
import { afterEach, describe, expect, it } from '@jest/globals'
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
  timeoutMs: 2_000,
}
/** Nobody listens there. */
const nobody = 'http://127.0.0.1:9'

function upstream(own: string[], others: string[]) {
  let failures = 0
  const made = new Upstream(own, others, systemClock, () => failures++)
  opened.push(made)
  return { ask: (more = {}) => made.ask({ ...request, ...more }), failures: () => failures }
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
    const { ask, failures } = upstream([nobody], [far.url])
    for (let i = 0; i < 5; i++) expect((await ask()).status).toBe(200)
    expect([far.asked(), failures()]).toEqual([5, 1])
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
})
