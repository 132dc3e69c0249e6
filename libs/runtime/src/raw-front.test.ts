import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { systemClock } from '@gala/kernel'
import { afterEach, describe, expect, it } from '@jest/globals'
import type { Ready } from './door.js'
import { RawFront } from './raw-front.js'
import { fuzzRawFront } from './raw-fuzz.js'
import { readPlain } from './raw-request.js'
import { ReadyTexts } from './ready-text.js'

describe('the raw front', () => {
  let server: Server | undefined
  afterEach(() => server?.close().closeAllConnections())

  async function open(body: string) {
    let framework = 0
    server = createServer((_request, response) => {
      framework++
      response.end('from behind')
    })
    const head = ['content-length', String(body.length)]
    const ready: Ready = {
      status: 200,
      traceparent: 'one',
      age: 3,
      until: '@7',
      head,
      body: Buffer.from(body, 'latin1'),
    }
    const front = new RawFront(new ReadyTexts(systemClock), ({ url }) => (url === '/v1/hot' ? ready : undefined))
    front.guard(server)
    const { port } = await new Promise<AddressInfo>((done) =>
      server?.listen(0, '127.0.0.1', () => done(server?.address() as AddressInfo)),
    )
    return { port, front, behind: () => framework }
  }
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`
  const text = async (port: number, say: string, until: (got: string) => boolean) => {
    const socket = connect(port, '127.0.0.1').setEncoding('latin1')
    let got = ''
    const whole = new Promise<string>((done, failed) => {
      socket.on('data', (chunk) => {
        got += String(chunk)
        if (until(got)) done(got)
      })
      socket.on('error', failed).on('close', () => done(got))
    })
    socket.write(say)
    const all = await whole
    socket.destroy()
    return all
  }

  it('leaves a request that forces its trace to whoever can look at the token', () => {
    const plain = get('/v1/hot').replace('Host', 'traceparent: x\r\nHost')
    expect(readPlain(plain, 0)?.url).toBe('/v1/hot')
    expect(readPlain(plain.replace('traceparent', 'X-Gala-Trace'), 0)).toBeUndefined()
  })

  it('answers what is in memory itself, and hands the connection over with the first request that is not', async () => {
    const { port, behind, front } = await open('hot')
    const got = await text(
      port,
      get('/v1/hot') + get('/v1/cold') + get('/v1/hot'),
      (all) => all.split('HTTP/1.1 ').length > 3,
    )
    expect(got.match(/hot|from behind/g)).toEqual(['hot', 'from behind', 'from behind'])
    expect(behind()).toBe(2)
    while (front.connections > 0) await new Promise(setImmediate)
  })

  it('hands over a request that comes in pieces', async () => {
    const { port, behind, front } = await open('hot')
    const socket = connect(port, '127.0.0.1').setNoDelay()
    socket.write('GET /v1/hot HT')
    await new Promise((done) => server?.once('connection', done))
    while (front.connections > 0) await new Promise(setImmediate)
    const answer = new Promise((done) => socket.once('data', (chunk) => done(String(chunk))))
    socket.write('TP/1.1\r\nHost: x\r\n\r\n')
    expect(await answer).toContain('from behind')
    expect(behind()).toBe(1)
    socket.destroy()
  })

  it('keeps no more than a little in memory for somebody who asks and does not read', async () => {
    const body = 'x'.repeat(16_000)
    const { port } = await open(body)
    const socket = connect(port, '127.0.0.1').pause()
    const say = get('/v1/hot').repeat(200)
    let got = 0
    let held = 0
    server?.once('connection', (its) => {
      its.on('drain', () => {
        held = Math.max(held, its.writableLength)
      })
    })
    socket.write(say)
    socket.on('data', (chunk) => {
      got += chunk.length
    })
    socket.resume()
    while (got < 200 * body.length) await new Promise(setImmediate)
    expect(held).toBeLessThan(1_000_000)
    socket.destroy()
  })

  it('ends connections that wait for nothing when the process drains', async () => {
    const { port, front } = await open('hot')
    const socket = connect(port, '127.0.0.1')
    socket.write(get('/v1/hot'))
    await new Promise((done) => socket.once('data', done))
    const ended = new Promise((done) => socket.once('end', done))
    front.drain()
    await ended
  })

  it('answers thousands of good, odd and broken inputs as Node alone does', async () => {
    const { inputs, answered, handedOver, different } = await fuzzRawFront(20_261_122, 3_000)
    expect(different).toEqual([])
    expect(answered).toBeGreaterThan(inputs / 4)
    expect(handedOver).toBeGreaterThan(inputs / 10)
  })

  it.each([
    ['GET /v1/hot HTTP/1.1\r\n\r\n', 'without host'],
    ['GET /v1/hot HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n', 'twice the same header'],
    ['GET /v1/hot HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n', 'with a body'],
    ['GET /v1/hot HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 'the last of its connection'],
    ['GET /v1/hot HTTP/1.1\r\nHost : x\r\n\r\n', 'a place before the colon'],
    ['GET /v1/hot HTTP/1.1\nHost: x\n\n', 'bare line feeds'],
    [`GET /v1/${'x'.repeat(1_001)} HTTP/1.1\r\nHost: x\r\n\r\n`, 'a long address'],
    [`GET /v1/hot HTTP/1.1\r\nHost: x\r\n${'a: b\r\n'.repeat(60)}\r\n`, 'many headers'],
  ])('does not read %j: %s', (request) => {
    expect(readPlain(request, 0)).toBeUndefined()
  })
})
