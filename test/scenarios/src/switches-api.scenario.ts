import { opsStreamEvents, type Switchboard, type SwitchKey, switchKeys } from '@gala/contracts'
import { until } from '@gala/platform'
import { createOpsClient, GalaError, type OpsClient } from '@gala/sdk'
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { auditOf, connectRig, get, type Rig } from './rig.js'

async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'done',
    (error: unknown) => (error instanceof GalaError ? error.code : String(error)),
  )
}

describe('switches and levels', () => {
  let rig: Rig
  let second: OpsClient
  beforeAll(async () => {
    rig = await connectRig()
    second = await as('operator', 'second-operator')
  })
  /** Every test leaves the platform at full. */
  afterEach(async () => {
    const now = await board()
    for (let { level, rev } = highest(now); level > 0; ) {
      level--
      rev = (await rig.operator.a.switches.level({ body: { level, reason: 'the test is over', expectedRev: rev } }))
        .data.rev
    }
    for (const { key, orders, rev } of now.switches) {
      if (orders.length > 0) await put(key, { state: 'auto', expectedRev: rev })
    }
  })

  const as = async (role: string, subject?: string) =>
    createOpsClient({ baseUrl: rig.a.base[0] ?? '', token: await rig.platform.token(role, 600, subject) })
  const board = async (ops = rig.operator.b) => (await ops.switches.list({})).data
  const highest = ({ level }: Switchboard) => ({
    level: Math.max(...level.items.map((of) => of.level)),
    rev: level.rev,
  })
  const itemOf = async (key: SwitchKey) => {
    const item = (await board()).switches.find((of) => of.key === key)
    if (!item) throw new Error(`there is no switch ${key}`)
    return item
  }
  type Body = Parameters<OpsClient['switches']['order']>[0]['body']
  const put = async (key: SwitchKey, over: Partial<Body>, ops = rig.operator.a) => {
    const expectedRev = over.expectedRev ?? (await itemOf(key)).rev
    const body: Body = { state: 'omit', reason: 'a planned look', ...over, expectedRev }
    return (await ops.switches.order({ params: { key }, body })).data
  }
  const audit = (target: string, pageSize?: number) => auditOf(rig, target, pageSize)
  const receipts = async (key: SwitchKey) => (await rig.operator.b.switches.receipts({ params: { key } })).data
  const acknowledged = async (key: SwitchKey, rev: number) => {
    const all = async () => {
      const of = await receipts(key)
      return of.rev === rev && of.applied === of.total
    }
    await until(all, `not every process applies ${key} at ${rev}`, 10_000)
  }

  it('reach every process of both data centres, which give receipts, and so does their release', async () => {
    const { rev, position, proposal } = await put('stats', { state: 'omit' })
    expect([position, proposal]).toEqual([rev, null])
    await acknowledged('stats', rev)
    expect(await receipts('stats')).toMatchObject({ rev, applied: 6, total: 6, laggards: [], refused: [] })
    expect((await receipts('stats')).lastAckMs).toBeLessThan(5_000)
    const item = await itemOf('stats')
    expect(item).toMatchObject({ rev, orders: [{ state: 'omit', dc: null, actor: 'test-operator', expiresAt: null }] })
    expect(item.last).toMatchObject({ state: 'omit', actor: 'test-operator', reason: 'a planned look' })
    const released = await put('stats', { state: 'auto' })
    await acknowledged('stats', released.rev)
    expect(await itemOf('stats')).toMatchObject({ rev: released.rev, orders: [], last: { state: 'auto' } })
  })

  it('are shown on one board that keeps to the contract', async () => {
    const seen = await get(`${rig.b.base[0]}/ops/v1/switches`, {
      headers: { authorization: `Bearer ${await rig.platform.token('viewer')}` },
    })
    const now = opsStreamEvents.switchboard.parse(JSON.parse(seen.body))
    expect(now.switches.map(({ key }) => key)).toEqual(switchKeys)
    expect(now.processes).toHaveLength(6)
    expect(now.traffic.map(({ dc, processes, answering }) => [dc, processes, answering])).toEqual([
      ['dc-a', 3, 3],
      ['dc-b', 3, 3],
    ])
  })

  it('reach a data centre whose base and database are gone from the other one', async () => {
    const gone = ['dc-b.base-1', 'dc-b.mysql']
    for (const part of gone) await rig.platform.part('stop', part)
    try {
      const { data } = await rig.operator.a.switches.list({})
      const rev = data.switches.find(({ key }) => key === 'stats')?.rev ?? 0
      const params = { key: 'stats' as const }
      const body = { state: 'cached' as const, reason: 'half of it is gone', expectedRev: rev }
      const ordered = (await rig.operator.a.switches.order({ params, body })).data
      const all = async () => {
        const { data: of } = await rig.operator.a.switches.receipts({ params })
        return of.rev === ordered.rev && of.applied === 6
      }
      await until(all, 'not every process applies it', 10_000)
    } finally {
      for (const part of gone.toReversed()) await rig.platform.part('start', part)
      await rig.platform.healed()
    }
  })

  it('of two orders at once take one, and tell the other what stands now', async () => {
    const { rev } = await itemOf('likes')
    const results = await Promise.allSettled([
      put('likes', { expectedRev: rev, reason: 'one' }, rig.operator.a),
      put('likes', { expectedRev: rev, reason: 'two' }, rig.operator.b),
    ])
    const won = results.find((result) => result.status === 'fulfilled')?.value
    const lost = results.find((result) => result.status === 'rejected')?.reason
    expect(lost).toMatchObject({ code: 'STALE_VERSION', status: 409, current: { rev: won?.rev } })
    const entries = await audit('switch:likes', 2)
    expect(entries.map(({ outcome }) => outcome).sort()).toEqual(['done', 'refused'])
  })

  it('refuse what makes no sense, and write down who tried', async () => {
    const wrong: object[] = [
      { reason: undefined },
      { reason: '' },
      { state: 'cached' },
      { state: 'half' },
      { scope: { dc: 'dc-z' } },
      { scope: { percent: 0 } },
      { scope: { clientBelow: 'new' } },
      { ttlMs: 1 },
      { colour: 'red' },
    ]
    const { rev } = await itemOf('likes')
    for (const over of wrong) {
      expect([over, await codeOf(put('likes', { ...over, expectedRev: rev }))]).toEqual([over, 'VALIDATION_FAILED'])
    }
    expect(await codeOf(put('likes', {}, await as('viewer')))).toBe('FORBIDDEN')
    const seen = await audit('switch:likes', wrong.length + 1)
    expect(seen.map(({ actor, code }) => [actor, code])).toEqual([
      ['test-viewer', 'FORBIDDEN'],
      ...wrong.map(() => ['test-operator', 'VALIDATION_FAILED']),
    ])
    expect((await itemOf('likes')).rev).toBe(rev)
  })

  it('of the most important class wait for a second person', async () => {
    const before = await itemOf('play')
    const { rev, proposal } = await put('play', { state: 'static', ttlMs: 60_000 })
    expect([rev, proposal?.key, proposal?.to, proposal?.actor]).toEqual([before.rev, 'play', 'static', 'test-operator'])
    expect(await itemOf('play')).toMatchObject({ rev: before.rev, orders: [], proposal, twoPersons: true })
    const decide = (ops: OpsClient, verdict: 'confirm' | 'withdraw', id = proposal?.id ?? '') =>
      ops.switches.confirm({ params: { id }, body: { verdict, reason: 'I see it too' } })
    expect(await codeOf(decide(rig.operator.b, 'confirm'))).toBe('SECOND_PERSON_NEEDED')
    const { data } = await decide(second, 'confirm')
    await acknowledged('play', data.rev)
    expect((await itemOf('play')).orders).toMatchObject([{ state: 'static', actor: 'test-operator + second-operator' }])
    const [confirmed, proposed] = await audit('switch:play', 2)
    expect(proposed).toMatchObject({ action: 'switches.propose', actor: 'test-operator' })
    expect(confirmed).toMatchObject({
      action: 'switches.confirm',
      actor: 'second-operator',
      after: { state: 'static', proposedBy: 'test-operator', confirmedBy: 'second-operator' },
    })
    expect(await codeOf(decide(second, 'confirm'))).toBe('PROPOSAL_NOT_FOUND')
    expect((await audit(`proposal:${proposal?.id}`, 1))[0]).toMatchObject({
      outcome: 'refused',
      code: 'PROPOSAL_NOT_FOUND',
    })
    const again = await put('play', { state: 'static' })
    await decide(rig.operator.a, 'withdraw', again.proposal?.id)
    expect((await itemOf('play')).proposal).toBeNull()
  })

  it('end by themselves', async () => {
    const { rev } = await put('programmes', { state: 'static', ttlMs: 1_000 })
    await acknowledged('programmes', rev)
    await until(async () => (await itemOf('programmes')).orders.length === 0, 'the order does not end', 10_000)
  })

  it('follow a level, which goes up at once and back in steps', async () => {
    const level = async (to: number, ops = rig.operator.a) =>
      (
        await ops.switches.level({
          body: { level: to, reason: 'a planned look', expectedRev: (await board()).level.rev },
        })
      ).data
    const { data: ahead } = await rig.operator.b.switches.preview({ query: { level: 1 } })
    const keys = new Set(ahead.changes.map(({ key }) => key))
    expect([...keys].sort()).toEqual(['bootstrap-stats', 'pingbacks', 'presence', 'stats'])
    expect(ahead.loses).toContain('no counts are shown')
    const { rev, position } = await level(2)
    const obeyed = async () => (await board()).processes.every((of) => (of.position ?? 0) >= position)
    await until(obeyed, 'not every process applies the level', 10_000)
    expect((await board()).level).toMatchObject({
      rev,
      items: [
        { dc: 'dc-a', level: 2 },
        { dc: 'dc-b', level: 2 },
      ],
    })
    expect(await codeOf(level(0))).toBe('LEVEL_OUT_OF_ORDER')
    expect((await audit('level'))[0]).toMatchObject({ outcome: 'refused', code: 'LEVEL_OUT_OF_ORDER' })
    const last = await level(4)
    expect([last.rev, last.proposal?.act, last.proposal?.to]).toEqual([rev, 'level', '4'])
    expect((await board()).level.proposal?.id).toBe(last.proposal?.id)
    expect((await level(1)).rev).toBeGreaterThan(rev)
    const params = { id: last.proposal?.id ?? '' }
    const late = second.switches.confirm({ params, body: { verdict: 'confirm', reason: 'too late' } })
    expect(await codeOf(late)).toBe('STALE_VERSION')
  })

  it('show their rules, which are set to a dry run and back by those who have seen how they stand', async () => {
    const rule = async () => {
      const { data } = await rig.operator.b.rules.list({})
      const found = data.items.find(({ id }) => id === 'queue')
      if (!found) throw new Error('there is no rule queue')
      return found
    }
    const set = async (mode: 'on' | 'dry-run', expectedRev: number, id = 'queue') =>
      (await rig.operator.a.rules.set({ params: { id }, body: { mode, reason: 'a look', expectedRev } })).data.rev
    const before = await rule()
    const dry = await set('dry-run', before.rev)
    expect(await rule()).toMatchObject({ mode: 'dry-run', rev: dry })
    expect(await codeOf(set('on', before.rev))).toBe('STALE_VERSION')
    expect(await codeOf(set('on', 0, 'nobody'))).toBe('RULE_NOT_FOUND')
    expect((await audit('rule:nobody'))[0]).toMatchObject({ outcome: 'refused', code: 'RULE_NOT_FOUND' })
    await set('on', dry)
    const looked = async () => (await rule()).now.every(({ value }) => value !== null)
    await until(looked, 'rules do not look at every data centre', 10_000)
  })

  it('are pushed to consoles each second', async () => {
    const ended = new AbortController()
    const heard = new Promise<Switchboard>((resolve) => {
      const message = (of: { event: string; data: unknown }) => {
        if (of.event === 'switchboard') resolve(of.data as Switchboard)
      }
      void rig.operator.a.stream({ message, state: () => {} }, ended.signal)
    })
    expect(opsStreamEvents.switchboard.parse(await heard).switches).toHaveLength(switchKeys.length)
    ended.abort()
  })

  it('let nobody write without a role, and break at no body', async () => {
    const { rev } = await board().then(({ level }) => level)
    const before = (await board()).position
    const tokens: [string, number | undefined][] = [
      ['', 401],
      ['Bearer rubbish', 401],
      [`Bearer ${await rig.platform.token('admin', -3600)}`, 401],
      [`Bearer ${await rig.platform.token('viewer')}`, 403],
      [`Bearer ${await rig.platform.token('operator')}`, undefined],
    ]
    const good = JSON.stringify({ state: 'omit', level: 1, mode: 'off', reason: 'r', expectedRev: rev + 1_000_000 })
    const bodies = [
      '',
      '{',
      '[]',
      'null',
      '"x"',
      '{}',
      good,
      good.replace('"r"', '"\\u0000"'),
      '{"reason":{}}',
      '9'.repeat(300_000),
    ]
    const paths = [
      'switches/stats',
      'switches/nobody',
      `switches/${'x'.repeat(200)}`,
      'level',
      'proposals/00000000',
      'rules/queue',
    ]
    for (const [authorization, refusal] of tokens)
      for (const path of paths)
        for (const body of bodies) {
          const headers = { 'content-type': 'application/json', ...(authorization && { authorization }) }
          const { status } = await get(`${rig.b.base[0]}/ops/v1/${path}`, { method: 'PUT', body, headers })
          // What is no JSON at all is refused before anybody looks who sent it.
          const allowed = body === good && refusal ? [refusal] : [refusal, 400, 404, 409, 413]
          const told = [authorization.slice(0, 20), path.slice(0, 20), body.slice(0, 20), status]
          expect([told, allowed.includes(status)]).toEqual([told, true])
        }
    expect((await board()).position).toBe(before)
  })
})
