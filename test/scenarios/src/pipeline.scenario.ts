import { readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { type DcBooks, dcBooksSchema } from '@gala/contracts'
import { until } from '@gala/platform'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { connectRig, get, type Rig, readers } from './rig.js'

const path = '/v1/events/spring-gala/programmes'
const minuteMs = 60_000

describe('the pipeline', () => {
  let rig: Rig
  beforeAll(async () => {
    rig = await connectRig()
  })
  afterAll(() => rig.platform.healed())

  const folder = (dc: string) => join(process.env['GALA_TEST_STATE_DIR'] ?? '', dc, 'edge')
  const full = async (dc: string) => (await readdir(folder(dc))).filter((name) => /^access\.\d{6}\.log$/.test(name))
  /** Requests at that address by data centre, as the panes of the stream link have them. */
  const counted = async () => {
    const port = Number(new URL(rig.a.mysql).port)
    const sql = `SELECT dc, SUM(requests) AS requests FROM gala.pane
      WHERE link = 'stream' AND event = 'spring-gala' AND route = '/v1/events/:id/programmes' GROUP BY dc`
    const rows = (await rig.platform.asAdmin(port, sql)) as { dc: string; requests: string }[]
    const of = (dc: string) => Number(rows.find((row) => row.dc === dc)?.requests ?? 0)
    return [of(rig.a.id), of(rig.b.id)] as const
  }
  const books = async (dc: Rig['a'], fromMs: number): Promise<DcBooks> => {
    const url = dc.parts.find(({ kind }) => kind === 'pipeline')?.url
    const from = fromMs - (fromMs % minuteMs)
    const { body } = await get(`${url}/pipelinez/books?from=${from}&to=${from + 30 * minuteMs}`)
    return dcBooksSchema.parse(JSON.parse(body))
  }
  /** Somebody else takes the file away: the edge is told by the pipeline when it sees that there is none. */
  const rotate = async (dc: string) => {
    const number = 1 + Math.max(0, ...(await full(dc)).map((name) => Number(name.slice(7, 13))))
    await rename(join(folder(dc), 'access.log'), join(folder(dc), `access.${String(number).padStart(6, '0')}.log`))
    await until(async () => (await readdir(folder(dc))).includes('access.log'), 'the edge begins no new file', 30_000)
  }

  it('counts every request of both edges once, while logs are rotated and its process is killed', async () => {
    const beganMs = Date.now()
    const before = await counted()
    const reading = [rig.a, rig.b].map(({ edge }) => readers(`${edge}${path}`, 4))
    const reads = (enough: number) =>
      until(() => reading.every(({ tally }) => tally.reads >= enough), 'readers are stuck', 60_000)
    await reads(300)
    await Promise.all([rig.a, rig.b].map(({ id }) => rotate(id)))
    await reads(600)
    await rig.platform.part('kill', `${rig.a.id}.pipeline-1`)
    await reads(900)
    await rig.platform.part('start', `${rig.a.id}.pipeline-1`)
    await rotate(rig.a.id)
    await reads(1_200)
    const tallies = await Promise.all(reading.map(({ stop }) => stop()))
    expect(tallies.flatMap(({ failures }) => failures)).toEqual([])

    const expected = tallies.map(({ reads: made }, i) => made + (before[i] ?? 0))
    const seen = async () => (await counted()).every((count, i) => count >= (expected[i] ?? 0))
    await until(seen, 'requests are missing in the panes', 60_000)
    // Whatever was sent twice has arrived twice by then: a full file goes when it has been carried on, and counted.
    for (const { id } of [rig.a, rig.b]) {
      await until(async () => (await full(id)).length === 0, 'a full file stays', 90_000)
    }
    expect(await counted()).toEqual(expected)
    for (const dc of [rig.a, rig.b]) {
      await until(async () => (await books(dc, beganMs)).minutes.every(balanced), 'the books do not balance', 30_000)
      const { minutes } = await books(dc, beganMs)
      expect(minutes.reduce((sum, { rolledUp }) => sum + rolledUp, 0)).toBeGreaterThan(1_200)
    }
  })

  it('has a request in its pane within fifteen seconds', async () => {
    const [before] = await counted()
    expect((await get(`${rig.a.edge}${path}?late=1`)).status).toBeLessThan(500)
    await until(async () => (await counted())[0] > before, 'the request is in no pane', 15_000)
  })

  it('says what it does not take for a question about its books', async () => {
    const url = rig.a.parts.find(({ kind }) => kind === 'pipeline')?.url
    for (const query of ['', '?from=0', '?from=60000&to=0', '?from=1&to=60000', '?from=0&to=8640000000000']) {
      expect((await get(`${url}/pipelinez/books${query}`)).status).toBe(400)
    }
  })
})

const balanced = ({ produced, shipped, rolledUp, lost, torn }: DcBooks['minutes'][number]) =>
  produced === rolledUp && shipped === rolledUp && lost === 0 && torn === 0
