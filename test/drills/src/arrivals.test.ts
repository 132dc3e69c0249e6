import { until } from '@gala/platform'
import { describe, expect, it } from '@jest/globals'
import { Arrivals } from './arrivals.js'

describe('Arrivals', () => {
  it('begins the next without waiting for the last, leaves out what is too much, and ends with the last', async () => {
    const arrivals = new Arrivals()
    const end = Promise.withResolvers<void>()
    let begun = 0
    let most = 0
    const one = async () => {
      begun++
      most = Math.max(most, arrivals.inFlight)
      await end.promise
    }
    arrivals.begin(2_000, one, 3)
    await until(() => arrivals.skipped > 10, 'nothing is left out', 10_000)
    expect([begun, most]).toEqual([3, 3])
    const stopped = arrivals.stop()
    end.resolve()
    await stopped
    expect(arrivals.inFlight).toBe(0)
  })
})
