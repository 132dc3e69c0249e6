import { expect, it } from '@jest/globals'
import { dueSlot } from './ledger.js'
import { longMs, type Open, ok, on } from './ledger-under-test.js'

/** What is promised to whoever runs slots. */
export function runConformance(open: Open) {
  const progress = { done: 3, total: 10, note: '第三 of "ten"' }

  it(
    'begin once, by who has this attempt',
    on(open, async ({ ledger, sure: { key, plan, lease, row, nowMs } }) => {
      await plan(dueSlot(key()))
      expect(await ledger.begin(key(), 0, 'runner', longMs)).toBeUndefined()
      await lease(key())
      expect(await ledger.begin(key(), 2, 'runner', longMs)).toBeUndefined()
      const begun = await ledger.begin(key(), 1, 'runner', longMs)
      expect(begun).toMatchObject({ ...key(), state: 'running', attempt: 1, holder: 'runner' })
      const open = { n: 1, holder: 'runner', atMs: begun?.startedAtMs, endedAtMs: null, outcome: null, error: null }
      expect(begun?.attempts).toEqual([open])
      expect(begun?.startedAtMs).toBeGreaterThanOrEqual(nowMs)
      expect((begun?.leaseUntilMs ?? 0) - (begun?.startedAtMs ?? 0)).toBe(longMs)
      expect(await row(key())).toEqual(begun)
      expect(await ledger.begin(key(), 1, 'other', longMs)).toBeUndefined()
      expect(await ledger.begin(key({ shard: 1 }), 1, 'runner', longMs)).toBeUndefined()
    }),
  )

  it(
    'are renewed, with how far they are',
    on(open, async ({ ledger, advance, sure: { key, running, row } }) => {
      const of = await running(key())
      const { leaseUntilMs } = await row(of)
      await advance(20)
      expect(await ledger.beat([{ key: of, attempt: 1, progress }], longMs)).toEqual(['go-on'])
      const beaten = await row(of)
      expect(beaten).toMatchObject({ state: 'running', progress })
      expect((beaten.leaseUntilMs ?? 0) - (leaseUntilMs ?? 0)).toBeGreaterThanOrEqual(10)
    }),
  )

  it(
    'are told when they are to be ended',
    on(open, async ({ ledger, sure: { token, key, running, set, row } }) => {
      const of = await running(key())
      expect(await ledger.apply(token, [set(of, 'running', 1, { cancel: true })])).toEqual([true])
      expect(await ledger.beat([{ key: of, attempt: 1, progress }], longMs)).toEqual(['cancel'])
      expect(await row(of)).toMatchObject({ state: 'running', cancel: true, progress })
    }),
  )

  it(
    'are told when they were given to somebody else, each by itself',
    on(open, async ({ ledger, sure: { key, running, lease, row, nowMs } }) => {
      const [lost, ended, runs] = [
        await running(key({ atMs: nowMs - 3_000 })),
        await running(key({ atMs: nowMs - 2_000 })),
        await running(key({ atMs: nowMs - 1_000 })),
      ]
      expect(await lease(lost, 'running', 2)).toEqual([true])
      await ledger.finish(ended, 1, ok)
      const beats = [lost, ended, runs, key({ shard: 9 })].map((of) => ({ key: of, attempt: 1, progress }))
      expect(await ledger.beat(beats, longMs)).toEqual(['lost', 'lost', 'go-on', 'lost'])
      expect(await row(lost)).toMatchObject({ state: 'leased', attempt: 2, progress: null })
      expect((await ledger.begin(lost, 2, 'other', longMs))?.attempts).toHaveLength(2)
      expect(await ledger.beat(beats.slice(0, 1), longMs)).toEqual(['lost'])
      expect(await ledger.beat([], longMs)).toEqual([])
    }),
  )
}

