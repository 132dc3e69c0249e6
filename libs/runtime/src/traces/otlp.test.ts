import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { EndedSpan } from '@gala/kernel'
import { VirtualClock } from '@gala/kernel/testing'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { OtlpExport } from './otlp.js'
import { TailSampler } from './tail-sampler.js'
import { Traces } from './traces.js'

const place = { service: 'access', instance: 'dc-a.access-1', dc: 'dc-a' }

interface Received {
  resourceSpans: {
    resource: { attributes: { key: string; value: { stringValue?: string } }[] }
    scopeSpans: { spans: { traceId: string; spanId: string; parentSpanId?: string; name: string }[] }[]
  }[]
}

describe('kept spans for a collector', () => {
  let status: number
  let received: Received[]
  let server: Server
  let url: string
  let clock: VirtualClock

  beforeEach(async () => {
    status = 200
    received = []
    clock = new VirtualClock()
    server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        received.push(JSON.parse(Buffer.concat(chunks).toString()) as Received)
        response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
      })
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`
  })

  afterEach(() => void server.close().closeAllConnections())

  function spansInto(otlp: OtlpExport, count: number) {
    const tail = new TailSampler<EndedSpan>({ clock, oneIn: 1, write: (spans) => otlp.add(spans) })
    const forceKey = undefined
    const traces = new Traces({ clock, tail, forceKey, decidedByAsker: false, onClose: async () => {} })
    const end = { failed: false, degraded: false, tookMs: 1, slowMs: 500 }
    for (let i = 0; i < count; i++) traces.begin(`span ${i}`, {}, { kind: 'server', force: 'a token' }).over(end)
  }

  it('arrive as OTLP, with whose they are', async () => {
    const otlp = new OtlpExport(url, place, clock)
    spansInto(otlp, 3)
    await otlp.close()
    const [first] = received.flatMap(({ resourceSpans }) => resourceSpans)
    expect(first?.scopeSpans[0]?.spans.map(({ name }) => name)).toEqual(['span 0', 'span 1', 'span 2'])
    expect(first?.scopeSpans[0]?.spans[0]?.traceId).toMatch(/^[0-9a-f]{32}$/)
    expect(first?.resource.attributes).toContainEqual({ key: 'service.name', value: { stringValue: 'gala-access' } })
    expect([otlp.sent, otlp.dropped]).toEqual([3, 0])
  })

  it('are dropped and counted when it does not take them', async () => {
    status = 400
    const otlp = new OtlpExport(url, place, clock)
    spansInto(otlp, 2)
    await otlp.close()
    expect([otlp.sent, otlp.dropped]).toEqual([0, 2])
  })

  it('wait in a queue with an end', async () => {
    const otlp = new OtlpExport(url, place, clock)
    spansInto(otlp, 4_100)
    expect(otlp.dropped).toBe(4)
    await otlp.close()
    expect(otlp.sent).toBe(4_096)
  })
})
