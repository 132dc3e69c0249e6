import type { StepGiven, Timeline } from '@gala/contracts'
import { until } from '@gala/platform'
import { createOpsClient, GalaError, type OpsClient } from '@gala/sdk'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { auditOf, connectRig, type Rig, scriptsEnd } from './rig.js'

/** Minutes of the script become half seconds. */
const faster = 120
const lastsMs = 6_000

async function problemOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'done',
    (error: unknown) => (error instanceof GalaError ? error.code : String(error)),
  )
}

describe('the timeline of a launch', () => {
  let rig: Rig
  let second: OpsClient
  const launches: string[] = []
  beforeAll(async () => {
    rig = await connectRig()
    before = (await armed())?.mode
    second = createOpsClient({
      baseUrl: rig.b.base[0] ?? '',
      token: await rig.platform.token('operator', 3_600, 'second-operator'),
    })
  })

  // The script arms a rule for the whole platform, and the suites after this one know nothing of it.
  afterAll(async () => {
    await scriptsEnd(rig, launches)
    const rule = await armed()
    if (!rule || !before || rule.mode === before) return
    const body = { mode: before, reason: 'the test is over', expectedRev: rule.rev }
    await rig.operator.a.rules.set({ params: { id: rule.id }, body })
  })
  let before: 'on' | 'dry-run' | 'off' | undefined
  const armed = async () => (await rig.operator.a.rules.list({})).data.items.find(({ id }) => id === 'loop-delay')

  /** An event that begins so much later. */
  const launch = async (inMs: number) => {
    const id = `launch-${process.pid}-${launches.length}`
    const startMs = Date.now() + inMs
    const body = {
      ...{ kind: 'launch' as const, title: `Launch ${id}`, status: 'scheduled' as const, expectedVersion: 0 },
      startAt: new Date(startMs).toISOString(),
      endAt: new Date(startMs + lastsMs).toISOString(),
    }
    await rig.operator.a.events.save({ params: { id }, body })
    launches.push(id)
    return id
  }
  const read = async (id: string) => (await rig.operator.b.timeline.read({ params: { id } })).data
  const save = async (id: string, body: Partial<Parameters<OpsClient['timeline']['save']>[0]['body']>) => {
    const expectedVersion = body.expectedVersion ?? (await read(id)).version
    const given = { reason: 'a rehearsal', dryRun: false, ...body, expectedVersion }
    return (await rig.operator.a.timeline.save({ params: { id }, body: given })).data
  }
  const act = async (id: string, step: string, act: 'run' | 'skip' | 'approve', ops = rig.operator.a) => {
    const { version } = await read(id)
    return await ops.timeline.step({
      params: { id, step },
      body: { act, reason: 'as agreed', expectedVersion: version },
    })
  }
  const states = ({ steps }: Timeline) => Object.fromEntries(steps.map(({ key, slot }) => [key, slot?.state ?? 'none']))
  const reached = async (id: string, step: string, state: string) => {
    let now: Timeline['steps'][number] | undefined
    const look = async () => {
      now = (await read(id)).steps.find(({ key }) => key === step)
      return now?.slot?.state === state
    }
    await until(look, () => `${step} is not ${state}: ${JSON.stringify(now?.slot)}`, 30_000)
  }
  const audit = (id: string) => auditOf(rig, `event:${id}`, 100)
  /** The demo launch's own script, in fast time. */
  const script = async (): Promise<StepGiven[]> => {
    const { steps } = await read('nova-launch')
    return steps.map(({ key, title, at, handler, params, policy, irreversible, onFailure }) => ({
      ...{ key, title, handler, policy, irreversible, onFailure },
      at: inFastTime(at),
      params: 'at' in params ? { ...params, at: inFastTime(String(params['at'])) } : params,
    }))
  }

  it('plays the whole script of nova-launch: each step acts, is in the ledger, and nothing done is done again when the start moves', async () => {
    const id = await launch(22_000)
    const first = await save(id, { steps: await script() })
    expect(first.changes.every(({ what }) => what === 'added')).toBe(true)
    expect(first.timeline.steps.find(({ key }) => key === 'go-live')).toMatchObject({ approved: false })
    await act(id, 'go-live', 'approve', second)
    await act(id, 'publish-replay', 'approve', second)

    await reached(id, 'preheat', 'ok')
    const seen = async () => (await rig.audience.b.events.detail({ params: { id } })).data
    await until(async () => (await seen()).status === 'preheat', 'the audience does not see preheat', 5_000)
    expect((await seen()).room).toBe('open')

    // Half of it is done: the start moves by what would be ten minutes.
    await reached(id, 'warm', 'ok')
    const before = await read(id)
    const startAt = new Date(Date.parse(before.event.startAt) + 600_000 / faster).toISOString()
    const preview = await save(id, { startAt, dryRun: true })
    const moved = await save(id, { startAt })
    expect(moved.changes).toEqual(preview.changes)
    const done = Object.entries(states(before))
      .filter(([, state]) => state === 'ok')
      .map(([key]) => key)
    for (const key of done) expect(moved.changes.find(({ step }) => step === key)).toMatchObject({ what: 'stays' })
    expect(moved.changes.find(({ step }) => step === 'go-live')).toMatchObject({ what: 'moved', to: startAt })

    await reached(id, 'go-live', 'ok')
    await until(async () => (await seen()).status === 'live', 'the audience does not see it live', 5_000)
    await reached(id, 'report', 'ok')
    const after = await read(id)
    expect(states(after)).toEqual(Object.fromEntries(after.steps.map(({ key }) => [key, 'ok'])))
    expect(await seen()).toMatchObject({ status: 'replay', room: 'closed' })

    // Each once, in one attempt.
    for (const { key, slot } of after.steps) {
      expect({ key, attempts: slot?.attempts.length }).toEqual({ key, attempts: 1 })
    }
    const acts = (await audit(id)).map(({ action, after: to }) => [action, (to as { status?: string } | null)?.status])
    for (const status of ['preheat', 'live', 'ended', 'replay']) {
      expect(acts.filter(([, of]) => of === status)).toHaveLength(1)
    }
    expect(acts.filter(([action]) => action === 'timeline.save')).toHaveLength(1)
    // What has been played is told among the jobs, too, with nothing to come.
    const { data: jobs } = await rig.operator.a.jobs.list({ query: { event: id, pageSize: 100 } })
    expect(jobs.items.map(({ next, last }) => [next, last?.state])).toEqual(after.steps.map(() => [null, 'ok']))
    const { data: report } = await rig.operator.a.timeline.report({ params: { id } })
    expect(report.steps.map(({ step }) => step)).toContain('go-live')
  }, 120_000)

  it('does not run what cannot be taken back before two operators have approved it', async () => {
    const id = await launch(2_000)
    const steps: StepGiven[] = [
      {
        key: 'go-live',
        title: 'Go live',
        at: 'T',
        handler: 'event-status',
        params: { to: 'live' },
        irreversible: true,
        onFailure: 'go-on',
      },
    ]
    await save(id, { steps })
    await reached(id, 'go-live', 'late')
    expect((await read(id)).steps[0]?.slot).toMatchObject({ state: 'late', reason: 'approval' })
    expect(await problemOf(act(id, 'go-live', 'approve'))).toBe('SECOND_PERSON_NEEDED')
    await act(id, 'go-live', 'run')
    expect((await rig.operator.b.events.detail({ params: { id } })).data.status).toBe('scheduled')
    await act(id, 'go-live', 'approve', second)
    await reached(id, 'go-live', 'ok')
    expect((await rig.operator.b.events.detail({ params: { id } })).data.status).toBe('live')
  })

  it('waits while it is held, shows what is late, and goes on; a failed step that says so holds it', async () => {
    const id = await launch(2_500)
    const step = (key: string, at: string, more: Partial<StepGiven> = {}): StepGiven => ({
      ...{ key, title: key, at, handler: 'mark', params: {}, irreversible: false, onFailure: 'go-on' },
      ...more,
    })
    const failing = { handler: 'rehearse', params: { how: 'throw' }, onFailure: 'hold' as const, policy: retriesNone }
    await save(id, {
      steps: [step('one', 'T-500ms'), step('bad', 'T', failing), step('two', 'T+500ms'), step('three', 'T+800ms')],
    })
    const hold = async (held: boolean) => {
      const { version } = await read(id)
      await rig.operator.a.timeline.hold({ params: { id }, body: { held, reason: 'a look', expectedVersion: version } })
    }
    await hold(true)
    await reached(id, 'one', 'late')
    expect((await read(id)).held).toMatchObject({ by: 'test-operator', reason: 'a look' })
    await hold(false)
    await reached(id, 'bad', 'failed')
    await until(async () => (await read(id)).held !== null, 'a failed step does not hold the timeline', 10_000)
    expect((await read(id)).held).toMatchObject({ by: 'scheduler' })
    await reached(id, 'one', 'ok')
    const now = states(await read(id))
    for (const key of ['two', 'three']) if (now[key] !== 'ok') expect(['due', 'late']).toContain(now[key])
    await act(id, 'three', 'skip')
    await hold(false)
    await reached(id, 'two', 'ok')
    expect(states(await read(id))).toEqual({ one: 'ok', bad: 'failed', two: 'ok', three: 'skipped' })
  })

  it('takes along what of the running order has not begun', async () => {
    const id = await launch(60_000)
    const { event } = await read(id)
    const item = {
      id: 'opening',
      title: 'Opening',
      titleEn: '',
      kind: 'talk' as const,
      performers: [],
      startAt: event.startAt,
      durationS: 60,
    }
    await rig.operator.a.programmes.save({ params: { id }, body: { items: [item], expectedVersion: 0 } })
    const startAt = new Date(Date.parse(event.startAt) + 600_000).toISOString()
    await save(id, { template: 'launch', startAt })
    const { data: order } = await rig.operator.a.programmes.read({ params: { id } })
    expect(order.items.map((of) => of.startAt)).toEqual([startAt])
  })

  it('goes along when somebody edits the event itself', async () => {
    const id = await launch(60_000)
    await save(id, { template: 'launch' })
    const { data: event } = await rig.operator.b.events.detail({ params: { id } })
    const startAt = new Date(Date.parse(event.startAt) + 3_600_000).toISOString()
    const endAt = new Date(Date.parse(event.endAt) + 3_600_000).toISOString()
    await rig.operator.a.events.save({ params: { id }, body: { startAt, endAt, expectedVersion: event.version } })
    const { steps, version } = await read(id)
    const live = steps.find(({ key }) => key === 'go-live')
    expect([live?.due, live?.slot?.at]).toEqual([startAt, startAt])
    expect(version).toBe(2)
    expect(steps.find(({ key }) => key === 'open-room')?.slot).toMatchObject({ state: 'skipped', reason: 'misfire' })
  })

  it('refuses what does not make sense, with what is wrong, and what somebody else has changed', async () => {
    const id = await launch(60_000)
    const step = {
      key: 'x',
      title: 'x',
      at: 'T',
      handler: 'mark',
      params: {},
      irreversible: false,
      onFailure: 'go-on' as const,
    }
    const refused = async (body: Parameters<typeof save>[1]) => problemOf(save(id, body))
    expect(await refused({})).toBe('VALIDATION_FAILED')
    expect(await refused({ steps: [step, step] })).toBe('VALIDATION_FAILED')
    expect(await refused({ steps: [{ ...step, handler: 'nothing' }] })).toBe('VALIDATION_FAILED')
    expect(await refused({ steps: [{ ...step, handler: 'event-status', params: { to: 'gone' } }] })).toBe(
      'VALIDATION_FAILED',
    )
    expect(await refused({ steps: [{ ...step, at: 'T-30x' }] })).toBe('VALIDATION_FAILED')
    expect(await refused({ template: 'launch', expectedVersion: 7 })).toBe('STALE_VERSION')
    expect(await problemOf(act(id, 'x', 'run'))).toBe('TIMELINE_NOT_FOUND')
    expect(await problemOf(rig.operator.a.timeline.read({ params: { id: 'nowhere' } }))).toBe('EVENT_NOT_FOUND')
    const viewer = createOpsClient({ baseUrl: rig.a.base[0] ?? '', token: await rig.platform.token('viewer') })
    const body = { template: 'launch' as const, reason: 'no', dryRun: false, expectedVersion: 0 }
    expect(await problemOf(viewer.timeline.save({ params: { id }, body }))).toBe('FORBIDDEN')
    expect((await read(id)).steps).toEqual([])
  })
})

const retriesNone = {
  ...{
    misfire: { policy: 'once' as const },
    graceMs: 5_000,
    overlap: 'skip' as const,
    timeoutMs: 5_000,
    pauseAfterFailures: null,
  },
  ...{ retries: { max: 0, backoffMs: 0 }, scope: 'global' as const, shards: 1, after: [] },
}

/** `T-30m` becomes `T-15000ms`. */
function inFastTime(at: string): string {
  const [, from, sign, amount, unit] = /^(T|END)(?:([+-])(\d+)(s|m|h))?$/.exec(at) ?? []
  const ms = Number(amount ?? 0) * ({ s: 1_000, m: 60_000, h: 3_600_000 }[unit ?? 's'] ?? 0)
  return ms === 0 ? String(from) : `${from}${sign}${ms / faster}ms`
}
