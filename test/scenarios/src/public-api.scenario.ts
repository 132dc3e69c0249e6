import { publicRoutes } from '@gala/contracts'
import { until } from '@gala/platform'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { connectRig, get, ownEvent, type Rig, type Seen } from './rig.js'

const post = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: typeof body === 'string' || body instanceof Uint8Array ? (body as BodyInit) : JSON.stringify(body),
})
const like = { count: 1, clientId: 'scenario-client', seq: 0 }
const beat = { clientId: 'scenario-client', sessionId: 'scenario-session', playing: true }
const said = { type: 'chat', text: 'a scenario says hello', clientId: 'scenario-client', seq: 0 }
const nowMs = Date.now()
const report = {
  session: `scenario-${nowMs}`,
  batch: 'scenario-batch',
  sentAt: nowMs,
  beacons: [{ seq: 0, at: nowMs, kind: 'beat', event: 'spring-gala' }],
}
const bodies: Record<string, unknown> = {
  'likes.add': like,
  'stats.beat': beat,
  'rooms.send': said,
  'guests.create': {},
  'pingbacks.add': report,
}

function expectProblem(seen: Seen, status: number, code: string) {
  expect([seen.status, seen.body]).toEqual([status, expect.any(String)])
  expect(seen.headers.get('content-type')).toMatch(/^application\/problem\+json/)
  const problem = JSON.parse(seen.body) as Record<string, unknown>
  expect(problem).toMatchObject({
    status,
    code,
    traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    retryable: expect.any(Boolean),
  })
  expect(seen.body).not.toMatch(/node_modules|\.[tj]s:\d+|at async/)
}

