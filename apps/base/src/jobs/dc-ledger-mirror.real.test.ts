import { Database, JobSlotEntity, migrate } from '@gala/database'
import { randomId, systemClock } from '@gala/kernel'
import { Breakers } from '@gala/resilience'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { Redis } from 'ioredis'
import { DcLedger } from './dc-ledger.js'
import { DcLedgerMirror, type MirrorSignals } from './dc-ledger-mirror.js'
import { dueSlot, type SlotKey, type SlotRow } from './ledger.js'
import { ok } from './ledger-under-test.js'
import { SlotMirrorRepository } from './slot-mirror.repository.js'

const url = process.env['GALA_TEST_MYSQL_URL'] ?? ''
const redis = new Redis(process.env['GALA_TEST_REDIS_URL'] ?? '')
const database = new Database({
  readers: [{ dc: 'dc-a', url }],
  writers: [{ dc: 'dc-a', url }],
  breakers: new Breakers({ clock: systemClock }),
  dialect: 'mariadb',
  entities: [JobSlotEntity],
  clock: systemClock,
  onError: () => {},
})
const repository = new SlotMirrorRepository(database)
const longMs = 60_000

describe('DcLedgerMirror', () => {
  let prefix: string
  let nowMs: number
  beforeAll(() => migrate(url, 'mariadb'))
  beforeEach(async () => {
    prefix = `t:${randomId()}:`
    nowMs = systemClock.nowMs()
    await database.onWriter((manager) => manager.query('DELETE FROM job_slots'))
  })
  afterAll(async () => {
    redis.disconnect()
    await database.close()
  })

  const opened = (dc = 'dc-a') => {
    const recent = () => repository.recent(dc, systemClock.nowMs())
    const onError = (error: unknown) => {
      throw error
    }
    const ledger = new DcLedger({ dc, redis, keyPrefix: prefix, clock: systemClock, recent, onError, settleMs: 0 })
    const told: number[] = []
    const signals: MirrorSignals = {
      slotsToMirror: (waiting) => void told.push(waiting),
      slotChangesLost: () => {},
      slotMirrorFailed: () => {},
    }
    return { ledger, mirror: new DcLedgerMirror(ledger, repository, signals), told }
  }
  const key = (more: Partial<SlotKey> = {}): SlotKey => ({ job: 'sweep', atMs: nowMs, dc: 'dc-a', shard: 0, ...more })
  const running = async (ledger: DcLedger, of: SlotKey, params: Partial<SlotRow> = {}) => {
    const { token } = await ledger.lead('leader', longMs)
    await ledger.plan(token, [dueSlot(of, params)], new Map())
    const set = { state: 'leased', attempt: 1 } as const
    await ledger.apply(token, [{ key: of, from: { state: 'due', attempt: 0 }, set }])
    return await ledger.begin(of, 1, 'runner', longMs)
  }
  const rows = async (dc = 'dc-a') => (await repository.recent(dc, nowMs)).toSorted((a, b) => a.atMs - b.atMs)
  const states = async () => (await rows()).map(({ atMs, state, attempt }) => [atMs - nowMs, state, attempt])

  it('has in the ledger of all what each data centre did, as it was', async () => {
    const [a, b] = [opened(), opened('dc-b')]
    const result = { list: [], text: '完' }
    await running(a.ledger, key(), { manual: { actor: 'ann', reason: '原因' } })
    const [progress, at] = [
      { done: 1, total: 2, note: '半' },
      { key: key(), attempt: 1 },
    ]
    await a.ledger.beat([{ ...at, progress }], longMs)
    await running(b.ledger, key({ dc: 'dc-b' }))
    for (const { mirror } of [a, b]) await mirror.mirror()
    expect(await rows()).toEqual([await a.ledger.newest('sweep', 'dc-a', nowMs)])
    await a.ledger.finish(key(), 1, { ...ok, result })
    for (const { mirror } of [a, b]) await mirror.mirror()
    expect(await rows()).toEqual([await a.ledger.newest('sweep', 'dc-a', nowMs)])
    expect(await rows()).toMatchObject([{ state: 'ok', result, progress }])
    expect(await rows('dc-b')).toMatchObject([{ state: 'running', dc: 'dc-b' }])
  })

  it('lets a row that has ended, or is of a later attempt, stay as it is', async () => {
    const slot = (state: SlotRow['state'], attempt: number) =>
      dueSlot(key(), { state, attempt, detail: `${state} ${attempt}` })
    const history = [
      [slot('running', 1), 'running 1'],
      [slot('due', 1), 'due 1'],
      [slot('leased', 2), 'leased 2'],
      [slot('ok', 1), 'leased 2'],
      [slot('running', 2), 'running 2'],
      [slot('failed', 2), 'failed 2'],
      [slot('running', 2), 'failed 2'],
      [slot('ok', 2), 'failed 2'],
      [slot('due', 1), 'failed 2'],
      [slot('leased', 3), 'leased 3'],
      [slot('ok', 3), 'ok 3'],
      [slot('running', 2), 'ok 3'],
    ] as const
    for (const [written, then] of history) {
      await repository.write([written])
      const [row] = await rows()
      expect([row?.detail, `${row?.state} ${row?.attempt}`]).toEqual([then, then])
    }
  })

  it('writes later what could not be written, each slot as it is by then', async () => {
    const { ledger, mirror, told } = opened()
    await running(ledger, key())
    await database.onWriter((manager) => manager.query('RENAME TABLE job_slots TO job_slots_away'))
    try {
      await expect(mirror.mirror()).rejects.toThrow('job_slots')
      await ledger.finish(key(), 1, ok)
      await running(ledger, key({ atMs: nowMs + 1 }))
      await expect(mirror.mirror()).rejects.toThrow('job_slots')
    } finally {
      await database.onWriter((manager) => manager.query('RENAME TABLE job_slots_away TO job_slots'))
    }
    await mirror.mirror()
    expect(await states()).toEqual([
      [0, 'ok', 1],
      [1, 'running', 1],
    ])
    await mirror.mirror()
    expect(told).toEqual([1, 2, 2, 0])
  })

  it('catches up with much, part by part', async () => {
    const { ledger, mirror, told } = opened()
    const { token } = await ledger.lead('leader', longMs)
    for (let at = 0; at < 1_200; at += 600) {
      const slots = Array.from({ length: 600 }, (_, i) => dueSlot(key({ atMs: nowMs + at + i })))
      await ledger.plan(token, slots, new Map())
    }
    await mirror.mirror()
    expect((await rows()).map(({ atMs }) => atMs - nowMs)).toEqual(Array.from({ length: 1_000 }, (_, i) => i))
    await mirror.mirror()
    expect(await rows()).toHaveLength(1_200)
    expect(told).toEqual([1_200, 1_000, 800, 600, 400, 200, 0])
  })

  it('is not stopped by what is too long for a row', async () => {
    const long = '長'.repeat(2_000)
    const attempt = { n: 1, holder: 'h', atMs: nowMs, endedAtMs: nowMs, outcome: 'failed', error: long } as const
    const attempts = Array.from({ length: 20 }, () => attempt)
    const progress = { done: 1, total: 2, note: long }
    const more = { detail: long, progress, result: long.repeat(200), manual: { actor: 'ann', reason: long }, attempts }
    await repository.write([dueSlot(key(), { ...more, holder: long })])
    const [row] = await rows()
    expect(row).toMatchObject({ detail: long.slice(0, 500), progress: { done: 1, total: 2, note: '' }, result: null })
    expect(row?.attempts).toEqual(attempts.map((each) => ({ ...each, error: null })))
  })

  it('gives a Redis that was restarted empty what it had, so that nothing is run twice', async () => {
    const { ledger, mirror } = opened()
    for (const atMs of [nowMs, nowMs + 1, nowMs + 2]) await running(ledger, key({ atMs }))
    await ledger.finish(key(), 1, ok)
    await mirror.mirror()
    const keys = await redis.keys(`${prefix}*`)
    await redis.del(keys)
    const { ledger: other } = opened()
    const { token } = await other.lead('other', longMs)
    await other.plan(token, [dueSlot(key()), dueSlot(key({ atMs: nowMs + 1 }))], new Map())
    expect((await other.newest('sweep', 'dc-a', nowMs))?.state).toBe('ok')
    expect((await other.open(nowMs + longMs, 10)).map(({ state, attempt }) => [state, attempt])).toEqual([
      ['running', 1],
      ['running', 1],
    ])
    expect(await ledger.finish(key({ atMs: nowMs + 2 }), 1, ok)).toBe(true)
  })
})
