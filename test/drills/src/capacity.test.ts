import { criticalities } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import { capacityOf } from './capacity.js'
import type { LoadResult } from './load-plan.js'

const none = { offered: 0, good: 0, old: 0, late: 0, refused: 0, failed: 0 }
const result = (good: number) =>
  ({
    byClass: Object.fromEntries(
      criticalities.map((name) => [name, name === 'critical' ? { ...none, good, late: 9 } : none]),
    ),
    durationMs: 5_000,
  }) as unknown as LoadResult

describe('the capacity', () => {
  it('is that of the best round: good answers, and none that came late', async () => {
    const rounds = [100, 400, 300, 200]
    // The processor time is of this process, which uses next to none: whether it was warm is not to be seen.
    const { perS, result: best } = await capacityOf(async () => result(rounds.shift() ?? 250), [process.pid])
    expect(perS).toBe(80)
    expect(best.byClass.critical.good).toBe(400)
  })

  it('is not looked for without end', async () => {
    let asked = 0
    await capacityOf(async () => result(++asked * 1_000_000), [process.pid])
    expect(asked).toBeLessThanOrEqual(12)
  })
})
