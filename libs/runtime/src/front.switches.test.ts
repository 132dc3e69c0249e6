import { type RequestListener } from 'node:http'
import { type Rung, type SwitchKey, type SwitchOrder } from '@gala/contracts'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Ready } from './door.js'
import { FrontRig } from './front-rig.js'

describe('the front, with a switch flipped', () => {
  let rig: FrontRig
  let context: FrontRig['context']
  let shedding: FrontRig['shedding']

  beforeEach(() => {
    rig = new FrontRig()
    ;({ context, shedding } = rig)
  })

  afterEach(() => rig.close())

  const serve = (framework: RequestListener, internal = false) => rig.serve(framework, internal)

  const answering: RequestListener = (_request, response) => void response.end('answered')

  const flip = (key: SwitchKey, state: Rung, more: Partial<SwitchOrder> = {}) =>
    context.switches.obey({
      switches: [{ ...flipped, key, state, ...more }],
      levels: [],
    })
  const flipped = {
    percent: 100,
    clientBelow: null,
    dc: null,
    actor: 'ann',
    reason: 'r',
    position: 1,
    expiresAt: null,
  }

  it('answers what is omitted with a coded refusal that the edge may keep for a second', async () => {
    flip('stats', 'omit')
    const url = await serve(answering)
    const reply = await fetch(`${url}/v1/events/x/stats`)
    expect([reply.status, await reply.json()]).toEqual([
      404,
      expect.objectContaining({ code: 'SWITCHED_OFF', retryable: true }),
    ])
    expect(Object.fromEntries(reply.headers)).toMatchObject({
      'x-gala-degraded': 'stats:omit',
      'x-accel-expires': expect.stringMatching(/^@\d+$/),
    })
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThanOrEqual(20)
    expect(await (await fetch(`${url}/v1/events/x`)).text()).toBe('answered')
    expect(context.traffic.report).toMatchObject({ requests: 1, degraded: 1, hits: 0 })
  })

  it('takes no writes of what is omitted, and HEAD no more than GET', async () => {
    flip('likes', 'omit')
    const url = await serve(answering)
    expect((await fetch(`${url}/v1/events/x/likes`, { method: 'POST', body: '{}' })).status).toBe(404)
    flip('event', 'omit')
    expect((await fetch(`${url}/v1/events/x`, { method: 'HEAD' })).status).toBe(404)
  })

  it('lets some viewers through, and lets nobody keep for them what the others got', async () => {
    flip('stats', 'omit', { percent: 50 })
    const url = await serve(answering)
    const asked = Array.from({ length: 200 }, (_, i) =>
      fetch(`${url}/v1/events/x/stats`, { headers: { 'x-forwarded-for': `10.0.0.${i}` } }),
    )
    const off = (await Promise.all(asked)).filter(({ status }) => status === 404)
    expect(off.length).toBeGreaterThan(60)
    expect(off.length).toBeLessThan(140)
    expect(new Set(off.map((reply) => reply.headers.get('x-accel-expires')))).toEqual(new Set(['0']))
  })

  it('holds for old clients only, when that was ordered', async () => {
    flip('stats', 'omit', { clientBelow: '2.1' })
    const url = await serve(answering)
    const status = async (client: string) =>
      (await fetch(`${url}/v1/events/x/stats`, { headers: { 'x-gala-client': client } })).status
    expect(await Promise.all(['web/2.0.9', 'web/2.1.0', 'web/10.0', 'rubbish'].map(status))).toEqual([
      404, 200, 200, 404,
    ])
  })

  it('answers from what is left on a rung between, and refuses what is static without a copy', async () => {
    const cut: string[] = []
    shedding.copies = {
      fresh: () => undefined,
      left: () => undefined,
      cut: (route, rung) => {
        cut.push(`${route.name} ${rung}`)
        const kept: Ready = {
          status: 200,
          traceparent: 'one',
          age: 3,
          until: '@7',
          head: ['content-length', '4'],
          body: Buffer.from('kept'),
        }
        return rung === 'cached' && route.name === 'stats.read' ? kept : undefined
      },
    }
    const url = await serve(answering)
    flip('stats', 'cached')
    expect(await (await fetch(`${url}/v1/events/x/stats`)).text()).toBe('kept')
    flip('bootstrap', 'cached')
    expect(await (await fetch(`${url}/v1/events/x/bootstrap`)).text()).toBe('answered')
    flip('bootstrap', 'static')
    expect((await fetch(`${url}/v1/events/x/bootstrap`)).status).toBe(404)
    expect(cut).toEqual(['stats.read cached', 'bootstrap.read cached', 'bootstrap.read static'])
  })

  it('leaves to access what access asks application for', async () => {
    flip('stats', 'omit')
    const url = await serve(answering, true)
    expect(await (await fetch(`${url}/v1/events/x/stats`)).text()).toBe('answered')
  })
})
