import { describe, expect, it } from '@jest/globals'
import { dueSlot, LeaseLost, type SlotRow } from './ledger.js'
import { finishConformance, manyConformance, runConformance } from './ledger-conformance-runs.js'
import { longMs, type Open, ok, on, overMs, shortMs } from './ledger-under-test.js'

/** What every ledger promises, wherever it is kept. `open` gives an empty one, in which nobody has had the lease yet. */
export function describeLedger(name: string, open: Open) {
  describe(name, () => {
    describe('its lease', () => leaseConformance(open))
    describe('its planning', () => planConformance(open))
    describe('what is open in it', () => openConformance(open))
    describe('its newest slots', () => newestConformance(open))
    describe('its moves', () => applyConformance(open))
    describe('its runs', () => runConformance(open))
    describe('the ends of its runs', () => finishConformance(open))
    describe('many at once', () => manyConformance(open))
  })
}

function leaseConformance(open: Open) {
  it(
    'is held by one, who renews it with the same token, and tells its time',
    on(open, async ({ ledger, advance, sure: { token } }) => {
      const before = await ledger.lead('leader', longMs)
      await advance(20)
      const after = await ledger.lead('leader', longMs)
      expect(after).toMatchObject({ leads: true, holder: 'leader', token, takenAtMs: before.takenAtMs })
      expect(after.nowMs - before.nowMs).toBeGreaterThanOrEqual(10)
      expect(await ledger.lead('other', longMs)).toMatchObject({ leads: false, holder: 'leader', token })
    }),
  )

  it(
    'is taken over after it has run out, and not before: the token counts up',
    on(open, async ({ ledger, advance, sure: { token } }) => {
      await ledger.lead('leader', shortMs)
      expect(await ledger.lead('other', longMs)).toMatchObject({ leads: false })
      await advance(overMs)
      const taken = await ledger.lead('other', longMs)
      expect(taken).toMatchObject({ leads: true, holder: 'other' })
      expect(taken.token).toBeGreaterThan(token)
      expect(Math.abs((taken.takenAtMs ?? 0) - taken.nowMs)).toBeLessThan(5)
    }),
  )

  it(
    'counts the token up for its own holder too when it had run out, as somebody else could have had it',
    on(open, async ({ ledger, advance, sure: { token } }) => {
      await ledger.lead('leader', shortMs)
      await advance(overMs)
      const again = await ledger.lead('leader', longMs)
      expect(again).toMatchObject({ leads: true, holder: 'leader' })
      expect(again.token).toBeGreaterThan(token)
      await expect(ledger.plan(token, [], new Map())).rejects.toThrow(LeaseLost)
    }),
  )

  it(
    'is not given back to a holder who comes back after somebody else had it',
    on(open, async ({ ledger, advance, sure: { token } }) => {
      await ledger.lead('leader', shortMs)
      await advance(overMs)
      const other = await ledger.lead('other', longMs)
      expect(await ledger.lead('leader', longMs)).toMatchObject({ leads: false, holder: 'other', token: other.token })
      await expect(ledger.apply(token, [])).rejects.toThrow(LeaseLost)
    }),
  )

  it(
    'is free at once when its holder gives it up, which nobody else can',
    on(open, async ({ ledger, sure: { token } }) => {
      await ledger.resign('other')
      expect(await ledger.lead('leader', longMs)).toMatchObject({ leads: true, token })
      await ledger.resign('leader')
      await expect(ledger.plan(token, [], new Map())).rejects.toThrow(LeaseLost)
      const other = await ledger.lead('other', longMs)
      expect(other).toMatchObject({ leads: true, holder: 'other' })
      expect(other.token).toBeGreaterThan(token)
    }),
  )
}

