import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { VirtualClock } from '@gala/kernel/testing'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { HandlerContext } from '../handler.js'
import type { AccessPlace } from './access-pages.js'
import { handlers } from './index.js'

let acts: [act: string, input: unknown][]
let clock: VirtualClock
let progress: number[][]

/** Runs a handler here, with its parameters as they are given to it. */
async function run(name: string, given: unknown, act: (act: string, input: never) => unknown, signal?: AbortSignal) {
  const handler = handlers.get(name)
  if (!handler) throw new Error(`there is no handler ${name}`)
  const context: HandlerContext = {
    run: { job: 'drill', event: 'gala', atMs: 0, dc: '', shard: 0, shards: 1, attempt: 1 },
    signal: signal ?? new AbortController().signal,
    clock,
    progress: (done, total) => void progress.push([done, total]),
    act: async (name, input) => {
      acts.push([name, input])
      return act(name, input as never)
    },
  }
  return await handler.run(handler.params.parse(given), context)
}

beforeEach(() => {
  acts = []
  progress = []
  clock = new VirtualClock()
})

describe('handlers', () => {
  it('have a name, a text and parameters that can be shown', () => {
    for (const [name, handler] of handlers) {
      expect([name, handler.name]).toEqual([name, name])
      expect(handler.does).toMatch(/^[A-Z].*\.$/)
    }
    expect(handlers.size).toBe(11)
  })

  it.each([
    ['event-status', { to: 'live' }, 'event.status', { to: 'live' }],
    ['room', { to: 'open' }, 'event.room', { to: 'open' }],
    ['rule-mode', { rule: 'overload', mode: 'on' }, 'rule.mode', { rule: 'overload', mode: 'on' }],
    ['mark', { note: 'x' }, 'mark', { note: 'x' }],
    ['report', {}, 'report.make', {}],
  ])('%s asks base once', async (name, given, act, input) => {
    expect(await run(name, given, () => 'done')).toBe('done')
    expect(acts).toEqual([[act, input]])
  })

  it('go to a level step by step, with a rest between them', async () => {
    const steps = [
      { set: { dc: null, level: 2 }, reached: false, proposal: null },
      { set: { dc: null, level: 1 }, reached: false, proposal: null },
      { set: { dc: null, level: 0 }, reached: true, proposal: null },
    ]
    const going = run('level', { to: 0, stepMs: 1_000 }, (_, { step }) => steps[step])
    await clock.advance(1_999)
    expect(acts.map(([, input]) => input)).toMatchObject([
      { to: 0, step: 0 },
      { to: 0, step: 1 },
    ])
    await clock.advance(1)
    expect(await going).toEqual({ level: 0, already: false, steps: steps.map(({ set }) => set) })
  })

  it('say when a level is there already, and fail when it takes two persons', async () => {
    const none = { set: null, reached: true, proposal: null }
    expect(await run('level', { to: 2 }, () => none)).toEqual({ level: 2, already: true, steps: [] })
    const proposed = run('level', { to: 4 }, () => ({ ...none, reached: false, proposal: 'p-1' }))
    await expect(proposed).rejects.toMatchObject({ retryable: false, result: { proposal: 'p-1' } })
  })

  it('say go with the list, and no-go with what stops it', async () => {
    const check = { name: 'parts', weight: 'stop', seen: 'dc-b.redis down' }
    const list = (go: boolean) => ({
      at: '',
      go,
      checks: [
        { ...check, go },
        { ...check, name: 'streams', weight: 'warn', go: false },
      ],
    })
    expect(await run('readiness', {}, () => list(true))).toEqual(list(true))
    const noGo = run('readiness', {}, () => list(false))
    await expect(noGo).rejects.toMatchObject({
      message: 'no-go: parts (dc-b.redis down)',
      retryable: false,
      result: list(false),
    })
  })
})

