import { AppError, internalHeaders, publicApi, type Route } from '@gala/contracts'
import { VirtualClock } from '@gala/kernel/testing'
import { MemoryBudget } from '@gala/resilience/testing'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type FastifyInstance, fastify } from 'fastify'
import type { Application } from './application.js'
import { guests } from './guests.js'
import { Keys } from './keys.js'
import { Limits } from './limits.js'
import type { LocalRequest } from './local.js'
import { Pipeline } from './pipeline.js'
import type { Snapshots } from './snapshots.js'
import { Viewers } from './viewers.js'

const { connect, messages, send } = publicApi.rooms

describe('the way of a request', () => {
  let clock: VirtualClock
  let viewers: Viewers
  let server: FastifyInstance
  let passed: unknown[][]
  let local: LocalRequest[]

  beforeEach(async () => {
    clock = new VirtualClock()
    viewers = new Viewers([{ kid: 'k1', secret: new Uint8Array(32) }], clock)
    passed = []
    local = []
    const routes = [connect, messages, send, publicApi.guests.create, publicApi.pingbacks.add] as unknown as Route[]
    const application = {
      pass: async (...asked: unknown[]) => {
        passed.push(asked)
        return { status: 200, headers: {}, body: Buffer.from('{"id":"x"}') }
      },
    }
    const pipeline = new Pipeline({
      application: application as unknown as Application,
      keys: new Keys(),
      limits: new Limits(routes, { clock, budget: new MemoryBudget(clock), instance: 'one' }),
      viewers,
      snapshots: {} as Snapshots,
      local: {
        'rooms.connect': async (asked) => {
          local.push(asked)
          return { body: '{}' }
        },
        'rooms.messages': async () => ({ body: '{"messages":[]}', etag: '"1f9c04b2:7"', edgeUntil: '@1' }),
        'guests.create': guests(viewers, true),
      },
      clock,
      dc: 'dc-a',
      instance: 'one',
      onInternal: (error) => {
        throw error
      },
    })
    server = fastify()
    for (const route of routes) server.route({ method: route.method, url: route.path, handler: pipeline.handle(route) })
  })
  afterEach(() => server.close())

  const bearer = async (id: string) => ({
    authorization: `Bearer ${(await viewers.issue({ id, name: id, avatar: '', cohort: '' }, 60)).token}`,
  })
  const say = (headers: Record<string, string>, seq = 1) =>
    server.inject({
      method: 'POST',
      url: '/v1/rooms/gala/messages',
      headers,
      payload: { type: 'chat', text: 'hi', clientId: 'browser-1', seq },
    })
  const codeOf = (answer: { json: () => { code?: string } }) => answer.json().code

  it('needs a good token where the route does, and takes one where it may be told', async () => {
    expect(codeOf(await say({}))).toBe('UNAUTHENTICATED')
    expect(codeOf(await say({ authorization: 'Bearer x.y.z' }))).toBe('UNAUTHENTICATED')
    expect((await say(await bearer('anna'))).statusCode).toBe(200)
    const connected = (headers: Record<string, string>) => server.inject({ url: '/v1/rooms/gala/connect', headers })
    expect((await connected({})).statusCode).toBe(200)
    expect((await connected(await bearer('anna'))).statusCode).toBe(200)
    expect(codeOf(await connected({ authorization: 'Bearer x.y.z' }))).toBe('UNAUTHENTICATED')
    expect(local.map(({ viewer }) => viewer?.id)).toEqual([undefined, 'anna'])
  })

  it('tells application whose token it was, and not what a client says of itself', async () => {
    const forged = Buffer.from(JSON.stringify({ id: 'boss' })).toString('base64url')
    await say({ ...(await bearer('anna')), [internalHeaders.viewer]: forged })
    expect(passed[0]?.[2]).toEqual({ id: 'anna', name: 'anna', avatar: '', cohort: '' })
  })

  it('holds a body to the kind it was let in as', async () => {
    const anna = await bearer('anna')
    expect((await say({ ...anna, 'x-gala-kind': 'chat' })).statusCode).toBe(200)
    const lie = await say({ ...anna, 'x-gala-kind': 'gift' })
    expect([lie.statusCode, codeOf(lie)]).toEqual([400, 'VALIDATION_FAILED'])
    expect(lie.json()).toMatchObject({ errors: [{ path: 'headers.x-gala-kind' }] })
    expect(passed).toHaveLength(1)
  })

  it('takes a token in the body where the contract has a place for one, and hands it on to nobody', async () => {
    const { token } = await viewers.issue({ id: 'anna', name: 'anna', avatar: '', cohort: '' }, 60)
    const beacons = [{ seq: 0, at: 1, kind: 'beat', event: null }]
    const report = (more: object) =>
      server.inject({
        method: 'POST',
        url: '/v1/pingbacks',
        payload: { session: 'session-1', batch: 'batch-0001', sentAt: 1, beacons, ...more },
      })
    expect((await report({ token })).statusCode).toBe(200)
    expect((await report({})).statusCode).toBe(200)
    expect(codeOf(await report({ token: `${token.slice(0, -4)}AAAA` }))).toBe('UNAUTHENTICATED')
    expect(passed.map(([, , viewer]) => (viewer as { id: string } | undefined)?.id)).toEqual(['anna', undefined])
    expect(JSON.stringify(passed)).not.toContain(token)
  })

  it('counts a viewer with a token by it, however many browsers it says it is', async () => {
    const anna = await bearer('anna')
    const codes: number[] = []
    for (let seq = 0; seq < 10; seq++) codes.push((await say(anna, seq)).statusCode)
    expect(codes).toEqual([...Array<number>(8).fill(200), 429, 429])
    expect((await say(await bearer('bert'))).statusCode).toBe(200)
  })

  it('lets the edge keep what access answers for everybody, and answers 304 to who has it', async () => {
    const polled = await server.inject({ url: '/v1/rooms/gala/messages' })
    expect(polled.headers).toMatchObject({ etag: '"1f9c04b2:7"', 'x-accel-expires': '@1' })
    const again = { url: '/v1/rooms/gala/messages', headers: { 'if-none-match': '"1f9c04b2:7"' } }
    expect(await server.inject(again)).toMatchObject({ statusCode: 304, body: '' })
    expect((await server.inject({ url: '/v1/rooms/gala/connect' })).headers['cache-control']).toBe('no-store')
    expect(codeOf(await server.inject({ url: '/v1/rooms/gala/messages?after=nonsense' }))).toBe('VALIDATION_FAILED')
  })

  it('gives guests tokens that are good', async () => {
    const made = await server.inject({ method: 'POST', url: '/v1/guests', payload: {} })
    const { token, viewer } = made.json<{ token: string; viewer: { id: string; name: string } }>()
    expect(viewer.name).toMatch(/^Guest \d{4}$/)
    expect(await viewers.verify(`Bearer ${token}`)).toMatchObject(viewer)
    const named = await server.inject({ method: 'POST', url: '/v1/guests', payload: { name: '小明' } })
    expect(named.json()).toMatchObject({ viewer: { name: '小明' } })
    await expect(guests(viewers, false)({ input: { body: {} } } as unknown as LocalRequest)).rejects.toEqual(
      new AppError('ROUTE_NOT_FOUND', 'this platform gives no tokens to guests'),
    )
  })
})
