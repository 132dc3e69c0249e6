import type { Slot } from '@gala/contracts'
import { until } from '@gala/platform'
import { createOpsClient, GalaError, type OpsClient } from '@gala/sdk'
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { connectRig, get, type Rig } from './rig.js'

type SaveBody = Parameters<OpsClient['jobs']['save']>[0]['body']
type Policy = NonNullable<SaveBody['policy']>

const policy: Policy = {
  ...{ misfire: { policy: 'all', max: 1_000 }, graceMs: 60_000, overlap: 'parallel', timeoutMs: 5_000 },
  ...{ retries: { max: 2, backoffMs: 200 }, pauseAfterFailures: null, scope: 'global', shards: 1, after: [] },
}
const never = { kind: 'once' as const, at: '2099-01-01T00:00:00.000Z' }

async function problemOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'done',
    (error: unknown) => (error instanceof GalaError ? error.code : String(error)),
  )
}

describe('jobs', () => {
  let rig: Rig
  let made: string[] = []
  let count = 0
  beforeAll(async () => {
    rig = await connectRig()
  })
  afterEach(async () => {
    // Those that wait for others were made after them.
    for (const id of made.toReversed()) {
      const { version } = await job(id)
      await rig.operator.a.jobs.save({
        params: { id },
        body: { removed: true, reason: 'the test is over', expectedVersion: version },
      })
    }
    made = []
  })

  const create = async (body: Partial<SaveBody>) => {
    const id = `job-${process.pid}-${count++}`
    const given = { title: id, schedule: never, handler: 'mark', policy, reason: 'a test', expectedVersion: 0, ...body }
    await rig.operator.a.jobs.save({ params: { id }, body: given })
    made.push(id)
    return id
  }
  const job = async (id: string) => (await rig.operator.a.jobs.detail({ params: { id } })).data
  const slots = async (id: string) =>
    (await rig.operator.b.jobs.slots({ params: { id }, query: { pageSize: 100 } })).data.items
  const run = async (id: string, dc?: string) =>
    (await rig.operator.b.jobs.run({ params: { id }, body: { reason: 'a look', ...(dc && { dc }) } })).data.slots
  const ended = async (id: string, at?: string): Promise<Slot> => {
    let found: Slot | undefined
    let ledger: Slot[] = []
    await until(
      async () => {
        ledger = await slots(id)
        found = ledger.find((slot) => (at === undefined || slot.at === at) && ['ok', 'failed'].includes(slot.state))
        return found !== undefined
      },
      () => `no slot of ${id} has ended: ${JSON.stringify(ledger.slice(0, 3))}`,
      30_000,
    )
    return found as Slot
  }
  const board = async () => (await rig.operator.b.jobs.board({})).data

  describe('whose handler does not behave', () => {
    const rehearse = (params: object, more: Partial<Policy> = {}) =>
      create({ handler: 'rehearse', params: { ...params }, policy: { ...policy, ...more } })

    it('throws: it is tried again as declared, then it has failed, and says why', async () => {
      const id = await rehearse({ how: 'throw' })
      await run(id)
      const slot = await ended(id)
      expect(slot).toMatchObject({ state: 'failed', reason: 'error' })
      expect(slot.attempts.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'failed'])
      expect((await job(id)).failures).toBe(1)
    })

    it('fails once: the second attempt is well', async () => {
      const id = await rehearse({ how: 'flaky', times: 1 })
      await run(id)
      const slot = await ended(id)
      expect(slot.attempts.map(({ outcome }) => outcome)).toEqual(['failed', 'ok'])
      expect(slot.state).toBe('ok')
    })

    it.each(['hang', 'spin'])('%ss: it is ended when its time is over, and base goes on', async (how) => {
      const id = await rehearse({ how, forMs: 60_000 }, { timeoutMs: 600, retries: { max: 0, backoffMs: 0 } })
      const other = await create({})
      await run(id)
      await run(other)
      expect(await ended(other)).toMatchObject({ state: 'ok' })
      expect(await ended(id)).toMatchObject({ state: 'failed', reason: 'timeout' })
    })

    it('eats memory: it alone ends', async () => {
      const id = await rehearse({ how: 'memory' }, { timeoutMs: 30_000, retries: { max: 0, backoffMs: 0 } })
      const before = (await board()).schedulers[0]?.holder
      await run(id)
      expect(await ended(id)).toMatchObject({ state: 'failed', reason: 'memory' })
      expect((await board()).schedulers[0]?.holder).toBe(before)
    })

    it('fails again and again: the job is paused, and goes on when an operator says so', async () => {
      const id = await rehearse({ how: 'throw' }, { pauseAfterFailures: 2, retries: { max: 0, backoffMs: 0 } })
      for (let i = 0; i < 2; i++) await ended(id, (await run(id))[0]?.at)
      const paused = await job(id)
      expect(paused.paused).toMatchObject({ by: 'scheduler' })
      const body = { paused: false, reason: 'mended', expectedVersion: paused.version }
      const { data } = await rig.operator.a.jobs.pause({ params: { id }, body })
      expect(data).toMatchObject({ paused: null, failures: 0 })
    })
  })

  it('that are slow can be ended by an operator', async () => {
    const id = await create({
      handler: 'rehearse',
      params: { how: 'slow', forMs: 60_000 },
      policy: { ...policy, timeoutMs: 60_000 },
    })
    const [slot] = await run(id)
    await until(async () => (await slots(id)).some(({ state }) => state === 'running'), 'it does not run', 10_000)
    await rig.operator.a.jobs.act({
      params: { id },
      body: { at: slot?.at ?? '', shard: 0, act: 'cancel', reason: 'enough' },
    })
    expect(await ended(id)).toMatchObject({ state: 'failed', reason: 'cancelled' })
  })

  it('that come again are written ahead, run at their times, and make up for what was missed when they are asked to', async () => {
    const id = await create({ schedule: { kind: 'interval', everyMs: 1_000 } })
    await until(
      async () => (await slots(id)).filter(({ state }) => state === 'ok').length >= 3,
      'it does not run',
      20_000,
    )
    const ledger = await slots(id)
    expect(ledger.filter(({ state }) => state === 'due').length).toBeGreaterThan(10)
    const from = new Date(Date.parse(ledger.at(-1)?.at ?? '') - 5_500).toISOString()
    const to = new Date(Date.parse(ledger.at(-1)?.at ?? '') - 500).toISOString()
    const { data } = await rig.operator.a.jobs.backfill({ params: { id }, body: { from, to, reason: 'missed' } })
    expect(data.added).toBe(5)
    const again = await rig.operator.a.jobs.backfill({ params: { id }, body: { from, to, reason: 'missed' } })
    expect(again.data.added).toBe(0)
  })

  it('of each data centre are run in each, by its own processes', async () => {
    const id = await create({ schedule: { kind: 'interval', everyMs: 1_000 }, policy: { ...policy, scope: 'dc' } })
    const byDc = async () =>
      Map.groupBy(
        (await slots(id)).filter(({ state }) => state === 'ok'),
        ({ dc }) => dc,
      )
    await until(
      async () => {
        const done = await byDc()
        return ['dc-a', 'dc-b'].every((dc) => (done.get(dc)?.length ?? 0) >= 2)
      },
      'it does not run in both',
      30_000,
    )
    for (const [dc, done] of await byDc()) {
      for (const { attempts } of done) expect(attempts[0]?.holder.startsWith(`${dc}.`)).toBe(true)
    }
    expect(await problemOf(run(id))).toBe('VALIDATION_FAILED')
    const [slot] = await run(id, 'dc-b')
    expect(await ended(id, slot?.at)).toMatchObject({ state: 'ok', dc: 'dc-b' })
  })

  it('in shards are run in each', async () => {
    const id = await create({ policy: { ...policy, shards: 3 } })
    expect(await run(id)).toHaveLength(3)
    await until(
      async () => (await slots(id)).filter(({ state, shard }) => state === 'ok' && shard < 3).length === 3,
      'not every shard is run',
      10_000,
    )
  })

  it('wait for those they are to be run after', async () => {
    const first = await create({
      handler: 'rehearse',
      params: { how: 'throw' },
      policy: { ...policy, retries: { max: 0, backoffMs: 0 } },
    })
    const at = new Date(Date.now() + 1_500).toISOString()
    const then = await create({ schedule: { kind: 'once', at }, policy: { ...policy, after: [first] } })
    await until(async () => (await slots(then))[0]?.reason === 'dependency', 'it does not wait', 10_000)
    expect((await slots(then))[0]?.state).toBe('late')
    await run(first)
    await until(async () => (await slots(then))[0]?.state === 'skipped', 'it waits for what has failed', 10_000)
    expect((await slots(then))[0]?.reason).toBe('dependency')
  })

  it('go on when whoever hands them out is killed', async () => {
    const id = await create({ schedule: { kind: 'interval', everyMs: 1_000 } })
    await until(async () => (await slots(id)).some(({ state }) => state === 'ok'), 'it does not run', 20_000)
    const leader = (await board()).schedulers[0]
    const name = leader?.holder?.split('#')[0] ?? ''
    const ask = name.startsWith('dc-a') ? rig.operator.b : rig.operator.a
    await rig.platform.part('kill', name)
    const killedMs = Date.now()
    await until(
      async () => {
        const now = (await ask.jobs.board({})).data.schedulers[0]
        return now !== undefined && now.holder !== leader?.holder && now.token > (leader?.token ?? 0)
      },
      'nobody takes over',
      20_000,
    )
    const of = async () => (await ask.jobs.slots({ params: { id }, query: { pageSize: 100 } })).data.items
    await until(
      async () => (await of()).some(({ state, at }) => state === 'ok' && Date.parse(at) > killedMs + 3_000),
      'it is not run any more',
      30_000,
    )
    await rig.platform.healed()
    const missed = (await slots(id)).filter(({ at, state }) => Date.parse(at) < killedMs && state !== 'ok')
    expect(missed).toEqual([])
    for (const { attempts } of await slots(id))
      expect(attempts.filter(({ outcome }) => outcome === 'ok').length).toBeLessThan(2)
  })

  it('are refused with what is wrong, and only to those who may', async () => {
    const refused = (body: Partial<SaveBody>) => problemOf(create(body))
    expect(await refused({ handler: 'nothing' })).toBe('VALIDATION_FAILED')
    expect(await refused({ schedule: { kind: 'cron', expression: '61 * * * *', timeZone: 'UTC' } })).toBe(
      'VALIDATION_FAILED',
    )
    expect(await refused({ schedule: { kind: 'cron', expression: '* * * * *', timeZone: 'Asia/Nowhere' } })).toBe(
      'VALIDATION_FAILED',
    )
    expect(await refused({ schedule: { kind: 'event', at: 'T-5m' } })).toBe('VALIDATION_FAILED')
    expect(await refused({ handler: 'warm' })).toBe('VALIDATION_FAILED')
    expect(await refused({ event: 'nowhere' })).toBe('EVENT_NOT_FOUND')
    expect(await refused({ policy: { ...policy, after: ['nothing'] } })).toBe('VALIDATION_FAILED')
    expect(await refused({ policy: { ...policy, scope: 'dc' } })).toBe('VALIDATION_FAILED')
    expect(await problemOf(rig.operator.a.jobs.detail({ params: { id: 'nowhere' } }))).toBe('JOB_NOT_FOUND')
    const viewer = createOpsClient({ baseUrl: rig.a.base[0] ?? '', token: await rig.platform.token('viewer') })
    const id = await create({})
    expect(await problemOf(viewer.jobs.run({ params: { id }, body: { reason: 'no' } }))).toBe('FORBIDDEN')
    const slot = { at: '2020-01-01T00:00:00.000Z', shard: 0, act: 'skip' as const, reason: 'no' }
    expect(await problemOf(rig.operator.a.jobs.act({ params: { id }, body: slot }))).toBe('SLOT_NOT_FOUND')
    const ends = { at: never.at, shard: 0, act: 'cancel' as const, reason: 'no' }
    expect(await problemOf(rig.operator.a.jobs.act({ params: { id }, body: ends }))).toBe('SLOT_NOT_OPEN')
  })

  it('have pages of their queue for who has a ticket, to look at and nothing else', async () => {
    const base = rig.a.base[0] ?? ''
    expect((await get(`${base}/ops/queues/`)).status).toBe(401)
    const { data } = await rig.operator.a.jobs.queues({ body: {} })
    const entered = await get(`${base}${data.url}`, { redirect: 'manual' })
    expect(entered.status).toBe(302)
    const cookie = entered.headers.get('set-cookie') ?? ''
    expect(cookie).toContain('HttpOnly; SameSite=Strict')
    const headers = { cookie: cookie.split(';')[0] ?? '' }
    expect(await get(`${base}/ops/queues/`, { headers })).toMatchObject({ status: 200 })
    const queues = await get(`${base}/ops/queues/api/queues`, { headers })
    expect(queues.body).toContain('steps')
    expect((await get(`${base}/ops/queues/api/queues/steps/pause`, { headers, method: 'PUT' })).status).toBe(405)
    // A ticket is good for one browser.
    expect((await get(`${base}${data.url}`, { redirect: 'manual' })).status).toBe(401)
  })
})