function planConformance(open: Open) {
  it(
    'keeps a slot as it was planned',
    on(open, async ({ ledger, sure: { key, plan, nowMs } }) => {
      const manual = { actor: 'ann', reason: '原因 "now"' }
      const slot = dueSlot(key(), { runAtMs: nowMs - 5_000, reason: 'operator', detail: 'by hand', manual })
      await plan(slot)
      expect(await ledger.open(nowMs, 10)).toEqual([slot])
    }),
  )

  it(
    'writes a slot once, however often it is planned, and leaves alone what became of it',
    on(open, async ({ ledger, sure: { key, plan, running, row, names, nowMs } }) => {
      await plan(dueSlot(key()), dueSlot(key()))
      await plan(dueSlot(key()))
      expect(await names(nowMs)).toEqual(['sweep+0/0'])
      const begun = await running(key({ atMs: nowMs - 1_000 }))
      await plan(dueSlot(begun))
      expect((await row(begun)).state).toBe('running')
      await ledger.finish(begun, 1, ok)
      await plan(dueSlot(begun))
      expect((await row(begun)).state).toBe('ok')
    }),
  )

  it(
    'writes nothing at all for who has lost the lease',
    on(open, async ({ ledger, advance, definition, sure: { token, key, nowMs } }) => {
      const plan = () => ledger.plan(token, [dueSlot(key())], new Map([['sweep', nowMs + 1_000]]))
      await ledger.lead('leader', shortMs)
      await advance(overMs)
      await expect(plan()).rejects.toThrow(LeaseLost)
      await ledger.lead('other', longMs)
      await expect(plan()).rejects.toThrow(LeaseLost)
      expect(await ledger.open(nowMs + longMs, 10)).toEqual([])
      expect((await ledger.plannedUntil([definition('sweep')])).has('sweep')).toBe(false)
    }),
  )

  it(
    'remembers how far planning has come, and never goes back',
    on(open, async ({ ledger, definition, sure: { token, nowMs } }) => {
      const until = () => ledger.plannedUntil([definition('sweep'), definition('report')])
      expect(await until()).toEqual(new Map())
      await ledger.plan(token, [], new Map([['sweep', nowMs + 5_000]]))
      await ledger.plan(token, [], new Map([['sweep', nowMs + 1_000]]))
      expect(await until()).toEqual(new Map([['sweep', nowMs + 5_000]]))
      const both = [['sweep', nowMs + 9_000] as const, ['report', nowMs] as const]
      await ledger.plan(token, [], new Map(both))
      expect(await until()).toEqual(new Map(both))
    }),
  )
}

function openConformance(open: Open) {
  it(
    'is what is due by then, oldest first, and no more than was asked for',
    on(open, async ({ sure: { key, plan, names, nowMs } }) => {
      const at = (ms: number, more: Partial<SlotRow> = {}) => dueSlot(key({ atMs: nowMs + ms }), more)
      await plan(at(3_000), at(1_000), at(2_000, { state: 'late' }), at(-1_000, { runAtMs: nowMs + 2_500 }))
      expect(await names(nowMs)).toEqual([])
      expect(await names(nowMs + 1_000)).toEqual(['sweep+1000/0'])
      const all = ['sweep+1000/0', 'sweep+2000/0', 'sweep+-1000/0', 'sweep+3000/0']
      expect(await names(nowMs + 3_000)).toEqual(all)
      expect(await names(nowMs + 3_000, 2)).toEqual(all.slice(0, 2))
    }),
  )

  it(
    'is whatever is leased or runs, at any time, and nothing that has ended',
    on(open, async ({ ledger, sure: { key, leased, running, names, nowMs } }) => {
      await leased(key({ atMs: nowMs + 7_000 }))
      const runs = await running(key({ atMs: nowMs + 9_000 }))
      const ended = await running(key({ atMs: nowMs + 8_000 }))
      await ledger.finish(ended, 1, ok)
      expect(await names(nowMs)).toEqual(['sweep+7000/0', 'sweep+9000/0'])
      await ledger.finish(runs, 1, { ...ok, state: 'due', runAtMs: nowMs + 20_000, outcome: 'failed' })
      expect(await names(nowMs)).toEqual(['sweep+7000/0'])
      expect(await names(nowMs + 20_000)).toEqual(['sweep+7000/0', 'sweep+9000/0'])
    }),
  )
}

