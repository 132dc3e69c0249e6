import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { VirtualClock } from '@gala/kernel/testing'
import { afterEach, describe, expect, it } from '@jest/globals'
import { bounds } from './bounds.js'
import type { Ready } from './door.js'
import { headOf, isPlain, ReadyTexts } from './ready-text.js'

type Write = (request: IncomingMessage, response: ServerResponse) => void

describe('answers as text', () => {
  const servers: Server[] = []
  afterEach(() => {
    for (const server of servers.splice(0)) server.close().closeAllConnections()
  })

  const now = { traceparent: 'one', age: 3, until: '@7' }
  const head = (length: number) => ['vary', 'accept-encoding', 'content-length', String(length)]
  const answer = (text: string): Ready => ({
    status: 200,
    ...now,
    head: head(text.length),
    body: Buffer.from(text, 'latin1'),
  })
  const texts = new ReadyTexts(new VirtualClock())

  /** Everything that is answered to what is said, without the date. */
  async function answered(write: Write, say: string): Promise<string> {
    const server = createServer(bounds, write)
    servers.push(server)
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true })
    let got = ''
    const over = new Promise<void>((done) => socket.on('close', () => done()).on('end', () => socket.end()))
    socket.setEncoding('latin1').on('data', (text) => {
      got += String(text)
    })
    socket.end(say)
    await over
    return got.replace(/Date: [^\r]*/g, 'Date:')
  }
  const documented =
    (ready: Ready): Write =>
    (_request, response) =>
      void response.writeHead(ready.status, headOf(ready)).end(ready.body)

  const lines = (method: string, version = '1.1', ...more: string[]) =>
    [`${method} / HTTP/${version}`, 'Host: x', ...more, '', ''].join('\r\n')
  const unchanged: Ready = { status: 304, ...now, head: head(0).slice(0, -2), body: Buffer.alloc(0) }

  it.each([
    ['a GET', lines('GET'), answer('{"a":"\xe9\xff"}')],
    ['an empty body', lines('GET'), answer('')],
    ['a large body', lines('GET'), answer('x'.repeat(40_000))],
    ['a HEAD', lines('HEAD'), answer('{}')],
    ['what has not changed', lines('GET'), unchanged],
    ['one after the other on one connection', lines('GET') + lines('HEAD') + lines('GET'), answer('{}')],
    ['the last one of a connection', lines('GET', '1.1', 'Connection: close'), answer('{}')],
    ['HTTP/1.0', lines('GET', '1.0'), answer('{}')],
    ['HTTP/1.0 that goes on', lines('GET', '1.0', 'Connection: keep-alive'), answer('{}')],
    ['who waits to be told to go on', lines('GET', '1.1', 'Expect: 100-continue'), answer('{}')],
    ['a body nobody reads', `${lines('POST', '1.1', 'Content-Length: 5')}hello${lines('GET')}`, answer('{}')],
  ])('are what Node writes: %s', async (_, say, ready) => {
    const got = await answered((request, response) => texts.write(ready, request, response), say)
    expect(got).toBe(await answered(documented(ready), say))
    expect(got).toContain('traceparent: one')
  })

  it('stand in the place of the head on this Node, and Node says that it has been sent', async () => {
    const seen: unknown[] = []
    await answered((request, response) => {
      seen.push(isPlain(request, response))
      texts.write(answer('{}'), request, response)
      seen.push(response.headersSent, response.writableEnded, isPlain(request, response))
      response.once('finish', () => seen.push(response.statusCode))
    }, lines('GET'))
    expect(seen).toEqual([true, true, true, false, 200])
  })

  it('say of their trace, their age and their time at the edge what is so now', () => {
    const ready = answer('{}')
    const first = texts.of(ready, 'GET')
    Object.assign(ready, { traceparent: 'two', age: 4, until: '@8' })
    const moved = first.replace('traceparent: one', 'traceparent: two').replace('age: 3', 'age: 4').replace('@7', '@8')
    expect(texts.of(ready, 'GET')).toBe(moved)
    expect(moved).toContain('\r\nx-accel-expires: @8\r\n')
  })

  it('say the same until the second is over', async () => {
    const clock = new VirtualClock()
    const own = new ReadyTexts(clock)
    const ready = answer('{}')
    const dateOf = () => /Date: ([^\r]*)/.exec(own.of(ready, 'GET'))?.[1]
    const first = dateOf()
    expect(Date.parse(first ?? '')).toBe(Math.floor(clock.nowMs() / 1_000) * 1_000)
    await clock.advance(1_000)
    expect(Date.parse(dateOf() ?? '') - Date.parse(first ?? '')).toBe(1_000)
  })
})