export function finishConformance(open: Open) {
  it(
    'are written down: well, with what came of it',
    on(open, async ({ ledger, sure: { key, running, row } }) => {
      const of = await running(key())
      const result = { sent: 3, list: [], none: {}, deep: [[], { text: '完 "quoted"' }] }
      expect(await ledger.finish(of, 1, { ...ok, result })).toBe(true)
      const row1 = await row(of)
      expect(row1).toMatchObject({
        state: 'ok',
        reason: null,
        detail: null,
        holder: null,
        leaseUntilMs: null,
        attempt: 1,
      })
      expect(row1.result).toEqual(result)
      expect(row1.endedAtMs).toBeGreaterThanOrEqual(row1.startedAtMs ?? Number.POSITIVE_INFINITY)
      expect(row1.attempts).toMatchObject([{ n: 1, outcome: 'ok', error: null, endedAtMs: row1.endedAtMs }])
    }),
  )

  it.each([
    ['failed', 'timeout', 'failed'],
    ['skipped', 'cancelled', 'cancelled'],
  ] as const)('are written down: %s, with why', (state, reason, outcome) =>
    on(open, async ({ ledger, sure: { key, running, row } }) => {
      const of = await running(key())
      expect(await ledger.finish(of, 1, { state, reason, detail: 'too slow', outcome })).toBe(true)
      const ended = await row(of)
      expect(ended).toMatchObject({ state, reason, detail: 'too slow', holder: null, leaseUntilMs: null })
      expect(ended.endedAtMs).not.toBeNull()
      expect(ended.attempts).toMatchObject([{ n: 1, outcome, error: 'too slow', endedAtMs: ended.endedAtMs }])
    })(),
  )

  it(
    'can be that it is tried again: a new attempt, and the first start stays',
    on(open, async ({ ledger, advance, sure: { key, running, lease, row, nowMs } }) => {
      const of = await running(key())
      const { startedAtMs } = await row(of)
      const again = {
        state: 'due',
        reason: 'error',
        detail: 'no luck',
        runAtMs: nowMs + 500,
        outcome: 'failed',
      } as const
      expect(await ledger.finish(of, 1, again)).toBe(true)
      const due = { state: 'due', reason: 'error', runAtMs: nowMs + 500, attempt: 1 }
      expect(await row(of)).toMatchObject({ ...due, endedAtMs: null, holder: null, leaseUntilMs: null })
      await lease(of, 'due', 2)
      await advance(5)
      const second = await ledger.begin(of, 2, 'other', longMs)
      expect(second).toMatchObject({ state: 'running', attempt: 2, holder: 'other', startedAtMs })
      expect(second?.attempts).toMatchObject([
        { n: 1, holder: 'runner', outcome: 'failed', error: 'no luck' },
        { n: 2, holder: 'other', outcome: null, endedAtMs: null },
      ])
      expect(await ledger.finish(of, 2, ok)).toBe(true)
      expect((await row(of)).attempts.map(({ outcome }) => outcome)).toEqual(['failed', 'ok'])
    }),
  )

  it(
    'count no more when the slot was given to somebody else',
    on(open, async ({ ledger, sure: { key, running, lease, row } }) => {
      const of = await running(key())
      await lease(of, 'running', 2)
      expect(await ledger.finish(of, 1, ok)).toBe(false)
      expect(await row(of)).toMatchObject({ state: 'leased', attempt: 2, endedAtMs: null })
      await ledger.begin(of, 2, 'other', longMs)
      expect(await ledger.finish(of, 1, ok)).toBe(false)
      expect(await ledger.finish(key({ shard: 1 }), 1, ok)).toBe(false)
      expect(await ledger.finish(of, 2, ok)).toBe(true)
      expect(await row(of)).toMatchObject({ state: 'ok', attempt: 2 })
    }),
  )
}

/** What is promised to many processes at once. */
export function manyConformance(open: Open) {
  const several = Array.from({ length: 12 }, (_, i) => `holder-${i}`)

  it(
    'have one who leads',
    on(open, async ({ ledger, sure: { token } }) => {
      await ledger.resign('leader')
      const leads = await Promise.all(several.map((holder) => ledger.lead(holder, longMs)))
      const [leader, ...more] = leads.filter((lead) => lead.leads)
      expect(more).toEqual([])
      expect(leader?.token).toBeGreaterThan(token)
    }),
  )

  it(
    'have one who begins a slot, and one who ends it',
    on(open, async ({ ledger, sure: { key, leased, row } }) => {
      const of = await leased(key())
      const begun = await Promise.all(several.map((holder) => ledger.begin(of, 1, holder, longMs)))
      const [winner, ...more] = begun.filter((slot) => slot !== undefined)
      expect(more).toEqual([])
      expect(await row(of)).toEqual(winner)
      const finished = await Promise.all(several.map(() => ledger.finish(of, 1, ok)))
      expect(finished.filter(Boolean)).toHaveLength(1)
      expect((await row(of)).attempts).toHaveLength(1)
    }),
  )

  it(
    'have one whose move fits',
    on(open, async ({ sure: { key, plan, lease } }) => {
      await plan(dueSlot(key()))
      const moved = await Promise.all(several.map(() => lease(key())))
      expect(moved.flat().filter(Boolean)).toHaveLength(1)
    }),
  )

  it(
    'have each shard by itself',
    on(open, async ({ ledger, sure: { token, key, plan, set, row, nowMs } }) => {
      const shards = Array.from({ length: 64 }, (_, shard) => key({ shard }))
      await plan(...shards.map((of) => dueSlot(of)))
      const moves = shards.map((of) => set(of, 'due', 0, { state: 'leased', attempt: 1, leaseUntilMs: nowMs + longMs }))
      expect(await ledger.apply(token, moves)).toEqual(shards.map(() => true))
      const begun = await Promise.all(shards.map((of) => ledger.begin(of, 1, `runner-${of.shard}`, longMs)))
      expect(begun.map((slot) => slot?.holder)).toEqual(shards.map(({ shard }) => `runner-${shard}`))
      const [first = key(), ...rest] = shards
      expect(await ledger.finish(first, 1, ok)).toBe(true)
      const open = await ledger.open(nowMs, 100)
      expect(open.map(({ shard }) => shard).toSorted((a, b) => a - b)).toEqual(rest.map(({ shard }) => shard))
      expect((await row(first)).atMs).toBe(nowMs)
    }),
  )
}
