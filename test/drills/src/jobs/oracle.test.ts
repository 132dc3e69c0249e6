import { describe, expect, it } from '@jest/globals'
import { dueTimes, type EffectRow, expectedSlots, judge, type LedgerRow, type SlotId } from './oracle.js'
import type { PlannedJob } from './plan.js'

const everyTen: PlannedJob = {
  id: 'ten',
  sort: 'quick',
  rhythm: { everyMs: 10_000, phaseMs: 3_000 },
  ...{ cron: false, scope: 'global', shards: 1, flaky: false },
}

const ranOnce = [{ n: 1, atMs: 3_010, outcome: 'ok' }]
const row = (slot: Partial<LedgerRow>): LedgerRow => ({
  ...{ job: 'ten', atMs: 3_000, dc: '', shard: 0, state: 'ok', reason: null, attempts: ranOnce, startedAtMs: 3_020 },
  ...slot,
})
const effect = (of: Partial<EffectRow>): EffectRow => ({
  ...{ job: 'ten', atMs: 3_000, dc: '', shard: 0, effect: 'mark', attempt: 1, doneAtMs: 3_030 },
  ...of,
})
const slot: SlotId = { job: 'ten', atMs: 3_000, dc: '', shard: 0 }
const judged = (rows: LedgerRow[], effects: EffectRow[], job = everyTen) => judge([slot], rows, effects, [job])

describe('which slots must exist', () => {
  it('counts a moment at the beginning and none at the end', () => {
    expect(dueTimes({ everyMs: 10_000, phaseMs: 3_000 }, 3_000, 23_000)).toEqual([3_000, 13_000])
    expect(dueTimes({ everyMs: 10_000, phaseMs: 3_000 }, 3_001, 23_001)).toEqual([13_000, 23_000])
    expect(dueTimes({ everyMs: 10_000, phaseMs: 3_000 }, 3_001, 13_000)).toEqual([])
  })

  it('goes on through a phase that lies far from the stretch', () => {
    expect(dueTimes({ everyMs: 60_000, phaseMs: 59_000 }, 1_790_000_000_000, 1_790_000_060_000)).toEqual([
      1_790_000_039_000,
    ])
  })

  it('gives each data centre and each shard its own', () => {
    const local = { ...everyTen, scope: 'dc' as const }
    const sharded = { ...everyTen, shards: 3 }
    const of = (job: PlannedJob) => expectedSlots([job], ['a', 'b'], 0, 10_000).map(({ dc, shard }) => `${dc}/${shard}`)
    expect(of(everyTen)).toEqual(['/0'])
    expect(of(local)).toEqual(['a/0', 'b/0'])
    expect(of(sharded)).toEqual(['/0', '/1', '/2'])
  })
})

describe('the ledger held against them', () => {
  it('finds nothing wrong with a slot that ran once', () => {
    const found = judged([row({})], [effect({})])
    expect(found).toMatchObject({ expected: 1, missing: [], surplus: [], twice: [], stale: [], open: 0 })
    expect([found.notOk, found.withoutEffect]).toEqual([[], []])
  })

  it('tells what is missing from what is not to be there', () => {
    const found = judged([row({ atMs: 4_000 })], [])
    expect(found.missing).toEqual([slot])
    expect(found.surplus).toEqual([row({ atMs: 4_000 })])
    expect(found.notOk).toEqual([])
  })

  it('calls a slot twice run when two attempts ended well, or when it left two effects', () => {
    const twoOk = [...ranOnce, { n: 2, atMs: 5_000, outcome: 'ok' }]
    expect(judged([row({ attempts: twoOk })], [effect({})]).twice).toHaveLength(1)
    expect(judged([row({})], [effect({}), effect({ effect: 'mark-2' })]).twice).toHaveLength(1)
    const lostFirst = [{ n: 1, atMs: 3_010, outcome: 'lost' }, ...ranOnce]
    expect(judged([row({ attempts: lostFirst })], [effect({})]).twice).toEqual([])
  })

  it('calls an effect stale when a later attempt had begun before it, or when it has no slot', () => {
    const attempts = [
      { n: 1, atMs: 3_010, outcome: 'lost' },
      { n: 2, atMs: 6_000, outcome: 'ok' },
    ]
    expect(judged([row({ attempts })], [effect({ attempt: 1, doneAtMs: 5_999 })]).stale).toEqual([])
    expect(judged([row({ attempts })], [effect({ attempt: 1, doneAtMs: 6_001 })]).stale).toHaveLength(1)
    expect(judged([row({ attempts })], [effect({ attempt: 2, doneAtMs: 6_001 })]).stale).toEqual([])
    expect(judged([], [effect({})]).stale).toHaveLength(1)
  })

  it('misses the effect of a slot that ended well, but not of one that only rehearses', () => {
    expect(judged([row({})], []).withoutEffect).toHaveLength(1)
    expect(judged([row({})], [], { ...everyTen, flaky: true }).withoutEffect).toEqual([])
    expect(judged([row({ state: 'failed' })], []).withoutEffect).toEqual([])
  })

  it('counts what has not ended among what did not end well', () => {
    const found = judged([row({ state: 'running' })], [])
    expect([found.open, found.notOk.length]).toEqual([1, 1])
    const skipped = judged([row({ state: 'skipped', reason: 'overlap' })], [])
    expect([skipped.open, skipped.notOk[0]?.reason]).toEqual([0, 'overlap'])
  })

  it('tells why a slot was run again, from every attempt but the last', () => {
    const attempts = ['failed', 'lost', 'cancelled', 'failed', 'ok'].map((outcome, i) => ({
      n: i + 1,
      atMs: i,
      outcome,
    }))
    expect(judged([row({ attempts })], [effect({ attempt: 5 })]).retries).toEqual({ failed: 2, lost: 1, cancelled: 1 })
  })
})
