import { publicRoutes, type Rung, type SwitchKey, switches, switchKeys } from '@gala/contracts'
import { until } from '@gala/platform'
import { createOpsClient, type OpsClient } from '@gala/sdk'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { connectRig, get, ownEvent, type Rig, type Seen } from './rig.js'

/**
 * What stands behind a switch, asked of access itself: the edge would answer from its own copy for up to a second. Switches of
 * rooms are not here: what they leave is seen in a room.
 */
const pathOf: Partial<Record<SwitchKey, (event: string) => string>> = {
  bootstrap: (event) => `/v1/events/${event}/bootstrap`,
  play: (event) => `/v1/events/${event}/play`,
  event: (event) => `/v1/events/${event}`,
  'event-list': () => '/v1/events',
  programmes: (event) => `/v1/events/${event}/programmes`,
  'bootstrap-programmes': (event) => `/v1/events/${event}/bootstrap`,
  likes: (event) => `/v1/events/${event}/likes`,
  stats: (event) => `/v1/events/${event}/stats`,
  'bootstrap-stats': (event) => `/v1/events/${event}/bootstrap`,
  presence: (event) => `/v1/events/${event}/presence`,
}
const bodyOf: Partial<Record<SwitchKey, object>> = {
  likes: { count: 1, clientId: 'switch-scenario', seq: 1 },
  presence: { clientId: 'switch-scenario', sessionId: 'switch-scenario', playing: true },
}
const partOf: Partial<Record<SwitchKey, string>> = { 'bootstrap-programmes': 'programmes', 'bootstrap-stats': 'stats' }
const everyRung = switchKeys
  .filter((key) => pathOf[key])
  .flatMap((key) => switches[key].ladder.slice(1).map((rung) => [key, rung] as const))

