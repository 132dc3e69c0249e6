import { createHmac } from 'node:crypto'
import { opsRoutes, type Role } from '@gala/contracts'
import { until } from '@gala/platform'
import { createOpsClient, GalaError } from '@gala/sdk'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { auditOf, connectRig, get, ownEvent, type Rig } from './rig.js'

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const inAnHour = () => Math.floor(Date.now() / 1000) + 3600

/** A token signed with a key the platform does not have, or not signed at all. */
function forged(head: object, claims: object, key?: string): string {
  const text = `${encode(head)}.${encode(claims)}`
  return `${text}.${key ? createHmac('sha256', key).update(text).digest('base64url') : ''}`
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'done',
    (error: unknown) => (error instanceof GalaError ? error.code : String(error)),
  )
}

describe('operators’ API', () => {
  let rig: Rig
  let event: string
  beforeAll(async () => {
    rig = await connectRig()
    event = await ownEvent(rig, 'ops')
  })
  const as = async (role: string, expiresInS = 600) =>
    createOpsClient({ baseUrl: rig.a.base[0] ?? '', token: await rig.platform.token(role, expiresInS) })

  it('lets nobody in without a valid token', async () => {
    const claims = { iss: 'gala', aud: 'ops', sub: 'eve', role: 'admin', exp: inAnHour() }
    const tokens: [string, string | undefined, string][] = [
      ['none', undefined, 'UNAUTHENTICATED'],
      ['rubbish', 'rubbish', 'UNAUTHENTICATED'],
      ['another key', forged({ alg: 'HS256', typ: 'JWT', kid: 'k1' }, claims, 'guess'), 'UNAUTHENTICATED'],
      ['unknown key id', forged({ alg: 'HS256', typ: 'JWT', kid: 'k9' }, claims, 'guess'), 'UNAUTHENTICATED'],
      ['alg none', forged({ alg: 'none', typ: 'JWT', kid: 'k1' }, claims), 'UNAUTHENTICATED'],
      ['a viewer’s token', rig.status.viewerToken, 'UNAUTHENTICATED'],
      ['expired', await rig.platform.token('admin', -3600), 'TOKEN_EXPIRED'],
      ['an unknown role', await rig.platform.token('king'), 'UNAUTHENTICATED'],
    ]
    for (const [name, token, code] of tokens) {
      for (const route of opsRoutes) {
        const url = (rig.a.base[0] ?? '') + route.path.replace(':id', event)
        const init = route.method === 'GET' ? {} : { body: '{}', headers: { 'content-type': 'application/json' } }
        const headers = { ...init.headers, ...(token && { authorization: `Bearer ${token}` }) }
        const seen = await get(url, { method: route.method, ...init, headers })
        expect([name, route.name, seen.status, JSON.parse(seen.body).code]).toEqual([name, route.name, 401, code])
      }
    }
  })

  it('lets viewers look and operators write, and notes who tried', async () => {
    const viewer = await as('viewer')
    const edit = { params: { id: event }, body: { titleEn: 'no', expectedVersion: 1 } }
    expect(await codeOf(viewer.events.list({}))).toBe('done')
    expect(await codeOf(viewer.events.save(edit))).toBe('FORBIDDEN')
    const { data } = await viewer.fleet.audit({ query: { target: `event:${event}` } })
    expect(data.items[0]).toMatchObject({
      actor: 'test-viewer',
      action: 'events.save',
      outcome: 'refused',
      code: 'FORBIDDEN',
    })
  })

  it('takes an edit once: the second of two on the same version learns what is there now', async () => {
    const { data: read } = await rig.operator.a.events.detail({ params: { id: event } })
    const save = (ops: typeof rig.operator.a, venue: string) =>
      ops.events.save({ params: { id: event }, body: { venue, expectedVersion: read.version } })
    const results = await Promise.allSettled([save(rig.operator.a, 'one'), save(rig.operator.b, 'two')])
    const lost = results.find((result) => result.status === 'rejected')
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(lost?.reason).toMatchObject({ code: 'STALE_VERSION', status: 409, current: { version: read.version + 1 } })
    const { data: now } = await rig.operator.b.events.detail({ params: { id: event } })
    expect(now.version).toBe(read.version + 1)
  })

  it('writes who, what, when and why of an edit, with what it changed', async () => {
    const { data: read } = await rig.operator.a.events.detail({ params: { id: event } })
    const body = { venue: 'the audited hall', expectedVersion: read.version, reason: 'because' }
    await rig.operator.a.events.save({ params: { id: event }, body })
    const [edited] = await auditOf(rig, `event:${event}`)
    expect(edited).toMatchObject({
      actor: 'test-operator',
      role: 'operator',
      action: 'events.edit',
      outcome: 'done',
      reason: 'because',
      before: { venue: read.venue, version: read.version },
      after: { venue: 'the audited hall', version: read.version + 1 },
    })
  })

  it('takes back an event as it was read, and refuses what makes no sense', async () => {
    const { data: read } = await rig.operator.a.events.detail({ params: { id: event } })
    const save = (body: object) =>
      rig.operator.a.events.save({ params: { id: event }, body: { ...read, expectedVersion: read.version, ...body } })
    expect(await codeOf(save({ endAt: read.startAt }))).toBe('VALIDATION_FAILED')
    expect(await codeOf(save({ id: 'other' }))).toBe('VALIDATION_FAILED')
    expect(await codeOf(save({ title: '' }))).toBe('VALIDATION_FAILED')
    expect(await codeOf(save({ title: 'a\u0000b' }))).toBe('VALIDATION_FAILED')
    expect(await codeOf(save({ colour: 'red' }))).toBe('VALIDATION_FAILED')
    expect(await codeOf(save({ expectedVersion: 0 }))).toBe('STALE_VERSION')
    expect(await codeOf(save({ titleEn: 'whole object sent back' }))).toBe('done')
  })

  it('creates an event with expectedVersion 0 and only when it is whole', async () => {
    const id = `made-${process.pid}`
    const create = (body: object) =>
      rig.operator.b.events.save({ params: { id }, body: { expectedVersion: 0, ...body } })
    expect(await codeOf(create({ title: 'x' }))).toBe('VALIDATION_FAILED')
    expect(await codeOf(rig.operator.b.events.save({ params: { id }, body: { title: 'x', expectedVersion: 3 } }))).toBe(
      'STALE_VERSION',
    )
    const whole = { kind: 'gala', title: 'x', startAt: '2027-01-01T12:00:00Z', endAt: '2027-01-01T13:00:00Z' }
    expect(await codeOf(create(whole))).toBe('done')
    expect(await codeOf(create(whole))).toBe('STALE_VERSION')
    // Not named otherwise, it is a draft: operators see it, the audience does not.
    expect((await rig.operator.b.events.detail({ params: { id } })).data.status).toBe('draft')
    expect(await codeOf(rig.audience.b.events.detail({ params: { id } }))).toBe('EVENT_NOT_FOUND')
  })

  it('replaces a running order as a whole, in order of time, and refuses double ids and foreign times', async () => {
    const { data: of } = await rig.operator.a.events.detail({ params: { id: event } })
    const item = (id: string, afterMin: number) => ({
      id,
      title: id,
      titleEn: '',
      kind: 'song' as const,
      performers: ['x'],
      durationS: 60,
      startAt: new Date(Date.parse(of.startAt) + afterMin * 60_000).toISOString(),
    })
    const save = (items: object[], expectedVersion: number) =>
      rig.operator.a.programmes.save({ params: { id: event }, body: { items: items as never, expectedVersion } })
    expect(await codeOf(save([item('a', 0), item('a', 1)], 0))).toBe('VALIDATION_FAILED')
    expect(await codeOf(save([item('a', -1000)], 0))).toBe('VALIDATION_FAILED')
    expect(await codeOf(save([item('a', 0)], 7))).toBe('STALE_VERSION')
    const { data } = await save([item('b', 5), item('a', 0)], 0)
    expect(data).toMatchObject({ version: 1, items: [{ id: 'a' }, { id: 'b' }] })
    expect(await codeOf(save([], 1))).toBe('done')
  })

  it('tells a body that is too large or broken what is wrong with it', async () => {
    const put = async (body: BodyInit) => {
      const headers = {
        'content-type': 'application/json',
        authorization: `Bearer ${await rig.platform.token('operator' satisfies Role)}`,
      }
      const seen = await get(`${rig.a.base[0]}/ops/v1/events/${event}`, { method: 'PUT', body, headers })
      return `${seen.status} ${JSON.parse(seen.body).code}`
    }
    expect(await put('x'.repeat(1024 * 1024))).toBe('413 BODY_TOO_LARGE')
    expect(await put('{')).toBe('400 MALFORMED_BODY')
    expect(await put(new Uint8Array([0x22, 0xff, 0x22]))).toBe('400 MALFORMED_BODY')
    expect(await put('[]')).toBe('400 VALIDATION_FAILED')
  })

  it('knows every part of both data centres', async () => {
    const { data } = await rig.operator.b.fleet.instances({})
    expect(data.items.map(({ name, state }) => `${name} ${state}`).sort()).toEqual(
      rig.status.dcs.flatMap(({ parts }) => parts.map(({ name }) => `${name} up`)).sort(),
    )
    expect(JSON.stringify(data)).not.toMatch(/:\/\/[^/"]*:[^/"]*@/)
  })

  describe('of the cache', () => {
    const isCache = (name: string) => /\.(access|application|hot)-\d+$/.test(name)
    const report = async (key?: string) => {
      const { data } = await rig.operator.a.cache.report(key === undefined ? {} : { query: { key } })
      return data.items
    }
    const named = async (name: string, key?: string) => (await report(key)).find((item) => item.name === name)?.report
    /** Reads through the edge of dc-a until its access process holds a copy that satisfies `good`. */
    const copyOf = async (id: string, good: (copy: { state: string; position: number }) => boolean) => {
      const access = () => named('dc-a.access-1', `/v1/events/${id}`)
      const held = async () => {
        await rig.audience.a.events.detail({ params: { id } })
        const copy = (await access())?.entry
        return copy !== null && copy !== undefined && good(copy)
      }
      await until(held, `dc-a.access-1 does not hold ${id} as expected`, 15_000)
      const copy = (await access())?.entry
      if (!copy) throw new Error('the copy has gone')
      return copy
    }

    // This copy would be good for much longer than a test takes: only a change can end it.
    const inApplication = async () => {
      const of = await named('dc-a.application-1', `event:${event}`)
      return { state: of?.entry?.state, loads: of?.kinds.find(({ kind }) => kind === 'event')?.loads ?? 0 }
    }
    const endedEverywhere = async (position: number, loadsBefore: number) => {
      const applied = async () => (await report()).every(({ report: of }) => (of?.bus.appliedPosition ?? 0) >= position)
      await until(applied, `not every process applies ${position}`, 15_000)
      const { state, loads } = await inApplication()
      // What is read most is made anew at once, before anybody asks: then it is no longer old, but another one.
      expect(loads > loadsBefore ? 'old' : state).toBe('old')
    }

    it('reports every process of both data centres', async () => {
      const parts = rig.status.dcs.flatMap(({ parts }) => parts.map(({ name }) => name))
      const items = await report()
      expect(items.map(({ name }) => name).sort()).toEqual(parts.filter(isCache).sort())
      for (const { name, dc, kind, report: of, detail } of items) {
        expect([name, of?.dc, of?.app, of?.entry, detail]).toEqual([name, dc, kind, undefined, null])
      }
    })

    it('shows what each process holds of a key, and that others do not', async () => {
      const copy = await copyOf(event, ({ state }) => state === 'fresh')
      expect(copy).toMatchObject({ kind: 'events.detail', tags: [`event:${event}`] })
      expect(JSON.parse(copy.preview)).toMatchObject({ id: event })
      expect((await named('dc-a.application-1', `event:${event}`))?.entry).toMatchObject({ kind: 'event' })
      expect((await named('dc-a.application-1', `/v1/events/${event}`))?.entry).toBeNull()
    })

    it('goes on without a process that hangs, and says so', async () => {
      await rig.platform.part('pause', 'dc-b.application-1')
      try {
        const items = await report()
        const silent = items.filter((item) => item.report === null)
        expect(silent.map(({ name, detail }) => [name, detail])).toEqual([
          ['dc-b.application-1', 'does not answer in time'],
        ])
      } finally {
        await rig.platform.part('resume', 'dc-b.application-1')
        await rig.platform.healed()
      }
    })

    it('ends what was made from a tag in every process, so that the next read brings it anew', async () => {
      await copyOf(event, ({ state }) => state === 'fresh')
      const before = await inApplication()
      expect(before.state).toBe('fresh')
      const { data } = await rig.operator.b.cache.invalidate({ body: { tag: `event:${event}`, reason: 'looks wrong' } })
      expect(data.tags).toEqual([`event:${event}`])
      await endedEverywhere(data.position, before.loads)
      await copyOf(event, ({ state, position }) => state === 'fresh' && position >= data.position)
      const after = await inApplication()
      expect(after.state).toBe('fresh')
      expect(after.loads).toBeGreaterThan(before.loads)
      const [ended] = await auditOf(rig, `tag:event:${event}`)
      expect(ended).toMatchObject({
        actor: 'test-operator',
        action: 'cache.invalidate',
        outcome: 'done',
        reason: 'looks wrong',
        after: { tags: [`event:${event}`] },
      })
    })

    it('ends what a key was made from', async () => {
      const { tags } = await copyOf(event, ({ state }) => state === 'fresh')
      const before = await inApplication()
      expect(before.state).toBe('fresh')
      const key = `/v1/events/${event}`
      const { data } = await rig.operator.a.cache.invalidate({ body: { key, reason: 'looks wrong' } })
      expect(data.tags).toEqual(tags)
      await endedEverywhere(data.position, before.loads)
    })

    it('refuses what is not whole or not allowed, and notes who tried', async () => {
      const [operator, viewer] = [rig.operator.a.cache, (await as('viewer')).cache]
      const reason = `refused ${process.pid}`
      const tag = `event:${event}`
      expect(await codeOf(viewer.report({}))).toBe('done')
      const wrong = [
        { tag },
        { reason },
        { tag, key: 'k', reason },
        { tag, reason, colour: 'red' },
        { tag: '', reason },
      ]
      for (const body of wrong) {
        expect([body, await codeOf(operator.invalidate({ body: body as never }))]).toEqual([body, 'VALIDATION_FAILED'])
      }
      const unknown = operator.invalidate({ body: { key: `nobody-${process.pid}`, reason } })
      await expect(unknown).rejects.toMatchObject({ code: 'CACHE_KEY_NOT_HELD', status: 404, retryable: false })
      const forbidden = viewer.invalidate({ body: { tag, reason } })
      await expect(forbidden).rejects.toMatchObject({ code: 'FORBIDDEN', status: 403 })
      const target = '/ops/v1/cache/invalidations'
      const acts = await auditOf(rig, target, 3)
      expect(acts.map(({ actor, action, outcome, code }) => [actor, action, outcome, code])).toEqual([
        ['test-viewer', 'cache.invalidate', 'refused', 'FORBIDDEN'],
        ['test-operator', 'cache.invalidate', 'refused', 'CACHE_KEY_NOT_HELD'],
        ['test-operator', 'cache.invalidate', 'refused', 'VALIDATION_FAILED'],
      ])
    })
  })
})
