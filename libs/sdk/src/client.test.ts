import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { createClient, createOpsClient } from './client.js'
import { GalaError } from './error.js'
import { sseParser } from './stream.js'

type Handler = (request: IncomingMessage, response: ServerResponse) => void
const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

async function serve(handler: Handler): Promise<string> {
  const server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const problem = (response: ServerResponse, status: number, code: string, retryable: boolean, headers = {}) =>
  response
    .writeHead(status, { 'content-type': 'application/problem+json', ...headers })
    .end(JSON.stringify({ code, status, detail: 'no', retryable, traceId: 't', errors: [] }))

describe('operators’ client', () => {
  it('asks with an encoded key and sends a body with its token', async () => {
    const seen: string[] = []
    const baseUrl = await serve(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      seen.push(`${request.method} ${request.url} ${request.headers.authorization} ${body}`)
      response.writeHead(200).end('{}')
    })
    const { cache } = createOpsClient({ baseUrl, token: 't' })
    await cache.report({ query: { key: '/v1/events?page=2' } })
    await cache.invalidate({ body: { tag: 'events', reason: 'r' } })
    expect(seen).toEqual([
      'GET /ops/v1/cache?key=%2Fv1%2Fevents%3Fpage%3D2 Bearer t ',
      'POST /ops/v1/cache/invalidations Bearer t {"tag":"events","reason":"r"}',
    ])
  })

  describe('with a write', () => {
    const body = { tag: 'events', reason: 'r' }
    /** The keys it was asked with, and what it answers to each attempt in turn; the last answer stands. */
    const keysOf = async (...answers: Handler[]) => {
      const keys: unknown[] = []
      const baseUrl = await serve((request, response) => {
        request.resume()
        answers[Math.min(keys.push(request.headers['idempotency-key']), answers.length) - 1]?.(request, response)
      })
      return { keys, cache: createOpsClient({ baseUrl, token: 't' }).cache }
    }
    const hangUp: Handler = (request) => request.socket.destroy()
    const busy: Handler = (_, response) => problem(response, 503, 'DATABASE_UNAVAILABLE', true, { 'retry-after': '0' })
    const done: Handler = (_, response) => response.writeHead(200).end('{}')
    const again: Handler = (_, response) => response.writeHead(200, { 'idempotency-replayed': 'true' }).end('{}')

    it('sends the same key again when the answer was lost, and says that it was done before', async () => {
      const { keys, cache } = await keysOf(hangUp, again)
      expect((await cache.invalidate({ body })).meta.replayed).toBe(true)
      expect(keys).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), keys[0]])
    })

    it('makes up a key for each call, takes the caller’s, and sends none where nothing is written', async () => {
      const { keys, cache } = await keysOf(done)
      const { meta } = await cache.invalidate({ body })
      await cache.invalidate({ body })
      await cache.invalidate({ body }, { idempotencyKey: 'my-own-key' })
      await cache.report({})
      expect(meta.replayed).toBe(false)
      expect(new Set(keys).size).toBe(4)
      expect(keys.slice(2)).toEqual(['my-own-key', undefined])
    })

    it('tries again once after a retryable refusal, and not at all when told so or when it is useless', async () => {
      const refused = await keysOf(busy)
      await expect(refused.cache.invalidate({ body })).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
      expect(refused.keys).toHaveLength(2)
      const never = await keysOf(busy)
      await expect(never.cache.invalidate({ body }, { retriesMax: 0 })).rejects.toMatchObject({ status: 503 })
      expect(never.keys).toHaveLength(1)
      const other = await keysOf((_, response) => problem(response, 422, 'IDEMPOTENCY_KEY_REUSED', false))
      await expect(other.cache.invalidate({ body })).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' })
      expect(other.keys).toHaveLength(1)
    })

    it('waits for two seconds at most, whatever is asked', async () => {
      const { keys, cache } = await keysOf(
        (_, response) => problem(response, 503, 'DATABASE_READ_ONLY', true, { 'retry-after': '60' }),
        done,
      )
      const waits: (number | undefined)[] = []
      const timer = jest.spyOn(globalThis, 'setTimeout').mockImplementation((run, ms) => {
        waits.push(ms)
        return setImmediate(run) as never
      })
      await cache.invalidate({ body }).finally(() => timer.mockRestore())
      expect([keys.length, waits]).toEqual([2, [2_000]])
    })
  })
})

