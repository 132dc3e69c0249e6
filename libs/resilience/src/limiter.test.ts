import { VirtualClock } from '@gala/kernel/testing'
import { describe, expect, it } from '@jest/globals'
import type { Budget, LeaseAsk } from './budget.js'
import type { Decision } from './decision.js'
import type { Limit } from './limit.js'
import { Limiter } from './limiter.js'
import { MemoryBudget } from './memory-budget.js'

const base: Limit = { name: 'l', rate: 1_000, burst: 1_000, away: 'portion' }

/** Processes of one data centre, and the way to its budget, which can be cut. */
function rig(limit: Partial<Limit> = {}, { processes = 1, instancesExpected = 1 } = {}) {
  const clock = new VirtualClock(0)
  const memory = new MemoryBudget(clock)
  const asks: LeaseAsk[] = []
  const way = { open: true }
  const budget: Budget = {
    async lease(ask) {
      asks.push(ask)
      await clock.sleep(2)
      if (!way.open) throw new Error('nobody answers')
      return memory.lease(ask)
    },
  }
  const limiters = Array.from(
    { length: processes },
    (_, i) => new Limiter({ ...base, ...limit }, { clock, budget, instance: `p${i}`, instancesExpected }),
  )
  return { clock, asks, way, limiters, limiter: limiters[0] as Limiter }
}

/** Requests evenly over time, one process after the other; how many were admitted. */
async function load(clock: VirtualClock, limiters: Limiter[], perS: number, forMs: number, key = 'k') {
  let admitted = 0
  let due = 0
  const untilMs = clock.nowMs() + forMs
  while (clock.nowMs() < untilMs) {
    for (due += perS / 200; due >= 1; due--) {
      for (const limiter of limiters) if (limiter.take(key).admitted) admitted++
    }
    await clock.advance(5)
  }
  return admitted
}

const outcome = async (decisions: (Decision | Promise<Decision>)[]) =>
  (await Promise.all(decisions)).map(({ admitted }) => admitted)

describe('a limit of a data centre', () => {
  it('lets the first request of a key wait for its block', async () => {
    const { clock, limiter } = rig()
    expect(limiter.take('cold').admitted).toBe(false)
    const waiting = limiter.admit('k')
    await clock.advance(5)
    expect(await waiting).toMatchObject({ admitted: true })
    expect(limiter.take('k').admitted).toBe(true)
  })

  it('is shared by all processes, and hardly any of it is left over', async () => {
    const { clock, limiters } = rig({}, { processes: 8 })
    await load(clock, limiters, 400, 2_000)
    const admitted = await load(clock, limiters, 400, 5_000)
    expect(admitted).toBeGreaterThan(0.95 * 5_000)
    expect(admitted).toBeLessThanOrEqual(5_000 + 8 * 250)
  })

  it('asks the budget for one request in fifty at most, with tokens in plenty and with none', async () => {
    for (const rate of [100_000, 1_000]) {
      const { clock, limiters, asks } = rig({ rate, burst: rate }, { processes: 4 })
      await load(clock, limiters, 1_000, 5_000)
      expect(asks.length / (4 * 5_000)).toBeLessThanOrEqual(0.02)
    }
  })

  it('refuses by itself while it knows that there is nothing', async () => {
    const { clock, limiter, asks } = rig({ rate: 1, burst: 5 })
    await load(clock, [limiter], 1_000, 1_000)
    // Five tokens in blocks of one, and then four asks a second at most.
    expect(asks.length).toBeLessThanOrEqual(10)
  })

  it('gives back what was not spent within a second, for others to spend', async () => {
    const { clock, limiters } = rig({ rate: 1, burst: 8, blockMax: 8 }, { processes: 2 })
    const [one, two] = limiters as [Limiter, Limiter]
    const first = one.admit('k')
    await clock.advance(5)
    expect(await first).toMatchObject({ admitted: true, remaining: 7 })
    expect((await load(clock, [two], 20, 400)) <= 1).toBe(true)
    await clock.advance(1_500)
    expect(await load(clock, [two], 20, 1_000)).toBeGreaterThanOrEqual(7)
  })

  it('spends no token after its second, even before it has been given back', async () => {
    const { clock, limiter, asks } = rig({ rate: 1, burst: 8, blockMax: 8 })
    await clock.advance(100)
    void limiter.admit('k')
    await clock.advance(1_150)
    expect(limiter.take('k').admitted).toBe(false)
    expect(asks.at(-1)?.back).toBe(7)
  })

  it('never asks for more than a block', async () => {
    const { clock, limiter, asks } = rig({ rate: 10_000, burst: 10_000, blockMax: 100 })
    await load(clock, [limiter], 20_000, 500)
    expect(Math.max(...asks.map(({ want }) => want))).toBe(100)
  })

  it('refuses a cost that no bucket holds', () => {
    const { limiter } = rig({ burst: 5 })
    for (const cost of [0, 6, 1.5, Number.NaN]) expect(() => limiter.take('k', cost)).toThrow(RangeError)
  })

  it('gives back the tokens of a key that is dropped for room', async () => {
    const { clock, limiter, asks } = rig({ keysMax: 1 })
    void limiter.admit('k')
    await clock.advance(5)
    limiter.take('l')
    expect(asks.find(({ key, want }) => key === 'l:k' && want === 0)?.back).toBeGreaterThan(0)
    expect(limiter.report.keys).toBe(1)
  })
})

