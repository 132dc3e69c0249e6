import { type Route, route } from '@gala/contracts'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { createAdapter } from './http.js'
import { sendProblem, toAppError } from './problem.js'

const policy = { criticality: 'sheddable', onDegraded: 'refuse', timeoutMs: 1_000, reply: z.object({}) } as const
const spec = { summary: '', method: 'POST', body: z.unknown(), ...policy } as const
const strict = route({ name: 'strict', path: '/strict', ...spec })
const plain = route({ name: 'plain', path: '/plain', plainBody: true, bodyBytesMax: 64, ...spec })

describe('the body of a request', () => {
  let server: FastifyInstance
  beforeEach(() => {
    const routes = [strict, plain] as unknown as Route[]
    const adapter = createAdapter(routes, (framework, of) => void of.on('request', framework))
    server = adapter.getInstance() as unknown as FastifyInstance
    server.setErrorHandler((error, request, reply) => void sendProblem(request, reply, toAppError(error)))
    for (const { method, path } of routes) {
      server.route({ method, url: path, handler: async ({ body }) => ({ got: body }) })
    }
  })
  afterEach(() => server.close())

  const sent = async (url: string, type: string, payload: string | Buffer) => {
    const answer = await server.inject({ method: 'POST', url, headers: { 'content-type': type }, payload })
    return answer.json<{ got?: unknown; code?: string }>()
  }

  it('is JSON, and may be called text where the contract lets it', async () => {
    for (const type of ['application/json', 'text/plain;charset=UTF-8', 'text/plain']) {
      expect(await sent('/plain', type, '{"a":1}')).toEqual({ got: { a: 1 } })
    }
    expect(await sent('/strict', 'application/json', '{"a":1}')).toEqual({ got: { a: 1 } })
    expect(await sent('/strict', 'text/plain', '{"a":1}')).toMatchObject({ code: 'UNSUPPORTED_MEDIA_TYPE' })
    expect(await sent('/plain', 'text/html', '{"a":1}')).toMatchObject({ code: 'UNSUPPORTED_MEDIA_TYPE' })
  })

  it('is held to the same rules under either name', async () => {
    for (const type of ['application/json', 'text/plain']) {
      expect(await sent('/plain', type, 'a=1')).toMatchObject({ code: 'MALFORMED_BODY' })
      expect(await sent('/plain', type, Buffer.from([0x22, 0xff, 0x22]))).toMatchObject({ code: 'MALFORMED_BODY' })
      expect(await sent('/plain', type, `"${'x'.repeat(63)}"`)).toMatchObject({ code: 'BODY_TOO_LARGE' })
    }
  })
})