describe('client', () => {
  it('calls the route with parameters and query, and tells what the headers said', async () => {
    let seen = ''
    const baseUrl = await serve((request, response) => {
      seen = `${request.method} ${request.url}`
      response
        .writeHead(200, { 'x-gala-dc': 'dc-b', 'x-gala-cache': 'stale', 'x-gala-degraded': 'a,b', age: '7' })
        .end('{}')
    })
    const { meta } = await createClient({ baseUrl }).playback.play({ params: { id: 'a/b' }, query: { isp: 'unicom' } })
    expect(seen).toBe('GET /v1/events/a%2Fb/play?isp=unicom')
    expect(meta).toMatchObject({ dc: 'dc-b', cache: 'stale', degraded: ['a', 'b'], ageS: 7, status: 200 })
  })

  it('throws the platform’s refusal without asking again when that is useless', async () => {
    let calls = 0
    const baseUrl = await serve((_, response) => {
      calls++
      problem(response, 404, 'EVENT_NOT_FOUND', false)
    })
    const failed = createClient({ baseUrl }).events.detail({ params: { id: 'x' } })
    await expect(failed).rejects.toMatchObject({ code: 'EVENT_NOT_FOUND', status: 404, traceId: 't' })
    expect(calls).toBe(1)
  })

  it('asks again after a retryable refusal, three times in all', async () => {
    let calls = 0
    const baseUrl = await serve((_, response) => {
      calls++
      problem(response, 503, 'UPSTREAM_UNAVAILABLE', true, { 'retry-after': '0' })
    })
    await expect(createClient({ baseUrl }).time.read({})).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' })
    expect(calls).toBe(3)
  })

  it('sends a body once it is answered, with the same content on every attempt', async () => {
    const bodies: string[] = []
    const baseUrl = await serve((request, response) => {
      let body = ''
      request.on('data', (chunk) => {
        body += chunk
      })
      request.on('end', () => {
        bodies.push(body)
        if (bodies.length === 1) request.socket.destroy()
        else response.end('{"accepted":3}')
      })
    })
    const like = { count: 3, clientId: 'client-1', seq: 9 }
    const { data } = await createClient({ baseUrl }).likes.add({ params: { id: 'e' }, body: like })
    expect(data.accepted).toBe(3)
    expect(bodies).toEqual([JSON.stringify(like), JSON.stringify(like)])
  })

  it('says which kind of thing it sends where that decides what is refused last', async () => {
    const kinds: unknown[] = []
    const baseUrl = await serve((request, response) => {
      kinds.push(request.headers['x-gala-kind'])
      response.end('{}')
    })
    const { rooms, likes } = createClient({ baseUrl })
    const gift = { type: 'gift' as const, gift: { kind: 'rose', count: 1 }, clientId: 'browser-1', seq: 1 }
    await rooms.send({ params: { room: 'r' }, body: gift })
    await likes.add({ params: { id: 'e' }, body: { count: 1, clientId: 'browser-1', seq: 1 } })
    expect(kinds).toEqual(['gift', undefined])
  })

  it('calls something that is not Gala by its name', async () => {
    const baseUrl = await serve((_, response) => response.writeHead(403).end('<html>proxy'))
    await expect(createClient({ baseUrl }).time.read({})).rejects.toMatchObject({ code: 'NOT_GALA', retryable: false })
  })

  it('gives up when nothing comes in time', async () => {
    const baseUrl = await serve(() => {})
    const signal = new AbortController()
    const call = createClient({ baseUrl }).time.read({}, { timeoutMs: 20, signal: signal.signal })
    await expect(call).rejects.toMatchObject({ code: 'TIMEOUT' })
  })
})

describe('operators’ stream', () => {
  it('reads events that arrive in any pieces', () => {
    const seen: string[] = []
    const parse = sseParser((event, data) => seen.push(`${event}=${data}`))
    for (const piece of [': ping\n\nev', 'ent: fleet\nda', 'ta: {"a":1}\n', '\nevent: audit\ndata: 2\n\n']) parse(piece)
    expect(seen).toEqual(['fleet={"a":1}', 'audit=2'])
  })

  it('comes back after a lost link and says so', async () => {
    let links = 0
    const baseUrl = await serve((_, response) => {
      links++
      response.writeHead(200).write(`event: fleet\ndata: {"link":${links}}\n\n`)
      setImmediate(() => response.end())
    })
    const stop = new AbortController()
    const log: string[] = []
    await createOpsClient({ baseUrl, token: 'x' }).stream(
      {
        state: (state) => log.push(state),
        message: ({ data }) => {
          log.push(JSON.stringify(data))
          if (links === 2) stop.abort()
        },
      },
      stop.signal,
    )
    expect(log).toEqual(['connected', '{"link":1}', 'lost', 'connected', '{"link":2}'])
  })

  it('ends with the refusal when the token is not accepted', async () => {
    const baseUrl = await serve((_, response) => problem(response, 401, 'TOKEN_EXPIRED', false))
    const handlers = { state: () => {}, message: () => {} }
    const following = createOpsClient({ baseUrl, token: 'x' }).stream(handlers, new AbortController().signal)
    await expect(following).rejects.toBeInstanceOf(GalaError)
  })
})