describe('waiting for a turn', () => {
  it('keeps the order of arrival: nobody overtakes, by take or at less cost', async () => {
    const { clock, limiter } = rig({ rate: 100, burst: 10, blockMax: 10, waitMaxMs: 200 })
    const admitted: number[] = []
    const waiting = [3, 3, 3, 3, 1, 1, 1].map(async (cost, i) => {
      if ((await limiter.admit('k', cost)).admitted) admitted.push(i)
    })
    expect(limiter.take('k').admitted).toBe(false)
    await clock.advance(10)
    // One token is left, and the first in line needs three.
    expect(limiter.take('k')).toMatchObject({ admitted: false, remaining: 1 })
    await clock.advance(300)
    await Promise.all(waiting)
    expect(admitted).toEqual([0, 1, 2, 3, 4, 5, 6])
  })

  it('ends with an answer for everybody: with a place, or when its time or the room is over', async () => {
    const { clock, limiter } = rig({ rate: 10, burst: 5, waitersMax: 8, waitMaxMs: 300 })
    const decisions = Array.from({ length: 20 }, () => limiter.admit('k'))
    await clock.advance(1_000)
    const all = await outcome(decisions)
    expect(all.slice(0, 5)).toEqual([true, true, true, true, true])
    expect(all.slice(8)).toEqual(Array(12).fill(false))
    expect(all.filter(Boolean).length).toBeLessThanOrEqual(8)
  })

  it('is refused at once when the turn would not come in time, with a later moment for each', async () => {
    const { clock, limiter } = rig({ rate: 10, burst: 5 })
    await load(clock, [limiter], 100, 500)
    const told = Array.from({ length: 50 }, () => limiter.take('k')).map((d) => (d.admitted ? 0 : d.retryAfterMs))
    expect(told.every((ms, i) => ms > 0 && (i === 0 || ms >= (told[i - 1] ?? 0)))).toBe(true)
    expect([(told[40] ?? 0) - (told[30] ?? 0), Math.max(...told) <= 30_000]).toEqual([1_000, true])
  })

  it('ends when the limiter is closed', async () => {
    const { clock, limiter } = rig({ rate: 1, burst: 1 })
    const decisions = [limiter.admit('k'), limiter.admit('k')]
    const closing = limiter.close()
    await clock.advance(10)
    await closing
    expect(await outcome(decisions)).toEqual([false, false])
  })
})

describe('while the budget does not answer', () => {
  it('every process spends its portion, all of them together the rate, from nothing', async () => {
    const { clock, limiters, way } = rig({}, { processes: 4 })
    await load(clock, limiters, 1_000, 3_000)
    way.open = false
    await load(clock, limiters, 1_000, 500)
    expect(limiters.every(({ report }) => report.alone)).toBe(true)
    const admitted = await load(clock, limiters, 1_000, 4_000)
    expect([admitted > 3_900, admitted <= 4_000 + 4]).toEqual([true, true])
  })

  it('a process that starts then takes the portion of one of those expected', async () => {
    const { clock, limiter, way } = rig({}, { instancesExpected: 10 })
    way.open = false
    expect(await load(clock, [limiter], 1_000, 3_000)).toBeLessThanOrEqual(300)
  })

  it('an open limit admits everything and a closed one nothing, and says when it asks again', async () => {
    for (const away of ['open', 'closed'] as const) {
      const { clock, limiter, way } = rig({ away })
      way.open = false
      await load(clock, [limiter], 1_000, 100)
      expect(await load(clock, [limiter], 2_000, 300)).toBe(away === 'open' ? 600 : 0)
      if (away === 'closed') expect(limiter.take('k')).toMatchObject({ admitted: false })
    }
  })

  it('an open limit admits whoever has waited for an answer that does not come', async () => {
    const clock = new VirtualClock(0)
    const budget: Budget = { lease: () => new Promise(() => {}) }
    for (const away of ['open', 'portion'] as const) {
      const limiter = new Limiter({ ...base, away, waitMaxMs: 100 }, { clock, budget, instance: 'p' })
      const waiting = limiter.admit('k')
      await clock.advance(100)
      expect(await waiting).toMatchObject({ admitted: away === 'open' })
    }
  })

  it('asks again, seldom, and spends leased tokens again once it is answered', async () => {
    const { clock, limiter, way, asks } = rig()
    way.open = false
    await load(clock, [limiter], 1_000, 5_000)
    expect(asks.length).toBeLessThanOrEqual(10)
    way.open = true
    await load(clock, [limiter], 1_000, 1_000)
    expect(limiter.report.alone).toBe(false)
    expect(await load(clock, [limiter], 500, 1_000)).toBe(500)
  })
})
