import { until } from '@gala/platform'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { connectRig, get, type Rig, readers } from './rig.js'

const readsMin = 5_000

describe('when processes of a data centre are killed', () => {
  let rig: Rig
  beforeAll(async () => {
    rig = await connectRig()
  })
  afterAll(() => rig.platform.healed())

  it('fails no read of the bootstrap, and they come back by themselves', async () => {
    const before = (await rig.platform.status()).dcs[0]?.parts ?? []
    const reading = readers(`${rig.a.edge}/v1/events/spring-gala/bootstrap`, 4)
    const third = (n: number) => until(() => reading.tally.reads >= (readsMin * n) / 3, 'readers are stuck', 120_000)
    await third(1)
    await rig.platform.part('kill', 'dc-a.access-1')
    await third(2)
    await rig.platform.part('kill', 'dc-a.application-1')
    await third(3)
    await rig.platform.healed()
    const { reads, failures } = await reading.stop()
    expect(failures).toEqual([])
    expect(reads).toBeGreaterThanOrEqual(readsMin)
    const after = (await rig.platform.status()).dcs[0]?.parts ?? []
    for (const name of ['dc-a.access-1', 'dc-a.application-1']) {
      const of = (parts: typeof after) => parts.find((part) => part.name === name)
      expect([name, of(after)?.state, of(after)?.restarts]).toEqual([name, 'healthy', (of(before)?.restarts ?? 0) + 1])
      expect(of(after)?.pid).not.toBe(of(before)?.pid)
    }
  })

  it('serves the last-resort copy from the edge when no access process is left, and says so', async () => {
    const url = `${rig.a.edge}/v1/events/spring-gala/bootstrap`
    await until(async () => (await get(url)).headers.get('x-gala-degraded') === null, 'it does not heal', 20_000)
    await Promise.all([rig.platform.part('stop', 'dc-a.access-1'), rig.platform.part('stop', 'dc-b.access-1')])
    try {
      // For the rest of this second the edge's own copy is still a fresh one.
      const lastResort = async () => {
        const seen = await get(url)
        expect([seen.status, JSON.parse(seen.body).event.id]).toEqual([200, 'spring-gala'])
        return (
          seen.headers.get('x-gala-cache') !== 'hit' && seen.headers.get('x-gala-degraded') === 'access-unreachable'
        )
      }
      await until(lastResort, 'nobody says that access is gone', 10_000)
      const health = await get(`${rig.a.edge}/edgez`)
      expect([health.status, JSON.parse(health.body)]).toMatchObject([
        503,
        { ready: false, dc: 'dc-a', reason: 'no access process answers' },
      ])
      const unknown = await fetch(`${rig.a.edge}/v1/events/never-asked-for`)
      expect([unknown.status, ((await unknown.json()) as { code: string }).code]).toEqual([503, 'UPSTREAM_UNAVAILABLE'])
      expect(Number(unknown.headers.get('retry-after'))).toBeGreaterThan(0)
    } finally {
      await Promise.all([rig.platform.part('start', 'dc-a.access-1'), rig.platform.part('start', 'dc-b.access-1')])
    }
  })
})
