import {
  type EventTraffic,
  eventTrafficSchema,
  type LakeQueryReply,
  lakeQueryReplySchema,
  lakeReportSchema,
} from '@gala/contracts'
import { until } from '@gala/platform'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { connectRig, ownEvent, type Rig } from './rig.js'

/** Lines wait a second at the edge, and up to ten for the loader. */
const landedWithinMs = 40_000

describe('the lake of a data centre', () => {
  let rig: Rig
  let id: string
  let url: string
  beforeAll(async () => {
    rig = await connectRig()
    id = await ownEvent(rig, 'lake')
    url = rig.a.parts.find(({ kind }) => kind === 'pipeline')?.url ?? ''
    for (let i = 0; i < 20; i++) await rig.audience.a.events.detail({ params: { id } })
  })

  const post = async (path: string, body: unknown) => {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  const query = async (sql: string): Promise<LakeQueryReply> => {
    const { status, body } = await post('/pipelinez/query', { sql })
    expect([sql, status, body['detail']]).toEqual([sql, 200, undefined])
    return lakeQueryReplySchema.parse(body)
  }

  it('has every request of the edge, and says so to a query', async () => {
    const sql = `SELECT dc, route, outcome, COUNT(*) FROM requests WHERE event_id = '${id}' AND method = 'GET' GROUP BY ALL`
    const row = [rig.a.id, '/v1/events/:id', 'full', 20]
    await until(
      async () => JSON.stringify((await query(sql)).rows) === JSON.stringify([row]),
      `the lake has ${JSON.stringify((await query(sql)).rows)}`,
      landedWithinMs,
    )
  })

  it('has every request once, though the process that carries them is killed again and again', async () => {
    const own = await ownEvent(rig, 'lake-killed')
    const name = `${rig.a.id}.pipeline-1`
    const count = `SELECT COUNT(*) FROM requests WHERE event_id = '${own}' AND method = 'GET'`
    const has = async (all: number) =>
      JSON.stringify((await post('/pipelinez/query', { sql: count })).body['rows']) === `[[${all}]]`
    for (let round = 1; round <= 3; round++) {
      for (let i = 0; i < 20; i++) await rig.audience.a.events.detail({ params: { id: own } })
      // Once before anything of this round is in the lake, once while it may be on its way.
      await rig.platform.part('kill', name)
      await rig.platform.part('start', name)
      await rig.platform.part('kill', name)
      await rig.platform.part('start', name)
      await until(() => has(20 * round), `the lake has not ${20 * round}`, landedWithinMs)
    }
  })

  it('makes a report of an event', async () => {
    const { status, body } = await post('/pipelinez/report', { event: id })
    const traffic: EventTraffic = eventTrafficSchema.parse(body)
    expect([status, traffic.requests, traffic.full, traffic.budget.spent, traffic.budget.left]).toEqual([
      200, 20, 20, 0, 1,
    ])
    expect(traffic.durationMs?.p99).toBeGreaterThanOrEqual(0)
  })

  it('says how far it has come', async () => {
    const report = async () => lakeReportSchema.parse(await (await fetch(`${url}/pipelinez/lake`)).json())
    // A process that has just begun may have found everything loaded.
    const hasLoaded = async () => {
      await rig.audience.a.events.detail({ params: { id } })
      return (await report()).rows > 0
    }
    await until(hasLoaded, 'nothing new is in the lake', landedWithinMs)
    const { completeTo, lostRanges } = await report()
    expect(completeTo).not.toBeNull()
    expect(lostRanges).toBe(0)
  })

  it.each([
    ["COPY requests TO '/tmp/gala-copied.csv'", 422, 'QUERY_REFUSED'],
    ["SELECT * FROM read_text('/etc/passwd')", 422, 'QUERY_REFUSED'],
    ['SELECT 1; SELECT 2', 422, 'QUERY_REFUSED'],
    ['SELECT COUNT(*) FROM range(100000000) a, range(100000000) b WHERE (a.range * b.range) % 7 = 3', 422, 'QUERY_CUT'],
    ["SELECT repeat('x', 900000000)", 422, 'QUERY_CUT'],
    ['', 400, 'VALIDATION_FAILED'],
  ])('refuses or cuts %s', async (sql, status, code) => {
    const answer = await post('/pipelinez/query', { sql })
    expect([answer.status, answer.body['code']]).toEqual([status, code])
    expect((await query('SELECT 1')).rows).toEqual([[1]])
  })

  it('answers a few who ask at once, and refuses the others', async () => {
    const asked = await Promise.all(Array.from({ length: 6 }, () => post('/pipelinez/query', { sql: 'SELECT 1' })))
    expect(asked.map(({ status }) => status).sort()).toEqual([200, 200, 200, 503, 503, 503])
    expect((await query('SELECT 1')).rows).toEqual([[1]])
  })
})
