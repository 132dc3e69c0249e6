import { AppError, parseInput, type Route, route } from '@gala/contracts'
import { VirtualClock } from '@gala/kernel/testing'
import { MemoryBudget } from '@gala/resilience/testing'
import { describe, expect, it } from '@jest/globals'
import { z } from 'zod'
import { Limits } from './limits.js'

const votes = (more: Pick<Route, 'limits' | 'inFlight'>): Route =>
  route({
    name: 'votes.add',
    summary: 'Vote',
    method: 'POST',
    path: '/v1/votes/:id',
    params: { id: z.string() },
    body: z.strictObject({ clientId: z.string().optional() }),
    reply: z.object({}),
    criticality: 'critical',
    onDegraded: 'refuse',
    timeoutMs: 1000,
    ...more,
  }) as Route

function rig(of: Route) {
  const clock = new VirtualClock(0)
  const limits = new Limits([of], { clock, budget: new MemoryBudget(clock), instance: 'one' })
  /** What an attempt ends with, and the fields it left. */
  const attempt = async ({
    id = 'a',
    clientId = 'viewer-one' as string | null,
    ip = '203.0.113.1',
    viewer = undefined as string | undefined,
  } = {}) => {
    const fields: Record<string, unknown> = {}
    const input = parseInput(of, { params: { id }, query: {}, body: clientId === null ? {} : { clientId } })
    const asker = { network: () => ip, viewer }
    const entering = limits.of(of)?.enter(input, asker, (name, value) => Object.assign(fields, { [name]: value }))
    const outcome = Promise.resolve(entering).then(
      (leave) => ({ code: 'OK', leave, fields, retryAfterMs: undefined }),
      (error: AppError) => ({ code: error.code, leave: undefined, fields, retryAfterMs: error.retryAfterMs }),
    )
    await clock.advance(1)
    return outcome
  }
  const codes = async (times: number, more = {}) => {
    const all: string[] = []
    for (let i = 0; i < times; i++) all.push((await attempt(more)).code)
    return all
  }
  return { clock, limits, attempt, codes }
}

describe('the limits of a route', () => {
  it('cost a route without any nothing', () => {
    const none = votes({})
    expect(rig(none).limits.of(none)).toBeUndefined()
  })

  it('refuse with what is left, and when to come back, in the fields of the draft', async () => {
    const { attempt } = rig(votes({ limits: [{ by: 'viewer', scope: 'instance', rate: 0.5, burst: 2 }] }))
    const policy = '"viewer";q=2;w=4'
    expect(await attempt()).toMatchObject({ fields: { 'ratelimit-policy': policy, ratelimit: '"viewer";r=1;t=2' } })
    expect((await attempt()).code).toBe('OK')
    const { code, fields, retryAfterMs = 0 } = await attempt()
    expect([code, fields]).toEqual(['RATE_LIMITED', { 'ratelimit-policy': policy, ratelimit: '"viewer";r=0;t=2' }])
    expect(retryAfterMs).toBeGreaterThan(1_900)
  })

  it('count by viewer, by network and by any field, each apart', async () => {
    const one = { scope: 'instance', rate: 0.1, burst: 1 } as const
    const by = (name: 'viewer' | 'ip' | 'param:id' | 'route') => rig(votes({ limits: [{ by: name, ...one }] }))
    const twice = async ({ attempt }: ReturnType<typeof rig>, other: object) => [
      (await attempt()).code,
      (await attempt(other)).code,
    ]
    expect(await twice(by('viewer'), { clientId: 'viewer-two' })).toEqual(['OK', 'OK'])
    expect(await twice(by('viewer'), { ip: '203.0.113.2', id: 'b' })).toEqual(['OK', 'RATE_LIMITED'])
    expect(await twice(by('ip'), { ip: '203.0.113.2' })).toEqual(['OK', 'OK'])
    expect(await twice(by('param:id'), { id: 'b' })).toEqual(['OK', 'OK'])
    expect(await twice(by('param:id'), { clientId: 'viewer-two' })).toEqual(['OK', 'RATE_LIMITED'])
    expect(await twice(by('route'), { id: 'b', clientId: 'viewer-two', ip: '203.0.113.2' })).toEqual([
      'OK',
      'RATE_LIMITED',
    ])
  })

  it('count a viewer whose token has been looked at by it, whoever the request says it is', async () => {
    const { attempt } = rig(votes({ limits: [{ by: 'viewer', scope: 'instance', rate: 0.1, burst: 1 }] }))
    expect((await attempt({ viewer: 'anna', clientId: 'browser-one' })).code).toBe('OK')
    expect((await attempt({ viewer: 'anna', clientId: 'browser-two' })).code).toBe('RATE_LIMITED')
    expect((await attempt({ viewer: 'bert', clientId: 'browser-one' })).code).toBe('OK')
  })

  it('let pass whoever has no such field', async () => {
    const { codes } = rig(votes({ limits: [{ by: 'viewer', scope: 'instance', rate: 1, burst: 1 }] }))
    expect(await codes(3, { clientId: null })).toEqual(['OK', 'OK', 'OK'])
  })

  it('lease those of a data centre, and report what they decided', async () => {
    const dc = { by: 'param:id', scope: 'dc', rate: 1, burst: 3, away: 'portion' } as const
    const { codes, limits } = rig(votes({ limits: [dc] }))
    const all = await codes(8)
    expect(all.filter((code) => code === 'OK').length).toBe(3)
    expect(limits.reports).toMatchObject([{ name: 'votes.add.param:id', admitted: 3, refused: 5, alone: false }])
  })

  it('let only so many be under way for a key, and the next one in when one has left', async () => {
    const { attempt } = rig(votes({ inFlight: { by: 'param:id', max: 2 } }))
    const first = await attempt()
    expect([first.code, (await attempt()).code, (await attempt()).code]).toEqual(['OK', 'OK', 'RATE_LIMITED'])
    expect((await attempt({ id: 'b' })).code).toBe('OK')
    first.leave?.()
    expect((await attempt()).code).toBe('OK')
  })
})
