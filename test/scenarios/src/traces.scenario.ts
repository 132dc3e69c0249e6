import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from '@gala/platform'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { connectRig, get, ownEvent, type Rig } from './rig.js'

interface SpanLine {
  trace: string
  span: string
  parent: string | null
  name: string
  service: string
  instance: string
  dc: string
  status: 'ok' | 'error'
  kept: string
  event: string | null
  route: string | null
  durationUs: number
}

/** Ids that are not among those kept for no reason. */
const traceId = () => `${randomBytes(12).toString('hex')}00000001`
const traceparentOf = (trace: string) => `00-${trace}-00f067aa0ba902b7-01`

describe('traces', () => {
  let rig: Rig
  let token: string
  beforeAll(async () => {
    rig = await connectRig()
    token = (await rig.operator.a.traces.force({ body: { forS: 600, reason: 'scenario' } })).data.token
  })

  /** Everything kept of a trace, in both data centres. */
  async function spansOf(trace: string): Promise<SpanLine[]> {
    const dirs = [rig.a, rig.b].map(({ id }) => join(process.env['GALA_TEST_STATE_DIR'] ?? '', id, 'spool'))
    const files = await Promise.all(
      dirs.map(async (dir) => (await readdir(dir).catch(() => [])).map((name) => join(dir, name))),
    )
    const texts = await Promise.all(files.flat().map((file) => readFile(file, 'utf8').catch(() => '')))
    return texts
      .flatMap((text) => text.split('\n').slice(0, -1))
      .filter((line) => line.includes(trace))
      .map((line) => JSON.parse(line) as SpanLine)
      .filter((span) => span.trace === trace)
  }

  async function keptOf(trace: string, enough: (spans: readonly SpanLine[]) => boolean): Promise<SpanLine[]> {
    let spans: SpanLine[] = []
    const told = () => `of ${trace} there are ${spans.map(({ service, name }) => `${service} ${name}`).join(', ')}`
    await until(
      async () => {
        spans = await spansOf(trace)
        return enough(spans)
      },
      told,
      10_000,
      200,
    )
    return spans
  }

  const forced = async (path: string, edge = rig.a.edge) => {
    const trace = traceId()
    const headers = { traceparent: traceparentOf(trace), 'x-gala-trace': token }
    return { trace, ...(await get(`${edge}${path}`, { headers })) }
  }
  const whole = (spans: readonly SpanLine[]) =>
    ['access', 'application'].every((service) => spans.some((span) => span.service === service && span.route !== null))

  it('that are forced are whole: from the edge to MySQL and Redis, each step a child of the one before', async () => {
    const event = await ownEvent(rig, 'traced')
    const { trace, status, headers } = await forced(`/v1/events/${event}`)
    expect([status, headers.get('traceparent')]).toEqual([200, traceparentOf(trace)])
    const spans = await keptOf(trace, (all) => whole(all) && all.some(({ name }) => name.startsWith('mysql ')))
    const at = (name: RegExp, service: string) => spans.find((span) => name.test(span.name) && span.service === service)
    const [answered, asked, made] = [
      at(/^events\./, 'access'),
      at(/^application GET$/, 'access'),
      at(/^events\./, 'application'),
    ]
    expect(answered).toMatchObject({ event, parent: '00f067aa0ba902b7', dc: 'dc-a', status: 'ok', kept: 'forced' })
    expect(asked?.parent).toBe(answered?.span)
    expect(made).toMatchObject({ event, parent: asked?.span, route: '/v1/events/:id', kept: 'forced' })
    const ids = new Set(['00f067aa0ba902b7', ...spans.map(({ span }) => span)])
    expect(spans.filter(({ parent }) => parent === null || !ids.has(parent))).toEqual([])
    for (const system of [/^mysql SELECT/, /^redis /]) {
      expect(at(system, 'application')).toMatchObject({ parent: made?.span, status: 'ok' })
    }
    // Whoever waits for somebody takes at least as long.
    expect(answered?.durationUs).toBeGreaterThanOrEqual(asked?.durationUs ?? Number.POSITIVE_INFINITY)
    expect(JSON.stringify(spans)).not.toContain(token)
  })

  it('that are forced get nothing from memory, at the edge, in access and in application', async () => {
    const event = await ownEvent(rig, 'traced-again')
    const path = `/v1/events/${event}`
    for (let i = 0; i < 3; i++) await get(`${rig.a.edge}${path}`)
    const { trace, status } = await forced(path)
    expect(status).toBe(200)
    await keptOf(trace, (spans) => whole(spans) && spans.some(({ name }) => name.startsWith('mysql SELECT')))
  })

  it('are forced by nobody who makes up a token: it is counted and changes nothing', async () => {
    const event = await ownEvent(rig, 'forged')
    const url = `${rig.a.access[0]}/v1/events/${event}`
    await get(url)
    const before = await forgedAt(rig.a.access[0] ?? '')
    const trace = traceId()
    const forged = `${token.slice(0, 28)}${'0'.repeat(64)}`
    const { status, headers } = await get(url, {
      headers: { traceparent: traceparentOf(trace), 'x-gala-trace': forged },
    })
    expect([status, headers.get('x-gala-cache')]).toEqual([200, 'hit'])
    expect(await forgedAt(rig.a.access[0] ?? '')).toBe(before + 1)
    await keptOf((await forced(`/v1/events/${event}`)).trace, whole)
    expect(await spansOf(trace)).toEqual([])
  })

  it('of ordinary answers are not kept, whether they came from memory or not', async () => {
    const event = await ownEvent(rig, 'ordinary')
    const url = `${rig.a.access[0]}/v1/events/${event}`
    const traces = [traceId(), traceId(), traceId()]
    const from: (string | null)[] = []
    for (const trace of traces) {
      const { headers } = await get(url, { headers: { traceparent: traceparentOf(trace) } })
      from.push(headers.get('x-gala-cache'))
    }
    expect(from.at(-1)).toBe('hit')
    await keptOf((await forced(`/v1/events/${event}`)).trace, whole)
    for (const trace of traces) expect(await spansOf(trace)).toEqual([])
  })

  it('of what failed are kept, with the attempts that failed', async () => {
    const event = await ownEvent(rig, 'failed')
    const applications = [rig.a, rig.b].map(({ id }) => `${id}.application-1`)
    const trace = traceId()
    try {
      for (const name of applications) await rig.platform.part('pause', name)
      const { status } = await get(`${rig.a.access[0]}/v1/events/${event}`, {
        headers: { traceparent: traceparentOf(trace) },
      })
      expect(status).toBe(503)
      const spans = await keptOf(trace, (all) => all.some(({ route }) => route !== null))
      const answered = spans.find(({ route }) => route !== null)
      expect(answered).toMatchObject({ service: 'access', status: 'error', kept: 'error', event })
      const attempts = spans.filter(({ name }) => name === 'application GET')
      expect(attempts.length).toBeGreaterThan(0)
      for (const attempt of attempts) expect(attempt).toMatchObject({ parent: answered?.span, status: 'error' })
    } finally {
      for (const name of applications) await rig.platform.part('resume', name)
      await rig.platform.healed()
    }
  })
})

async function forgedAt(url: string): Promise<number> {
  const { body } = await get(`${url}/metrics`)
  return Number(/^gala_traces_forged_total\{[^}]*\} (\d+)$/m.exec(body)?.[1] ?? Number.NaN)
}
