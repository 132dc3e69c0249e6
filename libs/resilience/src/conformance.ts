import { expect, it } from '@jest/globals'
import type { Budget, Lease, LeaseAsk } from './budget.js'

export interface BudgetUnderTest {
  budget: Budget
  /** Lets time pass for the budget. */
  pass(ms: number): Promise<void>
  close(): Promise<void>
}

/** What every budget promises; the fake and the real one both run it. Rates are slow enough for a real clock not to matter. */
export function budgetConformance(open: () => Promise<BudgetUnderTest>) {
  type Ask = (more?: Partial<LeaseAsk>) => Promise<Lease>
  const using = (run: (ask: Ask, on: BudgetUnderTest) => Promise<void>) => async () => {
    const on = await open()
    const first = { key: 'k', rate: 1, burst: 10, want: 1, least: 1, back: 0, instance: 'one', alone: false }
    try {
      await run((more = {}) => on.budget.lease({ ...first, ...more }), on)
    } finally {
      await on.close()
    }
  }

  it(
    'starts full, grants whole tokens until it is empty, then says when the next one is there',
    using(async (ask) => {
      expect(await ask({ want: 7 })).toEqual({ granted: 7, waitMs: 0, holders: 1 })
      const rest = await ask({ want: 7 })
      expect(rest.granted).toBe(3)
      expect(rest.waitMs).toBeGreaterThan(500)
      expect(rest.waitMs).toBeLessThanOrEqual(1_000)
      expect((await ask()).granted).toBe(0)
    }),
  )

  it(
    'fills with time, up to the burst',
    using(async (ask, { pass }) => {
      await ask({ rate: 100, want: 10 })
      await pass(50)
      const { granted } = await ask({ rate: 100, want: 10 })
      expect(granted).toBeGreaterThanOrEqual(5)
      await pass(200)
      expect((await ask({ rate: 100, want: 1_000 })).granted).toBe(10)
    }),
  )

  it(
    'gives nothing when it has less than is of use, and says when it will',
    using(async (ask) => {
      await ask({ want: 8 })
      const short = await ask({ want: 6, least: 4 })
      expect(short.granted).toBe(0)
      expect(short.waitMs).toBeGreaterThan(1_500)
      expect(short.waitMs).toBeLessThanOrEqual(2_000)
      expect((await ask({ want: 6, least: 2 })).granted).toBe(2)
    }),
  )

  it(
    'takes back what was not spent, up to the burst',
    using(async (ask) => {
      await ask({ want: 10 })
      expect((await ask({ want: 0, least: 1, back: 4 })).waitMs).toBe(0)
      expect((await ask({ want: 10 })).granted).toBe(4)
      await ask({ want: 0, back: 500 })
      expect((await ask({ want: 100 })).granted).toBe(10)
    }),
  )

  it(
    'is emptied by whoever was alone',
    using(async (ask) => {
      const { granted, waitMs } = await ask({ want: 5, alone: true })
      expect(granted).toBe(0)
      expect(waitMs).toBeGreaterThan(500)
      expect(waitMs).toBeLessThanOrEqual(1_001)
    }),
  )

  it(
    'keeps each key by itself, and counts who holds it',
    using(async (ask) => {
      await ask({ want: 10 })
      expect((await ask({ key: 'l', want: 10 })).granted).toBe(10)
      await ask({ instance: 'two' })
      expect((await ask({ instance: 'three' })).holders).toBe(3)
      expect((await ask({ key: 'l' })).holders).toBe(1)
    }),
  )

  it(
    'never grants more than there is, however many ask at once',
    using(async (ask) => {
      const leases = await Promise.all(Array.from({ length: 50 }, (_, i) => ask({ want: 3, instance: `${i}` })))
      expect(leases.reduce((sum, { granted }) => sum + granted, 0)).toBe(10)
    }),
  )
}
