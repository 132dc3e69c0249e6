import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, get as httpGet, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { MemoryBus } from '@gala/bus/testing'
import { Cache } from '@gala/cache'
import { AppError, publicApi, publicRoutes } from '@gala/contracts'
import { VirtualClock } from '@gala/kernel/testing'
import { headOf, type Ready } from '@gala/runtime'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Kept, Question } from './copy.js'
import { etagOf } from './etag.js'
import { Front } from './front.js'
import { Keys } from './keys.js'
import { Snapshots } from './snapshots.js'

describe('the front of access', () => {
  let clock: VirtualClock
  let bus: MemoryBus
  let cache: Cache
  let keys: Keys
  let dir: string
  let server: Server
  let url: string
  /** What is being renewed, and how to be done with it. */
  let renewed: { path: string; done: () => void }[]
  /** For work behind an answer. */
  let isRoom: boolean
  let over: number

  const input = { params: { id: 'one' }, query: {}, body: undefined }
  const question: Question = {
    route: publicApi.stats.read,
    input,
    path: '/v1/events/one/stats',
    query: '',
    plain: true,
  }

  beforeEach(async () => {
    clock = new VirtualClock()
    bus = new MemoryBus(clock)
    await bus.heartbeat(1)
    cache = new Cache({ clock, bus, localBytesMax: 1_000_000, onError: () => {} })
    keys = new Keys()
    dir = await mkdtemp(join(tmpdir(), 'gala-front-'))
    const snapshots = new Snapshots(dir, clock, () => {})
    renewed = []
    isRoom = true
    over = 0
    const renew = ({ path }: Question) => new Promise<void>((done) => renewed.push({ path, done }))
    const front = new Front({ cache, keys, snapshots, clock, dc: 'dc-a', instance: 'dc-a.access-1', renew })
    const letIn = () => (isRoom ? () => over++ : undefined)
    server = createServer((request, response) => {
      const path = request.url?.split('?')[0] ?? ''
      const found = publicRoutes.find((route) => route.path.replace(':id', 'one') === path)
      const refuse = () => void response.writeHead(503).end()
      const answer = (ready: Ready | undefined) =>
        ready ? void response.writeHead(ready.status, headOf(ready)).end(ready.body) : refuse()
      if (!found) return refuse()
      const rung = request.headers['x-rung']
      if (rung === 'cached' || rung === 'static') {
        const partial = request.headers['x-partial'] === 'yes'
        return void Promise.resolve(front.cut(found, rung, partial, request)).then(answer)
      }
      if (request.headers['x-only'] === 'fresh') {
        return answer(front.fresh(found, request, letIn))
      }
      void Promise.resolve(front.left(found, request)).then(answer)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })

  afterEach(async () => {
    server.close().closeAllConnections()
    await rm(dir, { recursive: true })
  })

  const kept = (text: string, more: { source?: 'stale'; degraded?: string } = {}): Kept => {
    const body = Buffer.from(text)
    return { copy: { body, etag: etagOf(body), source: 'miss', degraded: '', ...more }, question }
  }
  const keep = (key: string, value: Kept) =>
    cache.getOrLoad<Kept>({
      kind: 'k',
      key,
      tags: [],
      freshMs: 1_000,
      staleMs: 3_600_000,
      load: async () => ({ value, tags: [], position: 1, asOfMs: clock.nowMs() }),
    })
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const reply = await fetch(url + path, { headers })
    const said = (name: string) => reply.headers.get(name)
    return {
      status: reply.status,
      text: await reply.text(),
      cache: said('x-gala-cache'),
      degraded: said('x-gala-degraded'),
      age: said('age'),
      etag: said('etag'),
      dc: said('x-gala-dc'),
      edge: said('x-accel-expires'),
    }
  }
  const fresh = { 'x-only': 'fresh' }
  const raw = (address: string, headers: Record<string, string>) =>
    new Promise<{ status: number | undefined; headers: IncomingHttpHeaders; body: Buffer }>((done, failed) => {
      httpGet(address, { headers }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () =>
          done({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }),
        )
      }).on('error', failed)
    })

  it('answers what is fresh as the pipeline would, under the one way to write its address', async () => {
    await keep('/v1/events/one/play?protocol=hls', kept('{"play":1}'))
    expect(await ask('/v1/events/one/play', fresh)).toMatchObject({
      status: 200,
      text: '{"play":1}',
      cache: 'hit',
      degraded: null,
      dc: 'dc-a',
    })
  })

  it('answers what is over its time but untouched, and has it renewed when there is room, until that is over', async () => {
    await keep('/v1/events/one/stats', kept('{"likes":1}'))
    await clock.advance(3_000)
    await bus.heartbeat(1)
    const path = '/v1/events/one/stats'
    isRoom = false
    expect(await ask(path, fresh)).toMatchObject({ status: 200, cache: 'hit', age: '3', degraded: null })
    expect(renewed).toEqual([])
    isRoom = true
    expect(await ask(path, fresh)).toMatchObject({ status: 200, cache: 'hit' })
    expect(renewed).toMatchObject([{ path }])
    expect(over).toBe(0)
    renewed[0]?.done()
    await clock.advance(0)
    expect(over).toBe(1)
  })

  it('does not renew what a change has touched: it is not answered from memory', async () => {
    await keep('/v1/events/one/stats', kept('{"likes":1}'))
    await clock.advance(30_000)
    await bus.heartbeat(1)
    expect(await ask('/v1/events/one/stats', fresh)).toMatchObject({ status: 503 })
    expect(renewed).toEqual([])
  })

  it('has nothing fresh of what is over its time, but has it left, marked', async () => {
    await keep('/v1/events/one', kept('{}'))
    await clock.advance(90_000)
    expect(await ask('/v1/events/one', fresh)).toMatchObject({ status: 503 })
    expect(await ask('/v1/events/one')).toMatchObject({ status: 200, cache: 'stale', degraded: 'overload', age: '90' })
  })

  it('has nothing left of what is older than the route allows', async () => {
    await keep('/v1/events/one/stats', kept('{}'))
    await clock.advance(60_001)
    expect(await ask('/v1/events/one/stats')).toMatchObject({ status: 503 })
  })

  it('says what the copy said of itself', async () => {
    await keep('/v1/events/one', kept('{}', { source: 'stale', degraded: 'database-unreachable' }))
    expect(await ask('/v1/events/one', fresh)).toMatchObject({ cache: 'stale', degraded: 'database-unreachable' })
    await clock.advance(90_000)
    expect(await ask('/v1/events/one')).toMatchObject({ degraded: 'database-unreachable,overload' })
  })

  it('answers in the best coding the client takes once that is made, and each coding has a validator of its own', async () => {
    await keep('/v1/events/one', kept(JSON.stringify('发布会 '.repeat(1_000))))
    const plain = await ask('/v1/events/one', { ...fresh, 'accept-encoding': 'identity' })
    const asked = () => raw(`${url}/v1/events/one`, { ...fresh, 'accept-encoding': 'gzip, br' })
    expect((await asked()).headers['content-encoding']).toBeUndefined()
    let answer = await asked()
    while (answer.headers['content-encoding'] === undefined) answer = await asked()
    expect(answer.headers).toMatchObject({ 'content-encoding': 'br', vary: 'accept-encoding' })
    expect(brotliDecompressSync(answer.body).toString()).toBe(plain.text)
    const { etag } = answer.headers
    expect(etag).not.toBe(plain.etag)
    const again = { ...fresh, 'accept-encoding': 'br', 'if-none-match': String(etag) }
    expect(await raw(`${url}/v1/events/one`, again)).toMatchObject({ status: 304, headers: { etag } })
    expect(await ask('/v1/events/one', { ...fresh, 'accept-encoding': 'identity' })).toMatchObject(plain)
  })

  it('sends every byte of a body as it is, whatever they are and however many', async () => {
    for (const text of ['', 'ÿþ\u0000é', '晚会'.repeat(100), '晚会'.repeat(3_000)]) {
      await keep(`/v1/events/one?n=${text.length}`, kept(text))
      keys.learn(`/v1/events/one?n=${text.length}`, `/v1/events/one?n=${text.length}`)
      const got = await ask(`/v1/events/one?n=${text.length}`, { ...fresh, 'accept-encoding': 'identity' })
      expect(got.text === text).toBe(true)
    }
  })

  it('says how old a copy is, also when the same has been written before', async () => {
    await keep('/v1/events/one', kept('{}'))
    expect(await ask('/v1/events/one', fresh)).toMatchObject({ age: '0' })
    await clock.advance(900)
    const { age, edge } = await ask('/v1/events/one')
    expect([age, edge]).toEqual(['0', `@${Math.floor(clock.nowMs() / 1000)}`])
    await clock.advance(200)
    expect(await ask('/v1/events/one')).toMatchObject({ age: '1' })
  })

  describe('on a lower rung', () => {
    const cached = { 'x-rung': 'cached' }
    const still = { 'x-rung': 'static' }
    const path = '/v1/events/one/stats'

    it('answers what was made in the last half minute, marked, and nothing older', async () => {
      await keep(path, kept('{}'))
      expect(await ask(path, cached)).toMatchObject({ cache: 'hit', degraded: null })
      await clock.advance(29_000)
      expect(await ask(path, cached)).toMatchObject({ cache: 'stale', degraded: 'stats:cached', age: '29' })
      await clock.advance(2_000)
      expect(await ask(path, cached)).toMatchObject({ status: 503 })
    })

    it('does not answer from before a change', async () => {
      await cache.getOrLoad<Kept>({
        kind: 'k',
        key: path,
        tags: [],
        freshMs: 1_000,
        staleMs: 60_000,
        load: async () => ({ value: kept('{}'), tags: ['event:one'], position: 1, asOfMs: clock.nowMs() }),
      })
      await bus.publish([{ position: 2, tags: ['event:one'], atMs: 0 }])
      expect(await ask(path, cached)).toMatchObject({ status: 503 })
    })

    it('stands still at the last good answer, of any age', async () => {
      await keep(path, kept('{"n":1}'))
      await clock.advance(90_000_000)
      expect(await ask(path, still)).toMatchObject({ text: '{"n":1}', degraded: 'stats:static', age: '90000' })
    })

    it('stands still at the copy on disk when memory has none, and looks for it once in a while only', async () => {
      const file = join(dir, 'v1/events/one.json')
      await mkdir(join(dir, 'v1/events'), { recursive: true })
      await writeFile(file, '{"disk":1}')
      const found = { text: '{"disk":1}', cache: 'snapshot', degraded: 'event:static' }
      expect(await ask('/v1/events/one', still)).toMatchObject(found)
      await rm(file)
      expect(await ask('/v1/events/one', still)).toMatchObject(found)
      await clock.advance(5_001)
      expect(await ask('/v1/events/one', still)).toMatchObject({ status: 503 })
    })

    it('lets nobody keep for others what only some viewers get', async () => {
      await keep(path, kept('{}'))
      expect(await ask(path, { ...still, 'x-partial': 'yes' })).toMatchObject({ edge: '0' })
      expect((await ask(path, still)).edge).toMatch(/^@/)
    })
  })

  it('answers 304 to whoever has the same', async () => {
    await keep('/v1/events/one', kept('{}'))
    const { etag } = await ask('/v1/events/one')
    expect(await ask('/v1/events/one', { 'if-none-match': etag ?? '' })).toMatchObject({ status: 304, text: '' })
  })

  it('knows an address with a query once it has been answered', async () => {
    await keep('/v1/events?page=1&pageSize=20&status=live', kept('[]'))
    expect(await ask('/v1/events?status=live')).toMatchObject({ status: 503 })
    keys.learn('/v1/events?status=live', '/v1/events?page=1&pageSize=20&status=live')
    expect(await ask('/v1/events?status=live')).toMatchObject({ status: 200, text: '[]' })
  })

  it('takes the snapshot from disk when memory has nothing and the route has one', async () => {
    await mkdir(join(dir, 'v1/events'), { recursive: true })
    await writeFile(join(dir, 'v1/events/one.json'), '{"kept":1}')
    expect(await ask('/v1/events/one')).toMatchObject({
      status: 200,
      text: '{"kept":1}',
      cache: 'snapshot',
      degraded: 'overload',
    })
    expect(await ask('/v1/events/one/bootstrap')).toMatchObject({ status: 503 })
  })

  it('reads no snapshot of an address that is none', async () => {
    expect(await ask('/v1/events/one?x=/../../etc/passwd')).toMatchObject({ status: 503 })
  })

  it('leaves a remembered refusal to the framework', async () => {
    await keep('/v1/events/one', { refusal: new AppError('ROUTE_NOT_FOUND', 'there is none') })
    expect(await ask('/v1/events/one')).toMatchObject({ status: 503 })
    expect(publicApi.events.detail.onDegraded).toBe('static')
  })
})
