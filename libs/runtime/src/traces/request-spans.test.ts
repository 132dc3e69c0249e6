import { publicApi, type Route } from '@gala/contracts'
import { askedAnew, type EndedSpan, tracedNow } from '@gala/kernel'
import { VirtualClock } from '@gala/kernel/testing'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import Fastify, { type FastifyInstance } from 'fastify'
import { traceOf } from '../trace.js'
import { forceToken } from './force-token.js'
import { addRequestSpans } from './request-spans.js'
import { TailSampler } from './tail-sampler.js'
import { Traces } from './traces.js'

const forceKey = new Uint8Array(32).fill(7)
const routes = [publicApi.events.detail, publicApi.likes.add] as unknown as Route[]

describe('spans of requests', () => {
  let server: FastifyInstance
  let kept: [name: string, why: string, attributes: object][]
  let clock: VirtualClock
  let seen: (string | undefined)[]

  beforeEach(() => {
    clock = new VirtualClock()
    kept = []
    seen = []
    const tail = new TailSampler<EndedSpan>({
      clock,
      oneIn: 1_000_000_000,
      write: (spans, why) =>
        kept.push(...spans.map((span): (typeof kept)[number] => [span.name, why, span.attributes])),
    })
    const onClose = async () => {}
    const traces = new Traces({ clock, tail, forceKey, decidedByAsker: false, onClose })
    server = Fastify()
    addRequestSpans(server, traces, routes)
    server.get('/v1/events/:id', async (request, reply) => {
      seen.push(tracedNow(), traceOf(request).traceId)
      if (askedAnew()) reply.header('x-gala-cache', 'miss')
      const { id } = request.params as { id: string }
      if (id === 'old') reply.header('x-gala-degraded', 'redis-unreachable')
      return reply.status(id === 'broken' ? 500 : id === 'none' ? 404 : 200).send({})
    })
    server.post('/v1/events/:id/likes', async () => {
      seen.push(tracedNow())
      return {}
    })
    server.get('/livez', async () => seen.push(tracedNow()))
  })
  afterEach(() => server.close())

  const ask = (url: string, headers: Record<string, string> = {}) => server.inject({ url, headers })

  it('keep what failed and what was degraded, and neither what was right nor what was not there', async () => {
    for (const id of ['gala', 'none', 'broken', 'old']) await ask(`/v1/events/${id}`)
    expect(
      kept.map(([, why, { 'gala.event': event }]: [string, string, { 'gala.event'?: string }]) => [event, why]),
    ).toEqual([
      ['broken', 'error'],
      ['old', 'degraded'],
    ])
    expect(kept[0]?.[2]).toMatchObject({ 'http.route': '/v1/events/:id', 'http.response.status_code': 500 })
  })

  it('are what the handler works within, also after a body', async () => {
    await ask('/v1/events/gala')
    expect(seen[0]).toMatch(/^[0-9a-f]{32}$/)
    expect(seen[1]).toBe(seen[0])
    const headers = { 'content-type': 'application/json' }
    await server.inject({ method: 'POST', url: '/v1/events/gala/likes', headers, payload: '{"count":1}' })
    expect(seen[2]).toMatch(/^[0-9a-f]{32}$/)
    expect(seen[2]).not.toBe(seen[0])
  })

  it('take up the trace they came with', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c'
    await ask('/v1/events/gala', { traceparent: `00-${traceId}-b7ad6b7169203331-01` })
    expect(seen).toEqual([traceId, traceId])
  })

  it('are kept when they are forced, and the handler is told', async () => {
    const token = forceToken(forceKey, clock.nowMs() + 1_000)
    const { headers } = await ask('/v1/events/gala', { 'x-gala-trace': token })
    expect(headers['x-gala-cache']).toBe('miss')
    expect(kept.map(([name, why]) => [name, why])).toEqual([['events.detail', 'forced']])
    await ask('/v1/events/gala', { 'x-gala-trace': `${token}0` })
    expect(kept).toHaveLength(1)
  })

  it('are not made of what is not in the table', async () => {
    await ask('/livez')
    expect(seen).toEqual([undefined])
  })
})
