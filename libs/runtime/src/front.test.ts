import { type RequestListener } from 'node:http'
import { connect } from 'node:net'
import { publicApi } from '@gala/contracts'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import Fastify from 'fastify'
import { dropExpired } from './deadline.js'
import type { Ready } from './door.js'
import { FrontRig } from './front-rig.js'

describe('the front', () => {
  let rig: FrontRig
  let context: FrontRig['context']
  let shedding: FrontRig['shedding']

  beforeEach(() => {
    rig = new FrontRig()
    ;({ context, shedding } = rig)
  })

  afterEach(() => rig.close())

  const overloaded = () => {
    jest.spyOn(shedding.shedder, 'admit').mockReturnValue(false)
    jest.spyOn(shedding.shedder, 'active', 'get').mockReturnValue(true)
  }

  const serve = (framework: RequestListener, internal = false) => rig.serve(framework, internal)

  const ready = (text: string): Ready => {
    const head = ['content-length', String(text.length)]
    return { status: 200, traceparent: 'one', age: 3, until: '@7', head, body: Buffer.from(text) }
  }
  const answering: RequestListener = (_request, response) => void response.end('answered')
  const blockFor = (ms: number) => {
    for (const untilMs = performance.now() + ms; performance.now() < untilMs; );
  }

  it('hands on what it lets in, and counts it until it has been answered', async () => {
    let during = 0
    const url = await serve((_request, response) => {
      during = shedding.report.inFlight
      response.end('answered')
    })
    expect(await (await fetch(`${url}/v1/events`)).text()).toBe('answered')
    expect(during).toBe(1)
    while (shedding.report.inFlight > 0) await new Promise(setImmediate)
  })

  it('refuses with a coded problem, when to come back, and the trace of the request', async () => {
    overloaded()
    const url = await serve(answering)
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const reply = await fetch(`${url}/v1/events/spring-gala/stats`, { headers: { traceparent } })
    expect(reply.status).toBe(503)
    expect(await reply.json()).toMatchObject({
      code: 'OVERLOADED',
      status: 503,
      retryable: true,
      traceId: '0af7651916cd43dd8448eb211c80319c',
    })
    expect(Object.fromEntries(reply.headers)).toMatchObject({
      'content-type': 'application/problem+json; charset=utf-8',
      'x-gala-dc': 'dc-a',
      'x-gala-degraded': 'overload',
      traceparent,
    })
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    expect(Number(reply.headers.get('retry-after'))).toBeLessThanOrEqual(5)
  })

  it('lets a body of the kind that matters more in as that, and whoever says something else as everybody', async () => {
    const admit = jest.spyOn(shedding.shedder, 'admit')
    const url = await serve(answering)
    for (const kind of ['gift', 'chat', '__proto__', undefined]) {
      await fetch(`${url}/v1/rooms/gala/messages`, { method: 'POST', headers: kind ? { 'x-gala-kind': kind } : {} })
    }
    const lesser = 'sheddable-plus'
    expect(admit.mock.calls.map(([criticality]) => criticality)).toEqual(['critical', lesser, lesser, lesser])
  })

  it('makes up a valid trace of its own for each refusal that came without one', async () => {
    overloaded()
    const url = await serve(answering)
    const traces = await Promise.all([1, 2].map(async () => (await fetch(`${url}/v1/time`)).headers.get('traceparent')))
    for (const trace of traces) expect(trace).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
    expect(new Set(traces).size).toBe(2)
  })

  it('keeps the connection after it has refused a request with a body', async () => {
    overloaded()
    const url = await serve(answering)
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    const post = 'POST /v1/events/x/likes HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello'
    let received = ''
    socket.on('data', (chunk) => {
      received += chunk.toString()
    })
    socket.write(post + post)
    while (received.split('HTTP/1.1 503').length < 3) await new Promise((resolve) => setTimeout(resolve, 1))
    socket.destroy()
  })

  it.each(['/livez', '/readyz', '/metrics', '/cachez', '/resiliencez', '/nowhere'])('never sheds %s', async (path) => {
    overloaded()
    const url = await serve(answering)
    expect(await (await fetch(url + path)).text()).toBe('answered')
  })

  it('asks the memory of the app first while anything is shed, and for what is left before it refuses', async () => {
    overloaded()
    const url = await serve(answering)
    shedding.copies = {
      fresh: (route) => (route === publicApi.events.list ? ready('fresh') : undefined),
      left: (route) => (route === publicApi.events.detail ? ready('left') : undefined),
      cut: () => undefined,
    }
    expect(await (await fetch(`${url}/v1/events`)).text()).toBe('fresh')
    expect(await (await fetch(`${url}/v1/events/x`)).text()).toBe('left')
    expect((await fetch(`${url}/v1/time`)).status).toBe(503)
  })

  it('lets past what is in memory whoever forces a trace, and nobody with a token that was made up', async () => {
    const looked: string[] = []
    const isForced = (token: string) => looked.push(token) > 0 && token === 'good'
    Object.assign(context, { traces: { isForced } })
    shedding.copies = { fresh: () => ready('fresh'), left: () => undefined, cut: () => undefined }
    const url = await serve(answering)
    const askedWith = async (headers: Record<string, string>) => (await fetch(`${url}/v1/events`, { headers })).text()
    expect(await askedWith({ 'x-gala-trace': 'good' })).toBe('answered')
    expect(await askedWith({ 'X-Gala-Trace': 'made up' })).toBe('fresh')
    expect(await askedWith({})).toBe('fresh')
    expect(looked).toEqual(['good', 'made up'])
  })

  describe('deadlines', () => {
    /** Asked right before the event loop is blocked: the request waits in the socket meanwhile. Resolves to the answer as it came. */
    async function askedBeforePause(url: string, pauseMs: number, timeoutMs: number): Promise<string> {
      const socket = connect(Number(new URL(url).port), '127.0.0.1')
      await new Promise((resolve) => socket.once('connect', resolve))
      // The server has taken up the connection when it has answered on it.
      socket.write('GET /livez HTTP/1.1\r\nhost: x\r\n\r\n')
      await new Promise((resolve) => socket.once('data', resolve))
      socket.write(`GET /v1/events HTTP/1.1\r\nhost: x\r\nx-gala-timeout-ms: ${timeoutMs}\r\n\r\n`)
      blockFor(pauseMs)
      const answer = await new Promise<Buffer>((resolve) => socket.once('data', resolve))
      socket.destroy()
      return answer.toString()
    }

    it('drops what waited longer than its asker does, and never hands it on', async () => {
      let begun = 0
      const url = await serve((request, response) => {
        if (request.url !== '/livez') begun++
        response.end('answered')
      }, true)
      expect(await askedBeforePause(url, 600, 250)).toMatch(/^HTTP\/1.1 503 .*"code":"DEADLINE_EXCEEDED"/s)
      expect([begun, shedding.report.expired]).toEqual([0, 1])
    })

    it('serves what still has time', async () => {
      const url = await serve(answering, true)
      expect(await askedBeforePause(url, 600, 1_900)).toMatch(/^HTTP\/1.1 200 /)
    })

    it.each(['-1', '0x1', '1e1', '', 'soon', '999999'])('does not look at %j for a time', async (asked) => {
      const url = await serve(answering, true)
      jest.spyOn(shedding.headroom, 'waitedMs', 'get').mockReturnValue(300)
      expect((await fetch(`${url}/v1/events`, { headers: { 'x-gala-timeout-ms': asked } })).status).toBe(200)
    })

    it('believes only our own processes how long they wait', async () => {
      const url = await serve(answering, false)
      jest.spyOn(shedding.headroom, 'waitedMs', 'get').mockReturnValue(300)
      expect((await fetch(`${url}/v1/events`, { headers: { 'x-gala-timeout-ms': '1' } })).status).toBe(200)
    })

    /** A framework that takes its time before the handler, and one whose asker may have gone by then. */
    async function slowToBegin(before: () => Promise<void>) {
      let begun = 0
      const app = Fastify({
        serverFactory: (framework: RequestListener) => {
          return rig.server(framework, true)
        },
      })
      app.addHook('onRequest', before)
      let dropped = 0
      dropExpired(app, context.clock, () => dropped++)
      app.get('/v1/events', async () => {
        begun++
        return 'answered'
      })
      const url = await app.listen({ port: 0, host: '127.0.0.1' })
      return { url, begun: () => begun, dropped: () => dropped }
    }

    it('drops what ran out of time before its handler began', async () => {
      const { url, begun, dropped } = await slowToBegin(() => context.clock.sleep(60))
      const reply = await fetch(`${url}/v1/events`, { headers: { 'x-gala-timeout-ms': '50' } })
      expect(await reply.json()).toMatchObject({ code: 'DEADLINE_EXCEEDED' })
      // On a machine this busy the front may have noticed already.
      expect([begun(), dropped() + shedding.report.expired]).toEqual([0, 1])
    })

    it('drops what nobody waits for any more, because its asker has hung up', async () => {
      let hangUp = () => {}
      const { url, begun, dropped } = await slowToBegin(async () => {
        hangUp()
        while (shedding.report.inFlight > 0) await context.clock.sleep(1)
      })
      const asker = new AbortController()
      hangUp = () => asker.abort()
      await expect(fetch(`${url}/v1/events`, { signal: asker.signal })).rejects.toThrow()
      while (dropped() === 0) await context.clock.sleep(1)
      expect(begun()).toBe(0)
    })
  })
})