describe('handlers that ask access', () => {
  const servers: Server[] = []
  const places: AccessPlace[] = []
  let asked: string[]

  const open = async (dc: string, answer: (request: IncomingMessage, response: ServerResponse) => void) => {
    const server = createServer((request, response) => {
      asked.push(`${dc} ${request.method} ${request.url}`)
      answer(request, response)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    servers.push(server)
    places.push({ name: `${dc}.access-1`, dc, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
  }
  /** As a process that keeps what it has answered. */
  const caching = (cold: (url: string) => boolean = () => false) => {
    const held = new Set<string>()
    return ({ url = '' }: IncomingMessage, response: ServerResponse) => {
      response.setHeader('x-gala-cache', held.has(url) && !cold(url) ? 'hit' : 'miss').end('{}')
      held.add(url)
    }
  }
  /** As a process that has of each address so old a copy on disk. */
  const leaving = (ageMs: (path: string) => number | null) => (request: IncomingMessage, response: ServerResponse) => {
    if (request.method === 'GET') return void response.end('{}')
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      const { paths } = JSON.parse(body) as { paths: string[] }
      response.end(JSON.stringify({ items: paths.map((path) => ({ path, left: true, bytes: 2, ageMs: ageMs(path) })) }))
    })
  }

  beforeEach(() => {
    asked = []
  })
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
    places.length = 0
  })

  it('warm both data centres and count what is in memory then', async () => {
    await open('dc-a', caching())
    await open('dc-b', caching())
    const dc = { asked: 6, warm: 6, ratio: 1, unreachable: [], cold: [] }
    expect(await run('warm', { paths: ['/v1/events'] }, () => places)).toEqual({
      ratio: 1,
      dcs: [
        { dc: 'dc-a', ...dc },
        { dc: 'dc-b', ...dc },
      ],
    })
    expect([asked.length, progress.at(-1)]).toEqual([24, [24, 24]])
    expect(asked).toContain('dc-b GET /v1/events/gala/bootstrap')
  })

  it('fail to warm when one data centre stays cold, however warm the others are', async () => {
    await open('dc-a', caching())
    await open(
      'dc-b',
      caching((url) => url.endsWith('/play')),
    )
    places.push({ name: 'dc-a.access-2', dc: 'dc-a', url: 'http://127.0.0.1:1' })
    const cold = run('warm', { min: 0.55 }, () => places)
    await expect(cold).rejects.toMatchObject({
      message: 'only 50 % of what was asked is in memory, wanted 55 %',
      retryable: true,
      result: {
        ratio: 0.6,
        dcs: [
          { dc: 'dc-a', asked: 10, warm: 5, unreachable: ['dc-a.access-2'] },
          { dc: 'dc-b', ratio: 0.8, cold: ['dc-b.access-1 /v1/events/gala/play: 200 miss'] },
        ],
      },
    })
    await expect(run('warm', {}, () => [])).rejects.toThrow('only 0 %')
  })

  it('refuse to ask for anything but what the audience may ask for', async () => {
    await expect(run('warm', { paths: ['/metrics'] }, () => places)).rejects.toThrow('address of the audience')
  })

  it('stop asking when the run is told to end', async () => {
    const stopping = new AbortController()
    await open('dc-a', () => stopping.abort(new Error('it was cancelled')))
    await expect(run('warm', {}, () => places, stopping.signal)).rejects.toThrow('it was cancelled')
  })

  it('leave the pages of the event on disk, and look that they are young enough', async () => {
    await open(
      'dc-a',
      leaving(() => 20),
    )
    const left = { asked: 1, pages: 4, missing: [], unreachable: [] }
    expect(await run('snapshot', {}, () => places)).toEqual({ dcs: [{ dc: 'dc-a', ...left }] })
    expect(asked.filter((line) => line.includes('GET'))).toHaveLength(4)
    await open(
      'dc-b',
      leaving((path) => (path.endsWith('/play') ? null : path.endsWith('gala') ? 61_000 : 0)),
    )
    await expect(run('snapshot', {}, () => places)).rejects.toMatchObject({
      message: expect.stringMatching(/^not on disk everywhere: dc-b\.access-1/),
      result: {
        dcs: [
          { dc: 'dc-a', ...left },
          {
            dc: 'dc-b',
            missing: ['dc-b.access-1 /v1/events/gala: 61 s old', 'dc-b.access-1 /v1/events/gala/play: nothing on disk'],
          },
        ],
      },
    })
  })
})
