import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '@gala/platform'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { openBrowser, openPage } from './browser.js'
import { flood } from './flood.js'
import { connectRig, get, type Rig, readers } from './rig.js'

const stateDir = process.env['GALA_TEST_STATE_DIR'] ?? ''
const newSession = () => randomBytes(12).toString('hex')
/** Each address of each data centre lets so many batches of one session in at once, and one more a second. */
const sessionBurst = 10

function batchOf(session: string, seqs: readonly number[], more: object = {}) {
  const sentAt = Date.now()
  const beacons = seqs.map((seq) => ({ seq, at: sentAt, kind: 'beat', event: 'spring-gala' }))
  return { session, batch: `${session}-${seqs[0]}`, sentAt, beacons, ...more }
}

const post = (edge: string, body: unknown, headers: Record<string, string> = {}) =>
  get(`${edge}/v1/pingbacks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? (body as BodyInit) : JSON.stringify(body),
  })

/** What is in the spools of both data centres. */
function linesOf(topic: string, has: string): Record<string, unknown>[] {
  return ['dc-a', 'dc-b'].flatMap((dc) => {
    const dir = join(stateDir, dc, 'spool')
    // Made by whoever writes first.
    const files = existsSync(dir) ? readdirSync(dir).filter((file) => file.startsWith(`${topic}.`)) : []
    // The last one may be half a line.
    const lines = files.flatMap((file) => readFileSync(join(dir, file), 'utf8').split('\n').slice(0, -1))
    return lines.filter((line) => line.includes(has)).map((line) => JSON.parse(line) as Record<string, unknown>)
  })
}

/** Ping-backs an access process has answered so far. */
async function requestsOf(access: string): Promise<number> {
  const { body } = await get(`${access}/metrics`)
  const counts = body
    .split('\n')
    .filter((line) => line.startsWith('gala_http_requests_total') && line.includes('/v1/pingbacks'))
  return counts.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

describe('what players report', () => {
  let rig: Rig
  beforeAll(async () => {
    rig = await connectRig()
  })

  it('is on a disk once, however often a batch is sent, and says whose it is', async () => {
    const session = newSession()
    const sent = batchOf(session, [0, 1, 2])
    const replies = await Promise.all(Array.from({ length: 4 }, () => post(rig.a.edge, sent)))
    const again = await post(rig.a.edge, sent)
    const token = rig.status.viewerToken
    const known = await post(rig.a.edge, JSON.stringify(batchOf(session, [2, 3], { token })), {
      'content-type': 'text/plain;charset=UTF-8',
    })
    for (const { status } of replies) expect([202, 409]).toContain(status)
    const accepted = replies
      .filter(({ status }) => status === 202)
      .map(({ body }) => JSON.parse(body).accepted as number)
    expect(accepted.reduce((sum, count) => sum + count, 0)).toBe(3)
    expect([again.status, JSON.parse(again.body)]).toMatchObject([202, { accepted: 0, repeated: 3 }])
    expect([known.status, JSON.parse(known.body)]).toMatchObject([202, { accepted: 1, repeated: 1 }])
    const lines = linesOf('beacons', session)
    expect(lines.map(({ id, verified }) => [id, verified]).toSorted()).toEqual(
      [0, 1, 2, 3].map((seq) => [`${session}-${seq}`, seq === 3]),
    )
    expect(lines.every(({ dc }) => dc === 'dc-a')).toBe(true)
    expect(JSON.stringify(lines)).not.toContain(token)
  })

  it('is taken by the clock of the platform, whatever that of the client says', async () => {
    const session = newSession()
    const wrong = 20 * 3_600_000
    const batch = batchOf(session, [0])
    const at = batch.sentAt + wrong
    const before = Date.now()
    const ahead = { ...batch, sentAt: at, beacons: batch.beacons.map((beacon) => ({ ...beacon, at: at - 1_000 })) }
    expect(JSON.parse((await post(rig.a.edge, ahead)).body)).toMatchObject({ accepted: 1 })
    const [line] = linesOf('beacons', session)
    expect(Number(line?.['at'])).toBeGreaterThanOrEqual(before - 1_000)
    expect(Number(line?.['at'])).toBeLessThanOrEqual(Date.now() - 1_000)
    const mad = { ...batchOf(session, [1]), sentAt: 5 }
    expect(JSON.parse((await post(rig.a.edge, mad)).body)).toMatchObject({
      accepted: 0,
      refused: [{ index: 0, code: 'CLOCK_SKEWED' }],
    })
  })

  it('is refused, in its own words, when it is forged or is no batch', async () => {
    const session = newSession()
    const plain = batchOf(session, [0])
    const forged = `${rig.status.viewerToken.slice(0, -6)}AAAAAA`
    const text = { 'content-type': 'text/plain;charset=UTF-8' }
    const cases: [unknown, Record<string, string>, number, string][] = [
      [{ ...plain, token: forged }, {}, 401, 'UNAUTHENTICATED'],
      [{ ...plain, token: 'nothing' }, text, 401, 'UNAUTHENTICATED'],
      [plain, { authorization: `Bearer ${forged}` }, 401, 'UNAUTHENTICATED'],
      [{ ...plain, extra: 1 }, {}, 400, 'VALIDATION_FAILED'],
      [{ ...plain, beacons: [{ ...plain.beacons[0], cmcd: { zz: 1 } }] }, text, 400, 'VALIDATION_FAILED'],
      [
        batchOf(
          session,
          Array.from({ length: 51 }, (_, seq) => seq),
        ),
        {},
        400,
        'VALIDATION_FAILED',
      ],
      [new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), text, 400, 'MALFORMED_BODY'],
      ['{"session":', {}, 400, 'MALFORMED_BODY'],
      ['a=1', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
      ['x'.repeat(40_000), {}, 413, 'BODY_TOO_LARGE'],
      ['x'.repeat(1_048_576), {}, 413, 'BODY_TOO_LARGE'],
    ]
    for (const [body, headers, status, code] of cases) {
      const seen = await post(rig.a.edge, body, headers)
      expect([seen.status, JSON.parse(seen.body).code]).toEqual([status, code])
    }
    const { errors } = JSON.parse((await post(rig.a.edge, { ...plain, extra: 1 })).body)
    expect(errors).toEqual([{ path: 'body', message: expect.stringContaining('extra') }])
    expect(linesOf('beacons', session)).toEqual([])
  })

  it('is bounded for one client that sends ten thousand batches, and the audience reads on', async () => {
    const session = newSession()
    const reading = readers(`${rig.a.edge}/v1/events/spring-gala`, 2)
    const { statuses, tookS } = await flood(rig.a.edge, { total: 10_000 }, (seq) =>
      JSON.stringify(batchOf(session, [seq])),
    )
    const { reads, failures } = await reading.stop()
    expect(failures).toEqual([])
    expect(reads).toBeGreaterThan(20)
    const lines = linesOf('beacons', session)
    const accepted = statuses.get(202) ?? 0
    // Counted for each access process by itself; one that is busy has the other data centre's stand in.
    const counting = rig.a.access.length + rig.b.access.length
    expect(accepted).toBeLessThanOrEqual(counting * (sessionBurst + tookS + 1))
    expect(new Set(lines.map(({ id }) => id)).size).toBeGreaterThanOrEqual(accepted)
    expect([...statuses.keys()].filter((status) => ![202, 429, 503].includes(status))).toEqual([])
    expect([...statuses.values()].reduce((sum, count) => sum + count, 0)).toBe(10_000)
    expect(statuses.get(429) ?? 0).toBeGreaterThan(8_000)
  }, 120_000)

  it('is held back at the edge when one address sends all it can, each batch of a session of its own', async () => {
    const mark = newSession().slice(0, 16)
    const reading = readers(`${rig.a.edge}/v1/events/spring-gala`, 2)
    const asked = async () => (await Promise.all(rig.a.access.map(requestsOf))).reduce((sum, count) => sum + count, 0)
    const before = await asked()
    const body = (n: number) => JSON.stringify(batchOf(`${mark}-${n}`, [0]))
    const { statuses, tookS } = await flood(rig.a.edge, { total: 100_000, forMs: 10_000 }, body)
    const { failures, reads } = await reading.stop()
    expect(failures).toEqual([])
    expect(reads).toBeGreaterThan(20)
    expect([...statuses.keys()].filter((status) => ![202, 429, 503].includes(status))).toEqual([])
    expect(statuses.get(429) ?? 0).toBeGreaterThan(0)
    // What the edge lets through is its burst and its rate; nothing else of it costs access anything.
    expect((await asked()) - before).toBeLessThanOrEqual(1_000 + 200 * (tookS + 1))
    const ids = new Set(linesOf('beacons', mark).map(({ id }) => id))
    expect(ids.size).toBeGreaterThanOrEqual(statuses.get(202) ?? 0)
  })

  it('stops when operators switch it off, and pages are told not to report', async () => {
    const screen = async () => (await rig.audience.a.bootstrap.read({ params: { id: 'nova-launch' } })).data.pingbacks
    // A tenth of all while the machine is busy.
    expect(await screen()).toEqual({ oneIn: expect.any(Number), url: '/v1/pingbacks' })
    const reason = 'a scenario'
    const flip = async (state: 'omit' | 'auto') => {
      const { switches } = (await rig.operator.a.switches.list({})).data
      const expectedRev = switches.find(({ key }) => key === 'pingbacks')?.rev ?? 0
      await rig.operator.a.switches.order({ params: { key: 'pingbacks' }, body: { state, reason, expectedRev } })
    }
    await flip('omit')
    try {
      const refused = async () => {
        const seen = await post(rig.a.edge, batchOf(newSession(), [0]))
        const wait = Number(seen.headers.get('retry-after'))
        return seen.status === 404 && JSON.parse(seen.body).code === 'SWITCHED_OFF' && wait >= 20
      }
      await until(refused, 'it is not switched off', 20_000)
      await until(async () => (await screen()) === null, 'pages are asked to report all the same', 20_000)
    } finally {
      await flip('auto')
    }
    await until(async () => (await post(rig.a.edge, batchOf(newSession(), [0]))).status === 202, 'it stays off', 20_000)
  })

  it('has copies of what is said in a room, without the words', async () => {
    const text = `copied ${newSession()}`
    const body = { type: 'chat', text, clientId: newSession(), seq: 0 }
    const said = await get(`${rig.a.edge}/v1/rooms/spring-gala/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${rig.status.viewerToken}` },
      body: JSON.stringify(body),
    })
    const { id } = JSON.parse(said.body) as { id: string }
    const copies = () => linesOf('messages', `"${id}"`)
    await until(async () => copies().length > 0, 'there is no copy', 20_000)
    expect(copies()).toEqual([expect.objectContaining({ what: 'accepted', lane: 'chat', length: text.length })])
    expect(linesOf('messages', text)).toEqual([])
  })

  describe('in a browser', () => {
    let browser: Browser
    beforeAll(async () => {
      browser = await openBrowser()
    })
    afterAll(() => browser.close())

    it('is the join of a real player, then its end when the page goes', async () => {
      const asks = async () => (await rig.audience.a.bootstrap.read({ params: { id: 'spring-gala' } })).data.pingbacks
      // A copy of the first screen may be from when it was switched off.
      await until(async () => (await asks()) !== null, 'pages are not asked to report', 60_000)
      // One session in so many reports: this one does.
      const chosen = () => {
        Math.random = () => 0
      }
      const { page, complaints } = await openPage(browser, rig.status.viewer, undefined, chosen)
      const sessions: string[] = []
      page.on('request', (request) => {
        if (!request.url().endsWith('/v1/pingbacks')) return
        sessions.push((JSON.parse(request.postData() ?? '{}') as { session: string }).session)
      })
      await until(async () => sessions.length > 0, 'the page reports nothing', 30_000)
      const kinds = () => linesOf('beacons', sessions[0] ?? 'none').map(({ kind }) => kind)
      await until(async () => kinds().includes('join'), 'there is no join', 30_000)
      const join = linesOf('beacons', sessions[0] ?? 'none').find(({ kind }) => kind === 'join')
      expect(join).toMatchObject({ event: 'spring-gala', verified: false, joinMs: expect.any(Number) })
      expect(Number(join?.['joinMs'])).toBeGreaterThan(0)
      expect(kinds()).toEqual(expect.arrayContaining(['play', 'bitrate']))
      expect(complaints).toEqual([])
      await page.goto('about:blank')
      await until(async () => kinds().includes('end'), 'the end of the page is not heard of', 20_000)
    })
  })
})
