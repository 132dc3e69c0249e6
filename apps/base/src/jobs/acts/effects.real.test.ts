import { AuditEntity, Database, EventEntity, migrate } from '@gala/database'
import { systemClock } from '@gala/kernel'
import { Breakers } from '@gala/resilience'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { AuditRepository } from '../../audit/audit.repository.js'
import type { BaseContext } from '../../base.config.js'
import { EventsRepository } from '../../events/events.repository.js'
import { EventsService } from '../../events/events.service.js'
import type { RelayService } from '../../relay/relay.service.js'
import { TimelineRepository } from '../../timeline/timeline.repository.js'
import type { OperatorWrites } from '../../writes/operator-writes.js'
import type { Run } from '../handler.js'
import { SlotsRepository } from '../slots.repository.js'
import type { AudiencePages } from './audience-pages.js'
import { EffectsRepository } from './effects.repository.js'
import { EventActs } from './event-acts.js'
import { EventReportService } from './event-report.service.js'

const url = process.env['GALA_TEST_MYSQL_URL'] ?? ''
const startMs = Date.UTC(2026, 1, 16, 12)
const run: Run = { job: 'launch.go', event: 'launch', atMs: startMs, dc: '', shard: 0, shards: 1, attempt: 2 }

describe('effects of jobs in the database', () => {
  let database: Database
  let effects: EffectsRepository
  let acts: EventActs
  let reports: EventReportService
  let audit: AuditRepository
  let nudges = 0

  beforeAll(async () => {
    await migrate(url, 'mariadb')
    database = new Database({
      readers: [{ dc: 'dc-a', url }],
      breakers: new Breakers({ clock: systemClock }),
      writers: [{ dc: 'dc-a', url }],
      dialect: 'mariadb',
      entities: [AuditEntity, EventEntity],
      clock: systemClock,
      onError: () => {},
    })
    const context = { clock: systemClock, config: { GALA_DC: 'dc-a' } } as unknown as BaseContext
    audit = new AuditRepository(database, context)
    effects = new EffectsRepository(database, context, audit, { nudge: () => nudges++ } as unknown as RelayService)
    const repository = new EventsRepository(database)
    const events = new EventsService(
      {} as OperatorWrites,
      context,
      repository,
      new TimelineRepository(new SlotsRepository(database)),
      audit,
    )
    acts = new EventActs(effects, events, repository)
    const stats = async () => [{ dc: 'dc-a', value: null, why: 'nothing listens there' }]
    reports = new EventReportService(database, context, events, { stats } as unknown as AudiencePages)
  })
  beforeEach(() =>
    database.onWriter(async (manager) => {
      for (const name of [
        'jobs',
        'job_slots',
        'job_effects',
        'reminder_intents',
        'event_reports',
        'event_peaks',
        'events',
        'audit',
      ])
        await manager.query(`DELETE FROM ${name}`)
      const times = { startAt: new Date(startMs), endAt: new Date(startMs + 3_600_000), updatedAt: new Date(startMs) }
      const texts = { title: 'Launch', titleEn: '', summary: '', venue: '' }
      const row = { id: 'launch', kind: 'launch', status: 'preheat', room: 'closed', version: 1 } as const
      await manager.insert(EventEntity, { ...row, ...texts, ...times })
      await manager.query(
        `INSERT INTO jobs (id, event_id, step, title, schedule_json, handler, params_json, policy_json, approvals_json, version, updated_at, updated_by)
         VALUES ('launch.go', 'launch', 'go', 'Goes live', '{}', 'event-status', '{}', '{}', '[]', 1, NOW(3), 'ann')`,
      )
      await manager.query(
        `INSERT INTO job_slots (job_id, at, dc, shard, state, run_at, attempt, attempts_json, started_at)
         VALUES ('launch.go', ?, '', 0, 'running', ?, 2, '[]', ?)`,
        [new Date(startMs), new Date(startMs), new Date(startMs + 40)],
      )
    }),
  )
  afterAll(async () => {
    await database.onWriter((manager) => manager.query(`DELETE FROM event_counts WHERE event_id = 'launch'`))
    await database.close()
  })

  const slot = (state: string, attempt: number) =>
    database.onWriter((manager) => manager.query('UPDATE job_slots SET state = ?, attempt = ?', [state, attempt]))
  const newest = async () => (await database.read(async () => undefined)).position
  const audited = async () => (await audit.page(undefined, 1, 100)).items
  const add = (of: Run, effect = 'mark') => {
    let done = 0
    const once = effects.once(of, effect, async ({ position }) => {
      done++
      return { reply: { position }, tags: [], audit: { action: 'jobs.mark', target: 'event:launch' } }
    })
    return once.then(({ reply, position }) => ({ reply, position, done }))
  }

  it('happen once for a slot: the second time answers what was answered, and nothing is announced', async () => {
    const first = await add(run)
    expect(first).toEqual({ reply: { position: first.position }, position: await newest(), done: 1 })
    const nudged = nudges
    await slot('running', 3)
    const again = await add({ ...run, attempt: 3 })
    expect(again).toEqual({ reply: first.reply, position: undefined, done: 0 })
    expect([await newest(), nudges]).toEqual([first.position, nudged])
    expect(await audited()).toMatchObject([
      {
        actor: 'job:launch.go',
        role: 'operator',
        action: 'jobs.mark',
        reason: expect.stringMatching(/^mark of the slot launch\.go at 2026-02-16T12:00:00\.000Z, attempt 2$/),
      },
    ])
    // Another effect of the slot, and another slot, are others.
    expect((await add({ ...run, attempt: 3 }, 'other')).done).toBe(1)
    expect((await add({ ...run, dc: 'dc-b' })).done).toBe(1)
  })

  it('happen once when two ask at the same time', async () => {
    const both = await Promise.all([add(run), add(run)])
    expect(both.map(({ done }) => done).toSorted()).toEqual([0, 1])
    expect(both[0].reply).toEqual(both[1].reply)
  })

  it.each([
    ['of an older attempt', 'running', 3],
    ['of a slot that was taken away', 'leased', 2],
    ['of a slot that is over', 'ok', 2],
  ])('are refused when they are %s, even if they were done before', async (_, state, attempt) => {
    await add(run)
    await slot(state, attempt)
    const position = await newest()
    await expect(add(run)).rejects.toMatchObject({ code: 'STALE_TOKEN', retryable: false })
    await expect(add(run, 'other')).rejects.toMatchObject({ code: 'STALE_TOKEN' })
    await expect(add({ ...run, job: 'launch.other' })).rejects.toMatchObject({ code: 'STALE_TOKEN' })
    expect(await newest()).toBe(position)
  })

  it('leave nothing behind when their work is refused', async () => {
    await expect(acts.status(run, 'ended')).rejects.toMatchObject({ code: 'NOT_NOW', retryable: false })
    expect(await database.onWriter((manager) => manager.query('SELECT * FROM job_effects'))).toEqual([])
    expect(await audited()).toEqual([])
  })

  it('move an event on, with the audit of an edit, and say when it is there already', async () => {
    const { reply } = await acts.status(run, 'live')
    expect(reply).toEqual({ status: 'live', from: 'preheat', already: false, version: 2 })
    expect(await audited()).toMatchObject([{ actor: 'job:launch.go', action: 'events.edit', target: 'event:launch' }])
    const later = { ...run, dc: 'dc-a' }
    expect((await acts.status(later, 'live')).reply).toEqual({ status: 'live', already: true })
    expect((await acts.room(later, 'open')).reply).toMatchObject({ room: 'open', from: 'closed', version: 3 })
    expect((await acts.status({ ...run, event: 'none', dc: 'dc-b' }, 'live').catch((error) => error)).code).toBe(
      'EVENT_NOT_FOUND',
    )
  })

  it('write a reminder once for each name, and replace one that nobody has taken', async () => {
    const given = { name: 'soon', audience: 'subscribers', title: 'Soon', body: 'It begins.' }
    const rows = () =>
      database.onWriter((manager) => manager.query('SELECT name, due_at, message_json FROM reminder_intents'))
    await acts.remind(run, { ...given, at: 'T-10m' })
    expect(await rows()).toMatchObject([{ name: 'soon', due_at: new Date(startMs - 600_000) }])
    const later = (n: number) => ({ ...run, dc: `dc-${n}` })
    expect((await acts.remind(later(1), { ...given, body: 'Now.' })).reply).toMatchObject({ written: true })
    expect(await rows()).toEqual([
      { name: 'soon', due_at: new Date(startMs), message_json: JSON.stringify({ title: 'Soon', body: 'Now.' }) },
    ])
    await database.onWriter((manager) => manager.query('UPDATE reminder_intents SET taken_at = NOW(3)'))
    expect((await acts.remind(later(2), given)).reply).toMatchObject({ written: false })
  })

  it('are in the report of the event, which names what it could not ask', async () => {
    await database.onWriter(async (manager) => {
      const at = new Date(startMs + 60_000)
      const row = {
        at,
        actor: 'ann',
        role: 'operator',
        target: 'level',
        dc: 'dc-a',
        traceId: 't',
        before: null,
        after: null,
      } as const
      await manager.insert(AuditEntity, {
        ...row,
        action: 'switches.level',
        outcome: 'done',
        code: null,
        reason: 'full',
      } as never)
      await manager.insert(AuditEntity, {
        ...row,
        action: 'events.edit',
        outcome: 'refused',
        code: 'STALE_VERSION',
        reason: null,
      } as never)
      await manager.query(`UPDATE job_slots SET state = 'failed', reason = 'timeout', ended_at = ?`, [
        new Date(startMs + 1_040),
      ])
      await manager.query(
        `REPLACE INTO event_counts (event_id, dc, likes, plays, as_of) VALUES ('launch', 'dc-a', 5, 3, NOW(3)), ('launch', 'dc-b', 2, 1, NOW(3))`,
      )
      await manager.query(`INSERT INTO event_peaks VALUES ('launch', 'online', 12, '2026-02-16 12:30:00.000')`)
    })
    const report = await reports.make('launch')
    expect(await reports.read('launch')).toEqual(report)
    expect(report).toMatchObject({
      from: '2026-02-16T12:00:00.000Z',
      to: '2026-02-16T13:00:00.000Z',
      totals: [
        { name: 'plays', value: 4 },
        { name: 'likes', value: 7 },
      ],
      errors: [
        { name: 'refused to operators: STALE_VERSION', count: 1 },
        { name: 'slots failed: timeout', count: 1 },
      ],
      degradations: [{ what: 'switches.level level', actor: 'ann', reason: 'full' }],
      steps: [{ step: 'go', title: 'Goes live', state: 'failed', lateMs: 40, tookMs: 1_000 }],
      audit: [{ action: 'switches.level' }, { action: 'events.edit' }],
    })
    expect(report.peaks).toEqual([{ name: 'online', value: 12, unit: 'browsers', at: '2026-02-16T12:30:00.000Z' }])
    expect(report.gaps.join('\n')).toMatch(/counts of now could not be asked \(dc-a: nothing listens there\)/)
    await expect(reports.read('other')).rejects.toMatchObject({ code: 'REPORT_NOT_FOUND' })
  })
})
