import { until } from '@gala/platform'
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { Redis } from 'ioredis'
import { connectRig, get, ownEvent, type Rig, readers } from './rig.js'

const bootstrap = '/v1/events/spring-gala/bootstrap'

describe('when data stores are gone', () => {
  let rig: Rig
  beforeAll(async () => {
    rig = await connectRig()
  })
  afterEach(async () => {
    for (const name of ['dc-a.redis', 'dc-a.mysql', 'dc-b.mysql']) await rig.platform.part('start', name)
    await rig.platform.healed()
  })
  const healthy = async (url: string) => {
    const { status, headers } = await get(url)
    return status === 200 && headers.get('x-gala-degraded') === null
  }

  it('goes on counting likes from where it was when the Redis of both data centres comes back without its memory', async () => {
    const params = { id: await ownEvent(rig, 'counted') }
    const give = async (seq: number) => {
      for (let i = 0; i < 8; i++) {
        const body = { count: 5, clientId: `forgotten-client-${i}`, seq }
        await rig.audience[i % 2 === 0 ? 'a' : 'b'].likes.add({ params, body })
      }
    }
    const shown = async (likes: number) => {
      for (const audience of [rig.audience.a, rig.audience.b]) {
        const seen = async () => (await audience.stats.read({ params })).data.likes >= likes
        await until(seen, `${likes} likes are not seen`, 30_000)
      }
    }
    await give(1)
    await shown(40)
    const held = async () => {
      const sql = `SELECT SUM(likes) AS likes FROM gala.event_counts WHERE event_id = '${params.id}'`
      const [row] = (await rig.platform.asAdmin(Number(new URL(rig.a.mysql).port), sql)) as { likes: string | null }[]
      return Number(row?.likes ?? 0) === 40
    }
    await until(held, 'the counts are not written down', 20_000)
    for (const { redis: url } of [rig.a, rig.b]) {
      const redis = new Redis(url)
      await redis.flushall()
      redis.disconnect()
    }
    await rig.platform.healed()
    await give(2)
    await shown(80)
    expect((await rig.audience.a.stats.read({ params })).data.likes).toBe(80)
  }, 120_000)

  it('fails no read while the Redis of a data centre is dead, says so, and heals without a restart', async () => {
    const url = rig.a.edge + bootstrap
    const reading = readers(url, 2)
    await until(() => reading.tally.reads > 200, 'readers are stuck', 60_000)
    await rig.platform.part('kill', 'dc-a.redis')
    await until(
      async () => (await get(url)).headers.get('x-gala-degraded')?.includes('redis-unreachable') ?? false,
      'nobody says that Redis is gone',
      20_000,
    )
    const then = reading.tally.reads
    await until(() => reading.tally.reads > then + 500, 'readers are stuck', 60_000)
    // An edit is still seen in this data centre: without the bus nothing is believed for longer than a second.
    const id = await ownEvent(rig, 'no-redis')
    expect((await rig.audience.a.events.detail({ params: { id } })).data.version).toBe(1)
    await rig.operator.a.events.save({ params: { id }, body: { venue: 'moved', expectedVersion: 1 } })
    await until(
      async () => (await rig.audience.a.events.detail({ params: { id } })).data.venue === 'moved',
      'the edit is not seen',
      5_000,
    )
    await rig.platform.part('start', 'dc-a.redis')
    await until(() => healthy(url), 'it does not heal', 20_000)
    const { failures } = await reading.stop()
    expect(failures).toEqual([])
    const after = await rig.platform.status()
    expect(
      after.dcs
        .flatMap(({ parts }) => parts)
        .filter(({ name }) => /application|access/.test(name))
        .map(({ pid }) => pid),
    ).toEqual(
      rig.status.dcs
        .flatMap(({ parts }) => parts)
        .filter(({ name }) => /application|access/.test(name))
        .map(({ pid }) => pid),
    )
  })

  it('serves what is cached while both databases are stopped, refuses the rest with a wait, and heals', async () => {
    const urls = [rig.a.edge + bootstrap, rig.b.edge + bootstrap, `${rig.a.edge}/v1/events/spring-gala`]
    for (const url of urls) expect((await get(url)).status).toBe(200)
    const cold = await ownEvent(rig, 'cold')
    await Promise.all([rig.platform.part('stop', 'dc-b.mysql'), rig.platform.part('stop', 'dc-a.mysql')])
    for (const url of urls) {
      const degraded = async () => {
        const { status, headers } = await get(url)
        expect(status).toBe(200)
        return headers.get('x-gala-degraded')?.includes('database-unreachable') ?? false
      }
      await until(degraded, `${url} does not say that the database is gone`, 20_000)
    }
    const refused = await get(`${rig.a.edge}/v1/events/${cold}/bootstrap`)
    expect([refused.status, JSON.parse(refused.body)]).toEqual([
      503,
      expect.objectContaining({ code: 'DATABASE_UNAVAILABLE', retryable: true }),
    ])
    expect(refused.headers.get('content-type')).toMatch(/problem\+json/)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    const write = rig.operator.a.events.save({ params: { id: cold }, body: { venue: 'x', expectedVersion: 1 } })
    await expect(write).rejects.toMatchObject({ code: 'DATABASE_READ_ONLY' })
    await Promise.all([rig.platform.part('start', 'dc-a.mysql'), rig.platform.part('start', 'dc-b.mysql')])
    for (const url of [...urls, `${rig.a.edge}/v1/events/${cold}/bootstrap`])
      await until(() => healthy(url), `${url} does not heal`, 30_000)
    await rig.operator.b.events.save({ params: { id: cold }, body: { venue: 'after', expectedVersion: 1 } })
    await until(
      async () => (await rig.audience.b.events.detail({ params: { id: cold } })).data.venue === 'after',
      'the replica does not follow',
      20_000,
    )
  })
})
