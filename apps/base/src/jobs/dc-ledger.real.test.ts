import { connectRedis } from '@gala/bus'
import { whenConnected } from '@gala/bus/testing'
import { randomId, systemClock } from '@gala/kernel'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Redis } from 'ioredis'
import { DcLedger } from './dc-ledger.js'
import { dueSlot, type Ledger, type SlotKey, type SlotRow } from './ledger.js'
import { describeLedger } from './ledger-conformance.js'
import { definitionOf, ok } from './ledger-under-test.js'

const forms = {
  'one Redis': 'GALA_TEST_REDIS_URL',
  'a Redis behind Sentinels': 'GALA_TEST_REDIS_SENTINEL_URL',
  'a Redis Cluster': 'GALA_TEST_REDIS_CLUSTER_URL',
}
/** Redis keeps its own time: nothing but letting it pass will do. */
const advance = (ms: number) => systemClock.sleep(ms)
const longMs = 60_000

describe.each(Object.entries(forms))('DcLedger on %s', (_form, url) => {
  let redis: Redis
  beforeAll(async () => {
    redis = connectRedis(process.env[url] ?? '', () => {}, 2_000)
    await whenConnected(redis)
  })
  afterAll(() => redis.disconnect())

  const openedOn = (keyPrefix: string, recent: () => Promise<SlotRow[]> = async () => [], dc = 'dc-a', settleMs = 0) =>
    new DcLedger({ dc, redis, keyPrefix, clock: systemClock, recent, onError: () => {}, settleMs })
  const key = (more: Partial<SlotKey> = {}): SlotKey => ({ job: 'sweep', atMs: 1_000, dc: 'dc-a', shard: 0, ...more })
  const running = async (ledger: Ledger, ...keys: SlotKey[]) => {
    const { token } = await ledger.lead('leader', longMs)
    await ledger.plan(
      token,
      keys.map((of) => dueSlot(of)),
      new Map(),
    )
    const set = { state: 'leased', attempt: 1 } as const
    await ledger.apply(
      token,
      keys.map((of) => ({ key: of, from: { state: 'due', attempt: 0 }, set })),
    )
    for (const of of keys) await ledger.begin(of, 1, 'runner', longMs)
    return token
  }
  /** As after a restart of a Redis that keeps nothing. */
  const empty = async (prefix: string, dc = 'dc-a') => {
    const parts = ['about', 'slots', 'due', 'held', 'ended', 'kept', 'times', 'changed', 'planned']
    await redis.del(parts.map((part) => `${prefix}jobs:{${dc}}:${part}`))
  }
  const states = async (ledger: Ledger, ...keys: SlotKey[]) => {
    const rows = await Promise.all(keys.map(({ job, dc, atMs }) => ledger.newest(job, dc, atMs)))
    return rows.map((row, i) => (row?.atMs === keys[i]?.atMs ? `${row?.state} ${row?.attempt}` : undefined))
  }

  describeLedger('as a ledger', async () => {
    const ledger = openedOn(`t:${randomId()}:`)
    return { ledger, advance, definition: definitionOf, close: async () => {} }
  })

  it('keeps the slots of two data centres apart, and takes none of another one', async () => {
    const prefix = `t:${randomId()}:`
    const [a, b] = [openedOn(prefix), openedOn(prefix, undefined, 'dc-b')]
    await running(a, key())
    const { leads, token } = await b.lead('other', longMs)
    expect(leads).toBe(true)
    expect(await b.open(longMs, 10)).toEqual([])
    await expect(b.plan(token, [dueSlot(key())], new Map())).rejects.toThrow('not kept in dc-b')
  })

  it('takes no part of too large an order', async () => {
    const ledger = openedOn(`t:${randomId()}:`)
    const { token } = await ledger.lead('leader', longMs)
    const slots = Array.from({ length: 10_001 }, (_, i) => dueSlot(key({ atMs: i })))
    await expect(ledger.plan(token, slots, new Map())).rejects.toThrow(RangeError)
    const beats = slots.map((of) => ({ key: of, attempt: 1, progress: null }))
    await expect(ledger.beat(beats, longMs)).rejects.toThrow(RangeError)
    expect(await ledger.open(longMs, 10)).toEqual([])
  })

  it('keeps text that was cut within a character', async () => {
    const ledger = openedOn(`t:${randomId()}:`)
    await running(ledger, key())
    await ledger.finish(key(), 1, {
      ...ok,
      state: 'failed',
      detail: '😀'.slice(0, 1),
      outcome: 'failed',
      result: '😀'.slice(1),
    })
    expect((await ledger.newest('sweep', 'dc-a', 1_000))?.detail).toBe('\ufffd')
  })

  it('keeps of what is mirrored the last thousand, and the newest of each job', async () => {
    const ledger = openedOn(`t:${randomId()}:`)
    const { token, nowMs } = await ledger.lead('leader', longMs)
    const skipped = (of: SlotKey) => dueSlot(of, { state: 'skipped', reason: 'overlap', endedAtMs: of.atMs })
    const rare = (ms: number) => key({ job: 'rare', atMs: nowMs + ms })
    const plan = (...slots: SlotRow[]) => ledger.plan(token, slots, new Map())
    const many = async (fromMs: number) => {
      await plan(...Array.from({ length: 1_000 }, (_, i) => skipped(key({ atMs: nowMs + fromMs + i }))))
    }
    const newest = async (job: string, ms: number) => (await ledger.newest(job, 'dc-a', nowMs + ms))?.atMs
    await plan(skipped(rare(-9_000)), skipped(rare(-8_000)), dueSlot(rare(longMs)))
    await many(-7_000)
    expect(await newest('rare', 0)).toBe(nowMs - 8_000)
    expect(await newest('rare', -8_001)).toBeUndefined()
    await plan(skipped(rare(-5_000)))
    await many(-4_000)
    expect(await newest('sweep', -4_001)).toBeUndefined()
    expect(await newest('sweep', -4_000)).toBe(nowMs - 4_000)
    expect(await newest('rare', 0)).toBe(nowMs - 5_000)
    expect(await newest('rare', -5_001)).toBeUndefined()
    // What has not been mirrored is there until it is.
    expect((await ledger.changed('p', 1))?.total).toBe(2_004)
    for (let left = true; left; ) {
      const changes = (await ledger.changed('p', 1_000))?.changes ?? []
      await ledger.mirrored(changes)
      left = changes.length > 0
    }
    expect(await newest('rare', 0)).toBe(nowMs - 5_000)
  })

  it('says what has changed until it is mirrored as it is, to one process at a time', async () => {
    const ledger = openedOn(`t:${randomId()}:`)
    await running(ledger, key(), key({ atMs: 2_000 }))
    const seen = await ledger.changed('one', 10)
    expect(seen?.changes.map(({ slot }) => `${slot.atMs} ${slot.state}`)).toEqual(['1000 running', '2000 running'])
    expect(await ledger.changed('two', 10)).toBeUndefined()
    await ledger.finish(key(), 1, ok)
    await ledger.mirrored(seen?.changes ?? [])
    const left = await ledger.changed('one', 10)
    expect(left?.changes.map(({ slot }) => `${slot.atMs} ${slot.state}`)).toEqual(['1000 ok'])
    await ledger.mirrored(left?.changes ?? [])
    expect(await ledger.changed('one', 10)).toEqual({ changes: [], total: 0, ageMs: 0, lost: 0 })
  })

  describe('after Redis was restarted', () => {
    it('answers nothing before somebody asks for the lease, whose token then is higher than any before', async () => {
      const prefix = `t:${randomId()}:`
      const ledger = openedOn(prefix)
      const token = await running(ledger, key())
      await empty(prefix)
      await expect(ledger.open(longMs, 10)).rejects.toThrow('being restored')
      await expect(ledger.plan(token, [], new Map())).rejects.toThrow('being restored')
      await expect(ledger.finish(key(), 1, ok)).rejects.toThrow('being restored')
      const { leads, token: next } = await ledger.lead('leader', longMs)
      expect(leads).toBe(true)
      expect(next).toBeGreaterThan(token)
      expect(await openedOn(prefix).lead('leader', longMs)).toMatchObject({ token: next })
      await empty(prefix)
      await advance(2)
      // By a process that has seen no token.
      expect((await openedOn(prefix).lead('other', longMs)).token).toBeGreaterThan(next)
      // As when the clock of the server was set back.
      await redis.hincrby(`${prefix}jobs:{dc-a}:about`, 'token', longMs)
      const { token: high } = await ledger.lead('leader', longMs)
      await empty(prefix)
      expect((await ledger.lead('leader', longMs)).token).toBeGreaterThan(high)
    })

    it('has again what was mirrored, what a process ran and runs, and how far it was planned: nothing is run twice', async () => {
      const prefix = `t:${randomId()}:`
      const mirror: SlotRow[] = []
      const ledger = openedOn(prefix, async () => mirror)
      const [mirrored, after, runs, behind] = [key(), key({ atMs: 2_000 }), key({ atMs: 3_000 }), key({ atMs: 4_000 })]
      await running(ledger, mirrored, after, runs, behind)
      await ledger.finish(mirrored, 1, ok)
      const changes = (await ledger.changed('p', 10))?.changes ?? []
      mirror.push(
        ...changes.map(({ slot }) => slot),
        dueSlot(key({ atMs: 9_000 }), { manual: { actor: 'ann', reason: 'r' } }),
      )
      await ledger.finish(after, 1, ok)
      await ledger.finish(behind, 1, { ...ok, state: 'failed', outcome: 'failed' })
      await empty(prefix)
      await ledger.lead('leader', longMs)
      expect(await states(ledger, mirrored, after, runs, behind)).toEqual(['ok 1', 'ok 1', 'running 1', 'failed 1'])
      expect(await ledger.beat([{ key: runs, attempt: 1, progress: null }], longMs)).toEqual(['go-on'])
      expect(await ledger.plannedUntil([definitionOf('sweep')])).toEqual(new Map([['sweep', 4_000]]))
      // What came back is mirrored as any change is.
      expect((await ledger.changed('p', 10))?.total).toBe(5)
    })

    it('has what each process ran before anybody leads, even with nothing mirrored', async () => {
      const prefix = `t:${randomId()}:`
      const [one, two] = [openedOn(prefix, undefined, 'dc-a', 400), openedOn(prefix, undefined, 'dc-a', 400)]
      await until(async () => (await one.lead('one', longMs)).leads)
      await two.lead('two', longMs)
      await one.resign('one')
      const token = (await two.lead('two', longMs)).token
      await two.plan(token, [dueSlot(key())], new Map())
      await two.apply(token, [{ key: key(), from: { state: 'due', attempt: 0 }, set: { state: 'leased', attempt: 1 } }])
      await two.begin(key(), 1, 'runner', longMs)
      await two.finish(key(), 1, ok)
      await empty(prefix)
      expect((await one.lead('one', longMs)).leads).toBe(false)
      await two.lead('two', longMs)
      await until(async () => (await one.lead('one', longMs)).leads)
      expect(await states(one, key())).toEqual(['ok 1'])
    })

    it('goes on from an older state of itself, where that is behind', async () => {
      const prefix = `t:${randomId()}:`
      const ledger = openedOn(prefix)
      const token = await running(ledger, key())
      const [about, slots] = ['about', 'slots'].map((part) => `${prefix}jobs:{dc-a}:${part}`)
      const older = await redis.hgetall(slots ?? '')
      await ledger.finish(key(), 1, ok)
      await redis.hset(slots ?? '', older)
      await redis.hset(about ?? '', 'run', 'another', 'token', 1)
      await expect(ledger.newest('sweep', 'dc-a', 1_000)).rejects.toThrow('being restored')
      expect((await ledger.lead('leader', longMs)).token).toBeGreaterThan(token)
      expect(await states(ledger, key())).toEqual(['ok 1'])
      expect(await ledger.open(longMs, 10)).toEqual([])
    })

    it('waits for the mirror, which nobody leads without as long as it may answer', async () => {
      const prefix = `t:${randomId()}:`
      const answers = [new Error('no database'), [dueSlot(key(), { state: 'ok', attempt: 1 })]]
      const ledger = openedOn(prefix, async () => {
        const answer = answers.shift()
        if (Array.isArray(answer)) return answer
        throw answer
      })
      expect(await ledger.lead('leader', longMs)).toMatchObject({ leads: false, holder: null })
      expect((await ledger.lead('leader', longMs)).leads).toBe(true)
      expect(await states(ledger, key())).toEqual(['ok 1'])
    })

    it('goes on without the mirror when that does not come back', async () => {
      const prefix = `t:${randomId()}:`
      const errors: unknown[] = []
      const recent = () => Promise.reject(new Error('no database'))
      const more = { dc: 'dc-a', redis, keyPrefix: prefix, clock: systemClock, settleMs: 0 }
      const ledger = new DcLedger({ ...more, recent, onError: (error) => void errors.push(error) })
      await ledger.lead('leader', longMs)
      expect(errors).toHaveLength(1)
      await redis.hincrby(`${prefix}jobs:{dc-a}:about`, 'fresh', -10_000)
      expect((await ledger.lead('leader', longMs)).leads).toBe(true)
    })
  })
})

async function until(done: () => Promise<boolean>) {
  while (!(await done())) await systemClock.sleep(20)
}
