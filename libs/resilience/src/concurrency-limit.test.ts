import { type Criticality, criticalities } from '@gala/contracts'
import { VirtualClock } from '@gala/kernel/testing'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { ConcurrencyLimit, type Outcome } from './concurrency-limit.js'

/** The limit of the gradient family as published, to show beside: it knows no more than how slow is usual. */
class PlainGradient {
  limit = 64
  #usualMs = Number.NaN

  sample(meanMs: number) {
    this.#usualMs = Number.isNaN(this.#usualMs) ? meanMs : this.#usualMs * 0.95 + meanMs * 0.05
    const gradient = Math.max(0.5, Math.min(1, (2 * this.#usualMs) / meanMs))
    this.limit = this.limit * 0.8 + (this.limit * gradient + 4) * 0.2
  }
}

describe('ConcurrencyLimit', () => {
  let clock: VirtualClock
  let limit: ConcurrencyLimit

  beforeEach(() => {
    clock = new VirtualClock()
    limit = new ConcurrencyLimit({ clock, startAt: 64, min: 16, max: 1_024 })
  })

  /** `atOnce` calls at a time, each taking `ms`, for so many rounds. */
  const calls = async (
    rounds: number,
    atOnce: number,
    ms: number,
    outcome: (i: number) => Outcome = () => 'answered',
  ) => {
    for (let round = 0; round < rounds; round++) {
      const entered = Array.from({ length: atOnce }, () => limit.enter('critical'))
      await clock.advance(ms)
      for (const [i, leave] of entered.entries()) leave?.(outcome(i))
    }
  }

  it('lets in as many as there is room for, and one more when one has left', () => {
    const entered = Array.from({ length: 64 }, () => limit.enter('critical'))
    expect(entered.every(Boolean)).toBe(true)
    expect(limit.enter('critical')).toBeUndefined()
    entered[0]?.('answered')
    expect(limit.enter('critical')).toBeDefined()
    expect(limit).toMatchObject({ inFlight: 64, asked: 66, refused: 1 })
  })

  it('keeps room for what is more important, and three times the limit for the most important class', () => {
    const enterAll = (criticality: Criticality) =>
      Array.from({ length: 200 }, () => limit.enter(criticality)).filter(Boolean).length
    const entered = criticalities.toReversed().map(enterAll)
    expect(entered).toEqual([44, 10, 10, 128])
  })

  it('grows while it is used and calls are no slower than usual', async () => {
    await calls(100, 1_024, 10)
    expect(limit.limit).toBeGreaterThan(120)
  })

  it('never grows beyond its maximum', async () => {
    await calls(2_000, 1_024, 10)
    expect(limit.limit).toBe(1_024)
  })

  it('does not grow while less than half of it is used', async () => {
    await calls(200, 31, 10)
    expect(limit.limit).toBe(64)
  })

  it('shrinks while calls are slower than usual, and grows again when they are not', async () => {
    await calls(50, 40, 10)
    const before = limit.limit
    await calls(10, 40, 400)
    expect(limit.limit).toBeLessThan(before / 2)
    await calls(100, 40, 10)
    expect(limit.limit).toBeGreaterThan(before / 2)
  })

  it('does not shrink for calls that are fast, however much faster they once were', async () => {
    await calls(50, 40, 1)
    const before = limit.limit
    await calls(50, 40, 195)
    expect(limit.limit).toBeGreaterThanOrEqual(before)
  })

  it('shrinks by the share of calls that are lost, however fast they are lost, to its minimum', async () => {
    await calls(10, 60, 10, (i) => (i % 2 === 0 ? 'lost' : 'answered'))
    expect(limit.limit).toBeLessThan(60)
    await calls(200, 60, 10, () => 'lost')
    expect(limit.limit).toBe(16)
  })

  it('hardly shrinks for one lost call among a hundred', async () => {
    await calls(10, 60, 10, (i) => (i === 0 ? 'lost' : 'answered'))
    expect(limit.limit).toBeGreaterThan(60)
  })

  it('does not climb while all calls time out alike, as a limit that only compares does (concurrency-limits#137)', async () => {
    const plain = new PlainGradient()
    for (let round = 0; round < 300; round++) {
      // Slow without being lost: only the guard stands between this and a climb.
      await calls(1, 1_024, 1_000)
      plain.sample(1_000)
    }
    expect(plain.limit).toBeGreaterThan(250)
    expect(limit.limit).toBe(16)
  })
})
