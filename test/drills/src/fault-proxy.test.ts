import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Agent, request } from 'undici'
import { FaultProxy } from './fault-proxy.js'

let application: Server
let connections: number
let proxy: FaultProxy
let agent: Agent

beforeEach(async () => {
  connections = 0
  application = createServer((asked, answer) => {
    let body = ''
    asked.on('data', (chunk) => {
      body += chunk
    })
    asked.on('end', () => answer.setHeader('x-made-by', 'application').end(`${asked.method} ${asked.url} ${body}`))
  })
  application.on('connection', () => connections++)
  const to = await listen(application)
  const free = createServer()
  const port = new URL(await listen(free)).port
  await new Promise((resolve) => free.close(resolve))
  proxy = await FaultProxy.open(Number(port), to)
  agent = new Agent({ connections: 1 })
})

afterEach(async () => {
  await agent.destroy()
  await proxy.close()
  application.closeAllConnections()
  await new Promise((resolve) => application.close(resolve))
})

describe('a proxy that can be ill', () => {
  it('passes method, path, body and headers on, and the answer back', async () => {
    const { statusCode, headers, body } = await ask('/v1/x?y=1', { method: 'POST', body: 'hello' })
    expect([statusCode, headers['x-made-by'], await body.text()]).toEqual([200, 'application', 'POST /v1/x?y=1 hello'])
  })

  it('keeps connections on both sides', async () => {
    for (let i = 0; i < 5; i++) await (await ask()).body.dump()
    expect([proxy.connections, connections]).toEqual([1, 1])
  })

  it('counts what arrives, in every mode in which anything can', async () => {
    const fromMs = performance.now() - 1_000
    await (await ask()).body.dump()
    await proxy.become('errors')
    await (await ask()).body.dump()
    await proxy.become('hung')
    await givenUp(fromMs, 3)
    expect(proxy.arrivals.between(fromMs, performance.now() + 100)).toBe(3)
  })

  it('answers every second request 500 without a problem of ours', async () => {
    await proxy.become('errors')
    const statuses: number[] = []
    for (let i = 0; i < 6; i++) {
      const { statusCode, headers, body } = await ask()
      statuses.push(statusCode)
      await body.dump()
      if (statusCode === 500) expect(headers['content-type']).toBe('text/plain')
    }
    expect(statuses).toEqual([500, 200, 500, 200, 500, 200])
  })

  it('answers after three seconds while it is slow', async () => {
    await proxy.become('slow')
    const fromMs = performance.now()
    expect((await ask()).statusCode).toBe(200)
    expect(performance.now() - fromMs).toBeGreaterThanOrEqual(2_950)
  })

  it('answers nobody while it hangs, and late whoever still waits when that ends', async () => {
    await proxy.become('hung')
    const fromMs = performance.now() - 1_000
    await givenUp(fromMs, 1)
    const patient = ask()
    await arrived(fromMs, 2)
    await proxy.become('pass')
    expect((await patient).statusCode).toBe(200)
  })

  it('refuses connections while it is dead, resets those there are, and comes back on the same port', async () => {
    await proxy.become('hung')
    const asked = ask().catch((error: { code: string }) => error.code)
    while (proxy.connections === 0) await new Promise(setImmediate)
    await proxy.become('dead')
    expect(['ECONNRESET', 'UND_ERR_SOCKET']).toContain(await asked)
    await expect(ask()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await proxy.become('pass')
    expect((await ask()).statusCode).toBe(200)
  })

  it('remembers which traces it has seen', async () => {
    const traceId = 'a'.repeat(32)
    await ask('/', { headers: { traceparent: `00-${traceId}-${'b'.repeat(16)}-01` } })
    expect([proxy.saw(traceId), proxy.saw('c'.repeat(32))]).toEqual([true, false])
  })
})

async function arrived(fromMs: number, count: number) {
  while (proxy.arrivals.between(fromMs, performance.now() + 100) < count) await new Promise(setImmediate)
}

/** Somebody who asks, and goes away unanswered once that many have arrived. */
async function givenUp(fromMs: number, count: number) {
  const patience = new AbortController()
  const asked = ask('/', { signal: patience.signal })
  await Promise.race([arrived(fromMs, count), asked.then(() => {})])
  patience.abort()
  await expect(asked).rejects.toThrow()
}

const ask = (path = '/', options: Parameters<typeof request>[1] = {}) =>
  request(`${proxy.url}${path}`, { ...options, dispatcher: agent })

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
