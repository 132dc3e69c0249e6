import { controlKey } from '@gala/contracts'
import { until } from '@gala/platform'
import { createOpsClient, GalaError } from '@gala/sdk'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { Redis } from 'ioredis'
import { auditOf, connectRig, ownEvent, type Rig } from './rig.js'

async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'done',
    (error: unknown) => (error instanceof GalaError ? error.code : String(error)),
  )
}

describe('orders of operators', () => {
  let rig: Rig
  beforeAll(async () => {
    rig = await connectRig()
  })
  /** Requests of the audience an application process has answered. */
  const callsOf = async (url: string) => {
    const metrics = await (await fetch(`${url}/metrics`)).text()
    const lines = metrics.matchAll(
      /^gala_http_requests_total\{[^}]*route="\/v1\/events\/:id\/bootstrap"[^}]*\} (\d+)$/gm,
    )
    return [...lines].reduce((sum, [, count]) => sum + Number(count), 0)
  }
  /** Every test leaves the breakers to themselves. */
  const release = async () => {
    const released = await rig.operator.a.breakers.order({
      params: { name: 'application' },
      body: { mode: 'auto', reason: 'the test is over' },
    })
    await acknowledged(released.data.position)
  }
  const force = async (over: { dc?: string; ttlMs?: number; mode?: 'forced-open' | 'observe' } = {}) => {
    const body = { mode: 'forced-open' as const, ttlMs: 600_000, reason: 'a planned look', ...over }
    return (await rig.operator.a.breakers.order({ params: { name: 'application' }, body })).data
  }
  /** As base of the other data centre sees it, so that it takes the whole way. */
  const report = async () => (await rig.operator.b.breakers.report({})).data
  const itemOf = async (dc: string, name = 'application') =>
    (await report()).items.find((item) => item.name === name && item.dc === dc)
  const positions = async () =>
    (await report()).processes.map(({ name, report: of }) => [name, of?.position ?? 0] as const)
  async function acknowledged(position: number, withinMs = 10_000) {
    let laggards: string[] = []
    const all = async () => {
      laggards = (await positions()).filter(([, at]) => at < position).map(([name]) => name)
      return laggards.length === 0
    }
    await until(all, () => `${laggards.join(', ')} did not apply ${position}`, withinMs)
  }
  const audit = (target: string, pageSize?: number) => auditOf(rig, target, pageSize)

  describe('to breakers', () => {
    it('reach every process of both data centres, and so does their release', async () => {
      const { position, order } = await force({ dc: 'dc-b' })
      expect(order).toMatchObject({
        name: 'application',
        dc: 'dc-b',
        mode: 'forced-open',
        actor: 'test-operator',
        position,
      })
      await acknowledged(position)
      const item = await itemOf('dc-b')
      expect(item?.order).toMatchObject({ mode: 'forced-open', actor: 'test-operator', reason: 'a planned look' })
      expect(item?.receipts).toMatchObject({ position, applied: 6, total: 6, laggards: [] })
      expect(item?.receipts?.lastAckMs).toBeLessThan(5_000)
      expect((await itemOf('dc-a'))?.order ?? null).toBeNull()
      await release()
      expect((await itemOf('dc-b'))?.order).toBeNull()
      expect((await itemOf('dc-b'))?.receipts).toMatchObject({ applied: 6, total: 6, laggards: [] })
    })

    it('are obeyed: nobody asks a dependency that is forced open, the audience is answered, and it is probed when released', async () => {
      const event = await ownEvent(rig, 'forced')
      const asked = () => callsOf(rig.a.application[0] ?? '')
      const elsewhere = () => callsOf(rig.b.application[0] ?? '')
      const read = () => rig.audience.a.bootstrap.read({ params: { id: event } })
      const stateIn = async (dc: string) => (await itemOf(dc))?.state
      const { position } = await force({ dc: 'dc-a' })
      await acknowledged(position)
      expect(await stateIn('dc-a')).toBe('open')
      expect(await stateIn('dc-b')).not.toBe('open')
      const before = await asked()
      const enough = (await elsewhere()) + 3
      const answered = async () => {
        expect((await read()).meta.status).toBe(200)
        return (await elsewhere()) >= enough
      }
      await until(answered, 'the other data centre is not asked', 15_000)
      expect(await asked()).toBe(before)
      await release()
      await until(
        async () => {
          await read()
          const { processes } = await report()
          const access = processes.find(({ name }) => name === 'dc-a.access-1')?.report
          return access?.breakers.find(({ name, dc }) => name === 'application' && dc === 'dc-a')?.state === 'closed'
        },
        'it does not recover after its release',
        30_000,
      )
      expect(await asked()).toBeGreaterThan(before)
    })

    it('for all data centres take the place of those for single ones', async () => {
      await force({ dc: 'dc-b' })
      const { position } = await force({ mode: 'observe' })
      await acknowledged(position)
      for (const dc of ['dc-a', 'dc-b']) expect((await itemOf(dc))?.order).toMatchObject({ mode: 'observe', dc: null })
      await release()
    })

    it('end by themselves', async () => {
      const { position } = await force({ ttlMs: 1_000 })
      await acknowledged(position)
      await until(async () => !(await itemOf('dc-a'))?.order, 'the order does not end', 10_000)
    })

    it('are refused without a reason, an end, a role or a known place, and the audit names who tried', async () => {
      const token = await rig.platform.token('viewer', 600)
      const viewer = createOpsClient({ baseUrl: rig.b.base[0] ?? '', token })
      const name = `refused-${process.pid}`
      const whole = { mode: 'forced-open' as const, ttlMs: 5_000, reason: 'no' }
      const { reason: _, ...withoutReason } = whole
      const { ttlMs: __, ...withoutEnd } = whole
      const wrong = [withoutReason, withoutEnd, { ...whole, dc: 'dc-z' }, { ...whole, ttlMs: 86_400_001 }]
      for (const body of wrong) {
        const call = rig.operator.a.breakers.order({ params: { name }, body: body as typeof whole })
        expect([body, await codeOf(call)]).toEqual([body, 'VALIDATION_FAILED'])
      }
      const refused = viewer.breakers.order({ params: { name }, body: whole })
      await expect(refused).rejects.toMatchObject({ code: 'FORBIDDEN', status: 403 })
      expect(await codeOf(viewer.breakers.report({}))).toBe('done')
      const seen = await audit(`breaker:${name}`, 5)
      expect(seen.map(({ actor, action, code }) => [actor, action, code])).toEqual([
        ['test-viewer', 'breakers.order', 'FORBIDDEN'],
        ...wrong.map(() => ['test-operator', 'breakers.order', 'VALIDATION_FAILED']),
      ])
    })

    it('for all data centres are released in all of them, never in one', async () => {
      await force()
      const body = { mode: 'auto' as const, dc: 'dc-a', reason: 'only here' }
      expect(await codeOf(rig.operator.a.breakers.order({ params: { name: 'application' }, body }))).toBe(
        'VALIDATION_FAILED',
      )
      await release()
    })

    it('are written down with who, why, and what stood before', async () => {
      await force({ dc: 'dc-b' })
      await release()
      const [released, forced] = await audit('breaker:application', 2)
      expect(forced).toMatchObject({
        actor: 'test-operator',
        action: 'breakers.order',
        outcome: 'done',
        reason: 'a planned look',
        after: { mode: 'forced-open', dc: 'dc-b' },
      })
      expect(released).toMatchObject({
        reason: 'the test is over',
        before: [{ mode: 'forced-open', dc: 'dc-b' }],
        after: { mode: 'auto', dc: null },
      })
    })

    it('stand while the Redis of a data centre is gone, and come back to it when it returns empty', async () => {
      const before = await force({ dc: 'dc-a' })
      await acknowledged(before.position)
      await rig.platform.part('kill', 'dc-b.redis')
      try {
        const { position } = await force({ dc: 'dc-b' })
        const there = async () => (await positions()).filter(([name]) => name.startsWith('dc-a.'))
        await until(async () => (await there()).every(([, at]) => at >= position), 'dc-a does not obey', 10_000)
        const silent = (await itemOf('dc-b'))?.receipts
        expect(silent?.laggards).toEqual(['dc-b.access-1', 'dc-b.application-1', 'dc-b.hot-1'])
        // What they obeyed before they were cut off they still obey.
        for (const [name, at] of await positions()) expect([name, at >= before.position]).toEqual([name, true])
        // One that is started now finds nothing to obey, until Redis is back and base has given it the orders again.
        await rig.platform.part('kill', 'dc-b.access-1')
        await rig.platform.part('start', 'dc-b.redis')
        await emptied(rig.b.redis, position)
        await acknowledged(position, 20_000)
      } finally {
        await rig.platform.part('start', 'dc-b.redis')
        await rig.platform.healed()
      }
      await release()
    })
  })

  /** Empties a Redis and waits until the orders are there again. */
  async function emptied(url: string, position: number) {
    const redis = new Redis(url)
    try {
      await redis.flushall()
      const held = async () => Number(JSON.parse((await redis.get(`gala:${controlKey}`)) ?? '{}').position ?? 0)
      await until(async () => (await held()) >= position, 'Redis does not get the orders back', 5_000)
    } finally {
      redis.disconnect()
    }
  }

  describe('about pools', () => {
    it('move an event and bring it home, in every process', async () => {
      const event = await ownEvent(rig, 'moved')
      const move = async (pool: string) =>
        (await rig.operator.a.pools.move({ params: { id: event }, body: { pool, reason: `to ${pool}` } })).data
      const known = (await rig.operator.b.pools.report({})).data.items.flatMap(({ pools }) => pools)
      expect(known.filter((pool) => pool === 'hot')).toHaveLength(2)
      const moved = await move('hot')
      expect(moved.move).toMatchObject({ event, actor: 'test-operator', position: moved.position })
      await acknowledged(moved.position)
      const asked = async (urls: readonly string[]) =>
        (await Promise.all(urls.map(callsOf))).reduce((sum, count) => sum + count, 0)
      const usual = rig.status.dcs.flatMap(({ application }) => application)
      const hot = rig.status.dcs.flatMap(({ hot }) => hot)
      const before = await asked(usual)
      await rig.audience.a.bootstrap.read({ params: { id: event } })
      expect(await asked(hot)).toBeGreaterThan(0)
      expect(await asked(usual)).toBe(before)
      const home = await move('application')
      expect(home.move).toBeNull()
      await acknowledged(home.position)
      const [last] = await audit(`event:${event}`)
      expect(last).toMatchObject({ action: 'pools.move', reason: 'to application', after: { pool: 'application' } })
    })

    it('are refused for an event nobody has', async () => {
      const body = { pool: 'application', reason: 'no' }
      const call = rig.operator.a.pools.move({ params: { id: `nobody-${process.pid}` }, body })
      await expect(call).rejects.toMatchObject({ code: 'EVENT_NOT_FOUND', status: 404 })
    })
  })
})