describe('switches', () => {
  let rig: Rig
  let second: OpsClient
  let event: string

  beforeAll(async () => {
    rig = await connectRig()
    second = createOpsClient({
      baseUrl: rig.b.base[0] ?? '',
      token: await rig.platform.token('operator', 3600, 'second'),
    })
    event = await ownEvent(rig, 'switched')
  })
  afterAll(async () => {
    for (const key of switchKeys) if ((await itemOf(key)).orders.length > 0) await flip(key, 'auto')
  })

  const board = async () => (await rig.operator.b.switches.list({})).data
  const itemOf = async (key: SwitchKey) => {
    const found = (await board()).switches.find((item) => item.key === key)
    if (!found) throw new Error(`the switchboard has no ${key}`)
    return found
  }
  async function applied(position: number) {
    let behind: string[] = []
    const all = async () => {
      const { processes } = await board()
      behind = processes.filter((process) => (process.position ?? 0) < position).map(({ name }) => name)
      return behind.length === 0
    }
    await until(all, () => `${behind.join(', ')} did not apply ${position}`, 10_000)
  }
  async function flip(key: SwitchKey, state: Rung | 'auto') {
    const body = { state, reason: 'a scenario', expectedRev: (await itemOf(key)).rev }
    const { data } = await rig.operator.a.switches.order({ params: { key }, body })
    const verdict = { verdict: 'confirm' as const, reason: 'seen' }
    const done = data.proposal
      ? (await second.switches.confirm({ params: { id: data.proposal.id }, body: verdict })).data
      : data
    await applied(done.position)
  }
  const ask = (key: SwitchKey): Promise<Seen> => {
    const body = bodyOf[key]
    const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    return get(`${rig.a.access[0]}${pathOf[key]?.(event)}`, body && post)
  }
  async function marked(key: SwitchKey, mark: string): Promise<Seen> {
    let seen = await ask(key)
    const is = async () => {
      seen = await ask(key)
      return seen.headers.get('x-gala-degraded') === mark
    }
    await until(is, `${key} never says ${mark}`, 10_000)
    return seen
  }
  /** Requests for what stands behind a switch that the applications have answered: not those for what is kept ready beside it. */
  async function asked(key: SwitchKey): Promise<number> {
    const routes = publicRoutes.filter((route) => route.switch === key).map(({ path }) => path)
    const all = await Promise.all([...rig.a.application, ...rig.b.application].map((url) => get(`${url}/metrics`)))
    const lines = all.flatMap(({ body }) => [
      ...body.matchAll(/^gala_http_requests_total\{[^}]*route="([^"]+)"[^}]*\} (\d+)$/gm),
    ])
    return lines.reduce((sum, [, route, count]) => sum + (routes.includes(`${route}`) ? Number(count) : 0), 0)
  }
  /** Something happens to what is asked for: at full, it has to be made anew. */
  async function change() {
    const { version } = (await rig.operator.a.events.detail({ params: { id: event } })).data
    const body = { venue: `venue ${version}`, expectedVersion: version }
    const { data } = await rig.operator.a.events.save({ params: { id: event }, body })
    await until(
      async () => (await get(`${rig.a.application[0]}/v1/events/${event}`)).body.includes(`"version":${data.version}`),
      'the change does not arrive',
      10_000,
    )
  }

  it.each(everyRung)('%s at %s is reached, says so, and asks the application for less', async (key, rung) => {
    await flip(key, 'auto')
    const whole = await ask(key)
    expect([whole.status, whole.headers.get('x-gala-degraded')]).toEqual([200, null])
    await flip(key, rung)
    try {
      const standing = await ask(key)
      await change()
      const part = partOf[key]
      const mark = `${key}:${rung}`
      if (part !== undefined) {
        const cut = await marked(key, mark)
        expect(JSON.parse(cut.body)[part]).toBeNull()
        expect(cut.body.length).toBeLessThan(whole.body.length)
        return
      }
      const before = await asked(key)
      // A copy as old as no answer at full could be.
      if (rung === 'cached') return void expect((await marked(key, mark)).status).toBe(200)
      const cut = await ask(key)
      expect(cut.headers.get('x-gala-degraded')).toContain(mark)
      if (rung === 'omit') {
        expect([cut.status, JSON.parse(cut.body).code]).toEqual([404, 'SWITCHED_OFF'])
        expect(Number(cut.headers.get('retry-after'))).toBeGreaterThan(0)
      } else {
        expect([cut.status, cut.body]).toEqual([200, standing.body])
      }
      expect(await asked(key)).toBe(before)
    } finally {
      await flip(key, 'auto')
    }
  })

  it('hold in the first screen too: what is off is not there, and not offered', async () => {
    await flip('stats', 'omit')
    await flip('likes', 'omit')
    const screen = async () => JSON.parse((await ask('bootstrap')).body)
    await until(async () => (await screen()).stats === null, 'the first screen still has counts', 10_000)
    expect((await screen()).features).toMatchObject({ stats: false, likes: false, programmes: true })
    await flip('stats', 'auto')
    await flip('likes', 'auto')
    await until(async () => (await screen()).stats !== null, 'the first screen has no counts again', 10_000)
  })

  it('outlive the process that obeys them, whoever else is gone', async () => {
    await flip('presence', 'omit')
    const parts = [`${rig.b.id}.redis`, `${rig.b.id}.base-1`]
    for (const part of parts) await rig.platform.part('stop', part)
    try {
      await rig.platform.part('kill', `${rig.b.id}.access-1`)
      const url = `${rig.b.access[0]}/resiliencez`
      const rungs = async () => {
        const { body } = await get(url)
        const report = JSON.parse(body) as { switches: { key: string; rung: string; source: string }[] }
        return report.switches.find(({ key }) => key === 'presence')
      }
      await until(async () => (await rungs().catch(() => undefined)) !== undefined, 'access does not come back', 30_000)
      expect(await rungs()).toMatchObject({ rung: 'omit', source: 'manual' })
    } finally {
      for (const part of parts) await rig.platform.part('start', part)
      await rig.platform.healed()
      await flip('presence', 'auto')
    }
  })
})