describe('public API through both edges', () => {
  let rig: Rig
  beforeAll(async () => {
    rig = await connectRig()
  })

  it('answers every route of the table with the promised headers', async () => {
    for (const edge of [rig.a, rig.b]) {
      for (const route of publicRoutes) {
        const url = edge.edge + route.path.replace(/:(?:id|room)/, 'spring-gala')
        const asked = route.method === 'POST' ? post(bodies[route.name]) : {}
        const authorization = `Bearer ${rig.status.viewerToken}`
        const seen = await get(url, route.viewer ? { ...asked, headers: { ...asked.headers, authorization } } : asked)
        expect([route.name, seen.status, route.reply.safeParse(JSON.parse(seen.body)).error]).toEqual([
          route.name,
          route.status ?? 200,
          undefined,
        ])
        expect(seen.headers.get('x-gala-dc')).toBe(edge.id)
        expect(seen.headers.get('x-gala-cache')).toMatch(/^(hit|stale|miss|snapshot|bypass)$/)
        expect(seen.headers.get('age')).toMatch(/^\d+$/)
        expect([route.name, seen.headers.get('x-gala-degraded')]).toEqual([route.name, null])
        expect(seen.headers.get('cache-control')).toBeTruthy()
        expect(seen.headers.get('traceparent')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/)
        // A ticket is for one viewer, once: nobody asks whether it has changed.
        const kept = route.method === 'GET' && route.name !== 'rooms.connect'
        if (kept) expect(seen.headers.get('etag')).toMatch(/^(W\/)?".+"$/)
      }
    }
  })

  it('answers 304 to whoever has the answer already', async () => {
    for (const path of ['/v1/events', '/v1/events/spring-gala', '/v1/events/nova-launch/play']) {
      const etag = (await get(rig.a.edge + path)).headers.get('etag') ?? ''
      const again = await get(rig.a.edge + path, { headers: { 'if-none-match': etag } })
      expect([again.status, again.body]).toEqual([304, ''])
      expect((await get(rig.a.edge + path, { headers: { 'if-none-match': '"other"' } })).status).toBe(200)
    }
  })

  it('sends a body in the best coding the client takes, made once, and each coding says which bytes it is of', async () => {
    const url = `${rig.a.edge}/v1/events/spring-gala/bootstrap`
    const etags = new Set<string | null>()
    for (const [accepted, coding] of [
      ['gzip, deflate, br, zstd', 'br'],
      ['zstd, gzip', 'zstd'],
      ['gzip;q=0.5, br;q=0', 'gzip'],
      ['identity', null],
    ] as const) {
      let seen: Seen | undefined
      const ask = async () => {
        seen = await get(url, { headers: { 'accept-encoding': accepted } })
        return seen.headers.get('content-encoding') === coding && !seen.headers.get('etag')?.startsWith('W/')
      }
      await until(ask, `no answer in ${coding}`, 20_000)
      expect(JSON.parse(seen?.body ?? '')).toMatchObject({ event: { id: 'spring-gala' } })
      etags.add(seen?.headers.get('etag') ?? null)
    }
    expect(etags.size).toBe(4)
  })

  it('keeps the caller’s trace and gives everyone else their own', async () => {
    const traceparent = `00-${'a1'.repeat(16)}-${'b2'.repeat(8)}-01`
    const url = `${rig.a.edge}/v1/events/spring-gala`
    expect((await get(url, { headers: { traceparent } })).headers.get('traceparent')).toBe(traceparent)
    expect((await get(url)).headers.get('traceparent')).not.toBe(traceparent)
    expect((await get(url, { headers: { traceparent: 'broken' } })).headers.get('traceparent')).toMatch(
      /^00-[0-9a-f]{32}-/,
    )
  })

  it('serves the demo gala whole: thirty acts or more, one of them now, and where to watch', async () => {
    const { data } = await rig.audience.a.bootstrap.read({ params: { id: 'spring-gala' } })
    expect(data.programmes?.items.length).toBeGreaterThanOrEqual(30)
    expect(data.programmes?.items.filter(({ state }) => state === 'current')).toHaveLength(1)
    expect(data.play?.lines.map(({ role, dc }) => [role, dc])).toEqual([
      ['main', 'dc-a'],
      ['backup', 'dc-b'],
    ])
    expect(data.features).toEqual({ play: true, programmes: true, stats: true, likes: true, rooms: true, chat: true })
    const nova = await rig.audience.b.playback.play({ params: { id: 'nova-launch' } })
    expect(nova.data).toMatchObject({ available: false, reason: 'not-started' })
  })

  it('serves a stream that moves, in two renditions, from both lines', async () => {
    const { data } = await rig.audience.a.playback.play({ params: { id: 'spring-gala' } })
    for (const line of data.lines) {
      const master = await get(line.url)
      expect(master.body.match(/#EXT-X-STREAM-INF/g)).toHaveLength(2)
      for (const rung of line.ladder) {
        const playlist = await get(rung.url)
        const segment = playlist.body.split('\n').findLast((l) => l.endsWith('.ts')) ?? ''
        expect((await get(new URL(segment, rung.url).href)).status).toBe(200)
      }
    }
  })

  it('counts a like once, whichever data centre takes it and however often it is sent', async () => {
    const params = { id: await ownEvent(rig, 'likes') }
    const clients = ['home-a-client', 'home-b-client', 'third-client', 'fourth-client'].map(
      (c) => `${c}-${process.pid}`,
    )
    for (const clientId of clients) {
      for (const seq of [3, 1, 3, 2]) {
        await rig.audience.a.likes.add({ params, body: { count: 10, clientId, seq } })
        await rig.audience.b.likes.add({ params, body: { count: 10, clientId, seq } })
      }
    }
    const want = clients.length * 3 * 10
    for (const audience of [rig.audience.a, rig.audience.b]) {
      let likes = 0
      const counted = async () => {
        likes = (await audience.stats.read({ params })).data.likes
        return likes >= want
      }
      await until(counted, () => `${likes} of ${want} likes are seen`, 20_000)
      // Two more edge seconds: a double booking would show by then.
      const second = Math.floor(Date.now() / 1000)
      while (Math.floor(Date.now() / 1000) < second + 3) likes = (await audience.stats.read({ params })).data.likes
      expect(likes).toBe(want)
    }
  }, 60_000)

  it('refuses bad input with the right code and never a 500', async () => {
    const base = `${rig.a.edge}/v1/events`
    const likes = `${base}/spring-gala/likes`
    const cases: [string, RequestInit, number, string][] = [
      [`${base}/no-such-event`, {}, 404, 'EVENT_NOT_FOUND'],
      [`${base}/no-such-event/bootstrap`, {}, 404, 'EVENT_NOT_FOUND'],
      [`${base}/no-such-event/likes`, post(like), 404, 'EVENT_NOT_FOUND'],
      [`${base}/Not_An_Id`, {}, 400, 'VALIDATION_FAILED'],
      [`${base}/..%2f..%2fetc%2fpasswd`, {}, 404, 'ROUTE_NOT_FOUND'],
      [`${base}/${'x'.repeat(3000)}`, {}, 400, 'VALIDATION_FAILED'],
      [`${base}/${'x'.repeat(20_000)}`, {}, 414, 'URI_TOO_LONG'],
      [`${base}/%zz`, {}, 400, 'BAD_REQUEST'],
      [`${base}?page=0`, {}, 400, 'VALIDATION_FAILED'],
      [`${base}?page=x`, {}, 400, 'VALIDATION_FAILED'],
      [`${base}?status=draft`, {}, 400, 'VALIDATION_FAILED'],
      [`${base}?page=1&page=2`, {}, 400, 'VALIDATION_FAILED'],
      [`${base}?unknown=1`, {}, 400, 'VALIDATION_FAILED'],
      [`${base}/spring-gala/play?protocol=rtmp`, {}, 400, 'VALIDATION_FAILED'],
      [`${base}/spring-gala/play?protocol=flv`, {}, 422, 'PROTOCOL_NOT_AVAILABLE'],
      [`${base}/spring-gala`, { method: 'DELETE' }, 405, 'METHOD_NOT_ALLOWED'],
      [likes, {}, 405, 'METHOD_NOT_ALLOWED'],
      [likes, post(''), 400, 'VALIDATION_FAILED'],
      [likes, post('{"count":'), 400, 'MALFORMED_BODY'],
      [likes, post(new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])), 400, 'MALFORMED_BODY'],
      [likes, post('null'), 400, 'VALIDATION_FAILED'],
      [likes, post({ ...like, count: 51 }), 400, 'VALIDATION_FAILED'],
      [likes, post({ ...like, count: '5' }), 400, 'VALIDATION_FAILED'],
      [likes, post({ ...like, seq: -1 }), 400, 'VALIDATION_FAILED'],
      [likes, post({ ...like, extra: true }), 400, 'VALIDATION_FAILED'],
      [likes, post(`{"__proto__":{"count":1},"clientId":"scenario-client","seq":1}`), 400, 'VALIDATION_FAILED'],
      [likes, post('x'.repeat(1024 * 1024)), 413, 'BODY_TOO_LARGE'],
      [likes, post('x'.repeat(20_000)), 413, 'BODY_TOO_LARGE'],
      [
        likes,
        { method: 'POST', body: 'count=1', headers: { 'content-type': 'text/plain' } },
        415,
        'UNSUPPORTED_MEDIA_TYPE',
      ],
      [`${rig.a.edge}/v1/nothing`, {}, 404, 'ROUTE_NOT_FOUND'],
      [`${rig.a.edge}/v1/time`, { headers: { big: 'x'.repeat(9_000) } }, 431, 'HEADERS_TOO_LARGE'],
    ]
    for (const [url, init, status, code] of cases) {
      const seen = await get(url, init)
      expect([url.slice(0, 120), init.method, seen.status, JSON.parse(seen.body).code]).toEqual([
        url.slice(0, 120),
        init.method,
        status,
        code,
      ])
      expectProblem(seen, status, code)
    }
  })

  it('shows nothing of the operators’ side to the audience', async () => {
    for (const path of [
      '/ops/v1/events',
      '/ops/v1/me',
      '/metrics',
      '/cachez',
      '/resiliencez',
      '/readyz',
      '/livez',
      '//ops/v1/events',
      '/v1/../ops/v1/events',
    ]) {
      const seen = await get(rig.a.edge + path, { headers: { authorization: `Bearer ${rig.status.opsToken}` } })
      expect([path, seen.status]).toEqual([path, 404])
    }
  })

  it('cannot be told by a client who it is', async () => {
    const seen = await get(`${rig.a.edge}/v1/events/spring-gala`, {
      headers: { 'x-gala-dc': 'dc-z', 'x-gala-cache': 'hit' },
    })
    expect(seen.headers.get('x-gala-dc')).toBe('dc-a')
  })
})