function newestConformance(open: Open) {
  it(
    'are those at or before a time, in whatever state, of one job',
    on(open, async ({ ledger, sure: { key, plan, running, dc, nowMs } }) => {
      const ended = await running(key({ atMs: nowMs - 2_000 }))
      await ledger.finish(ended, 1, ok)
      await plan(dueSlot(key({ atMs: nowMs + 2_000 })), dueSlot(key({ job: 'report', atMs: nowMs })))
      const newest = async (job: string, atMs: number) => {
        const found = await ledger.newest(job, dc, atMs)
        return found && [found.atMs - nowMs, found.state]
      }
      expect(await newest('sweep', nowMs - 2_001)).toBeUndefined()
      expect(await newest('sweep', nowMs - 2_000)).toEqual([-2_000, 'ok'])
      expect(await newest('sweep', nowMs + 1_999)).toEqual([-2_000, 'ok'])
      expect(await newest('sweep', nowMs + 2_000)).toEqual([2_000, 'due'])
      expect(await newest('report', nowMs + longMs)).toEqual([0, 'due'])
      expect(await newest('unknown', nowMs)).toBeUndefined()
    }),
  )

  it(
    'are none that were moved away, but others that were skipped',
    on(open, async ({ ledger, sure: { token, key, plan, set, dc, nowMs } }) => {
      const times = [nowMs - 3_000, nowMs - 2_000, nowMs - 1_000]
      await plan(...times.map((atMs) => dueSlot(key({ atMs }))))
      const skip = (atMs: number, reason: 'moved' | 'misfire') =>
        set(key({ atMs }), 'due', 0, { state: 'skipped', reason, endedAtMs: nowMs })
      const [first = 0, second = 0, third = 0] = times
      await ledger.apply(token, [skip(first, 'moved'), skip(second, 'misfire'), skip(third, 'moved')])
      expect(await ledger.newest('sweep', dc, nowMs)).toMatchObject({ atMs: second, reason: 'misfire' })
      expect(await ledger.newest('sweep', dc, first)).toBeUndefined()
    }),
  )

  it(
    'are of one data centre',
    on(open, async ({ ledger, sure: { key, plan, nowMs } }) => {
      await plan(dueSlot(key()))
      expect(await ledger.newest('sweep', 'elsewhere', nowMs)).toBeUndefined()
    }),
  )
}

function applyConformance(open: Open) {
  it(
    'happen when state and attempt are what they were, each by itself',
    on(open, async ({ ledger, sure: { token, key, plan, set, row, nowMs } }) => {
      const [a, b, c] = [key({ atMs: nowMs - 3_000 }), key({ atMs: nowMs - 2_000 }), key({ atMs: nowMs - 1_000 })]
      await plan(dueSlot(a), dueSlot(b))
      const moves = [
        set(a, 'due', 0, { state: 'late', reason: 'dependency', detail: 'waits', runAtMs: nowMs + 500 }),
        set(b, 'late', 0, { state: 'skipped' }),
        set(b, 'due', 1, { state: 'skipped' }),
        set(c, 'due', 0, { state: 'skipped' }),
      ]
      expect(await ledger.apply(token, moves)).toEqual([true, false, false, false])
      const late = { state: 'late', reason: 'dependency', detail: 'waits', runAtMs: nowMs + 500 } as const
      expect(await row(a)).toEqual(dueSlot(a, late))
      expect(await row(b)).toEqual(dueSlot(b))
      expect(await ledger.apply(token, moves)).toEqual([false, false, false, false])
      expect(await ledger.apply(token, [])).toEqual([])
    }),
  )

  it(
    'can end a slot, and open one again that was skipped',
    on(open, async ({ ledger, sure: { token, key, plan, set, row, names, nowMs } }) => {
      await plan(dueSlot(key()))
      await ledger.apply(token, [set(key(), 'due', 0, { state: 'skipped', reason: 'overlap', endedAtMs: nowMs })])
      expect(await names(nowMs)).toEqual([])
      const again = { state: 'due', reason: null, endedAtMs: null, runAtMs: nowMs + 1_000 } as const
      expect(await ledger.apply(token, [set(key(), 'skipped', 0, again)])).toEqual([true])
      expect(await names(nowMs)).toEqual([])
      expect(await names(nowMs + 1_000)).toEqual(['sweep+0/0'])
      expect(await row(key())).toEqual(dueSlot(key(), { runAtMs: nowMs + 1_000 }))
    }),
  )

  it(
    'are refused, all of them, for who has lost the lease',
    on(open, async ({ ledger, advance, sure: { token, key, plan, set, row } }) => {
      await plan(dueSlot(key()))
      await ledger.lead('leader', shortMs)
      await advance(overMs)
      const move = set(key(), 'due', 0, { state: 'skipped' })
      await expect(ledger.apply(token, [move])).rejects.toThrow(LeaseLost)
      const { token: next } = await ledger.lead('other', longMs)
      await expect(ledger.apply(token, [move])).rejects.toThrow(LeaseLost)
      expect((await row(key())).state).toBe('due')
      expect(await ledger.apply(next, [move])).toEqual([true])
    }),
  )
}
