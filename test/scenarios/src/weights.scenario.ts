import { until } from '@gala/platform'
import type { GalaError } from '@gala/sdk'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { auditOf, connectRig, get, type Rig, readers } from './rig.js'

describe('the weight of a data centre', () => {
  let rig: Rig
  let rev = 0
  beforeAll(async () => {
    rig = await connectRig()
    rev = await revOf(rig.a.id)
  })
  afterAll(async () => {
    await weigh(100)
    await rig.platform.healed()
  })

  const weigh = async (percent: number, dc = rig.a.id, expectedRev = rev) => {
    const body = { percent, reason: 'scenario', expectedRev }
    const { data } = await rig.operator.a.datacentres.weigh({ params: { dc }, body })
    rev = data.rev
    await until(async () => (await obeyed()) >= data.position, 'access does not obey', 10_000)
  }
  const revOf = async (dc: string) => {
    const { items } = (await rig.operator.a.datacentres.board({})).data
    return items.find(({ id }) => id === dc)?.weight.rev ?? 0
  }
  /** What a global load balancer is told. */
  const health = async () => {
    const { status, body, headers } = await get(`${rig.a.edge}/edgez`)
    expect(headers.get('cache-control')).toBe('no-store')
    return { status, ...(JSON.parse(body) as { good: number | null }) }
  }
  const obeyed = async () => {
    const { body } = await get(`${rig.a.access[0]}/resiliencez`)
    return (JSON.parse(body) as { position: number }).position
  }
  /** How often an application has answered something no copy answers; 0 of one that is gone. */
  const answered = async ({ application }: Rig['a']) => {
    const { body } = await get(`${application[0]}/metrics`).catch(() => ({ body: '' }))
    const line = /^gala_http_request_duration_seconds_count\{[^}]*route="\/v1\/time"[^}]*\} (\d+)$/m.exec(body)
    return Number(line?.[1] ?? 0)
  }
  /** What the applications of the two data centres answer while the first is asked so often. */
  const shares = async (reads: number) => {
    const before = await Promise.all([answered(rig.a), answered(rig.b)])
    const reading = readers(`${rig.a.access[0]}/v1/time`, 4)
    await until(() => reading.tally.reads >= reads, 'readers are stuck', 60_000)
    expect((await reading.stop()).failures).toEqual([])
    const after = await Promise.all([answered(rig.a), answered(rig.b)])
    return after.map((count, i) => count - (before[i] ?? 0))
  }

  it('leaves everything to the other application when it is drained, without a failed read, and takes it back', async () => {
    const reading = readers(`${rig.a.edge}/v1/events/spring-gala/bootstrap`, 2)
    await weigh(0)
    const [here = 0, there = 0] = await shares(300)
    expect([here, there >= 300]).toEqual([0, true])
    expect(await health()).toMatchObject({ status: 503, ready: false, by: 'order', reason: 'drained' })
    await weigh(50)
    const [half = 0, other = 0] = await shares(400)
    expect(half / (half + other)).toBeGreaterThan(0.35)
    expect(half / (half + other)).toBeLessThan(0.65)
    await weigh(100)
    const [whole = 0] = await shares(300)
    expect(whole).toBeGreaterThanOrEqual(300)
    // What suites before this one made fail is told for ten seconds.
    await until(async () => (await health()).good === 1, 'edge tells of bad answers', 30_000)
    expect(await health()).toMatchObject({ status: 200, ready: true, by: 'outcome', reason: null })
    const { reads, failures } = await reading.stop()
    expect(failures).toEqual([])
    expect(reads).toBeGreaterThan(100)
  })

  it('comes home when everything else is dead', async () => {
    await weigh(0)
    await rig.platform.part('stop', `${rig.b.id}.application-1`)
    try {
      const [here = 0] = await shares(100)
      expect(here).toBeGreaterThanOrEqual(100)
    } finally {
      await rig.platform.part('start', `${rig.b.id}.application-1`)
    }
  })

  it('is refused for the last data centre that is not drained, and for who has not seen the newest order', async () => {
    const refusal = (call: Promise<unknown>) =>
      call.then(
        () => 'done',
        ({ code }: GalaError) => code,
      )
    expect(await refusal(weigh(0, rig.b.id, await revOf(rig.b.id)))).toBe('VALIDATION_FAILED')
    expect(await refusal(weigh(50, rig.a.id, rev - 1))).toBe('STALE_VERSION')
    expect(await auditOf(rig, `dc:${rig.a.id}`, 2)).toMatchObject([
      { action: 'datacentres.weigh', outcome: 'refused', code: 'STALE_VERSION' },
      { action: 'datacentres.weigh', outcome: 'done', before: { percent: 100 }, after: { percent: 0 } },
    ])
  })
})
