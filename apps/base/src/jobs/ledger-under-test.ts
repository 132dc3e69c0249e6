import { jobPolicySchema } from '@gala/contracts'
import { expect } from '@jest/globals'
import { type Definition, dueSlot, type Ledger, type Move, type SlotKey, type SlotRow } from './ledger.js'

export interface LedgerUnderTest {
  ledger: Ledger
  /** Lets time pass for the ledger: by turning its clock, or by waiting. */
  advance(ms: number): Promise<void>
  /** One of `conformanceJobs`, which are in the store from the beginning; asked again each time, so it may be told anew. */
  definition(id: string): Definition
  close(): Promise<void>
}

export const conformanceJobs = ['sweep', 'report'] as const

/** Every minute, and never planned. */
export const definitionOf = (id: string): Definition => ({
  ...{ id, event: null, step: null, handler: 'noop', params: {}, paused: false, removed: false, held: false },
  schedule: { kind: 'interval', everyMs: 60_000 },
  policy: jobPolicySchema.parse({}),
  approved: true,
  onFailure: 'go-on',
  plannedUntilMs: null,
  updatedAtMs: 0,
})

export type Open = () => Promise<LedgerUnderTest>

/** Long enough not to run out in a test, and short enough to be waited for. */
export const longMs = 60_000
export const shortMs = 150
export const overMs = 250

/** A test on a ledger of its own, with somebody who leads. */
export function on(open: Open, test: (under: LedgerUnderTest & { sure: Sure }) => Promise<void>): () => Promise<void> {
  return async () => {
    const under = await open()
    try {
      await test({ ...under, sure: await sureOf(under.ledger) })
    } finally {
      await under.close()
    }
  }
}

/** What tests do on the way to what they are about. */
type Sure = Awaited<ReturnType<typeof sureOf>>

async function sureOf(ledger: Ledger) {
  const { token, nowMs: exactMs, leads } = await ledger.lead('leader', longMs)
  expect(leads).toBe(true)
  const nowMs = Math.floor(exactMs)
  const dc = ledger.scope === 'global' ? '' : ledger.scope
  const key = (more: Partial<SlotKey> = {}): SlotKey => ({ job: 'sweep', atMs: nowMs, dc, shard: 0, ...more })
  const plan = (...slots: SlotRow[]) => ledger.plan(token, slots, new Map())
  const set = (of: SlotKey, state: SlotRow['state'], attempt: number, set: Move['set']): Move => ({
    key: of,
    from: { state, attempt },
    set,
  })
  const lease = (of: SlotKey, from: SlotRow['state'] = 'due', attempt = 1) =>
    ledger.apply(token, [set(of, from, attempt - 1, { state: 'leased', attempt, leaseUntilMs: nowMs + longMs })])
  const leased = async (of = key()) => {
    await plan(dueSlot(of))
    expect(await lease(of)).toEqual([true])
    return of
  }
  const running = async (of = key()) => {
    await leased(of)
    expect(await ledger.begin(of, 1, 'runner', longMs)).toBeDefined()
    return of
  }
  /** As the ledger has it now. */
  const row = async ({ job, atMs }: SlotKey) => {
    const found = await ledger.newest(job, dc, atMs)
    if (found?.atMs !== atMs) throw new Error('the ledger does not have it')
    return found
  }
  const names = async (untilMs: number, limit = 100) =>
    (await ledger.open(untilMs, limit)).map(({ job, atMs, shard }) => `${job}+${atMs - nowMs}/${shard}`)
  return { token, nowMs, dc, key, plan, set, lease, leased, running, row, names }
}
/** A run that ended well. */
export const ok = { state: 'ok', reason: null, detail: null, outcome: 'ok' } as const
