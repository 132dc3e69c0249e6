import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from '@jest/globals'
import { Pool } from 'undici'
import { Exchange } from './exchange.js'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

describe('an exchange with an application', () => {
  /** One connection to a server that answers so. */
  async function open(listener: RequestListener, maxResponseSize = 1_000_000) {
    const server = createServer(listener)
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    ends.push(() => server.closeAllConnections() ?? server.close())
    const pool = new Pool(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
      connections: 1,
      maxResponseSize,
    })
    ends.push(() => pool.destroy())
    return (path = '/') => {
      const exchange = new Exchange()
      pool.dispatch({ method: 'GET', path, headers: ['traceparent', 'x'] }, exchange)
      return exchange
    }
  }

  it('gives the whole answer, in however many pieces it comes', async () => {
    const begin = await open((_, response) => {
      response.writeHead(201, { 'x-gala-tags': 'a' })
      response.write('one ')
      setImmediate(() => response.end('two'))
    })
    const { status, headers, body } = await begin().reply
    expect([status, headers['x-gala-tags'], body.toString()]).toEqual([201, 'a', 'one two'])
  })

  it('has an empty body where none comes', async () => {
    const begin = await open((_, response) => void response.writeHead(204).end())
    expect((await begin().reply).body).toHaveLength(0)
  })

  it('does not send what was cancelled while it waited for a connection', async () => {
    const asked: string[] = []
    const answers: (() => void)[] = []
    const begin = await open((request, response) => {
      asked.push(request.url ?? '')
      answers.push(() => response.end())
    })
    const first = begin('/first')
    const second = begin('/second')
    second.cancel(new Error('too late'))
    await expect(second.reply).rejects.toThrow('too late')
    while (answers.length === 0) await new Promise((done) => setImmediate(done))
    answers[0]?.()
    await first.reply
    const third = begin('/third')
    while (answers.length === 1) await new Promise((done) => setImmediate(done))
    answers[1]?.()
    await third.reply
    expect(asked).toEqual(['/first', '/third'])
  })

  it('ends one under way, and one that swells', async () => {
    let arrived = () => {}
    let closed = false
    const there = new Promise<void>((resolve) => {
      arrived = resolve
    })
    const hung = await open((request) => {
      request.socket.on('close', () => {
        closed = true
      })
      arrived()
    })
    const exchange = hung()
    await there
    exchange.cancel(new Error('no answer in time'))
    await expect(exchange.reply).rejects.toThrow('no answer in time')
    while (!closed) await new Promise((done) => setImmediate(done))
    const swollen = await open((_, response) => void response.end('x'.repeat(2_000)), 1_000)
    await expect(swollen().reply).rejects.toThrow()
  })
})
