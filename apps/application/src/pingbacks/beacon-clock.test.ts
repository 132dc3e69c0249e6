import { describe, expect, it } from '@jest/globals'
import { ourTime } from './beacon-clock.js'

const received = 1_760_000_000_000
const hour = 3_600_000

describe('the time of a beacon', () => {
  it.each([0, -25 * hour, 25 * hour, 7_777])('is ours, for a client whose clock is %i ms ahead', (aheadMs) => {
    const sentAt = received + aheadMs
    expect(ourTime(sentAt - 4_000, sentAt, received)).toEqual({ at: received - 4_000 })
  })

  it('is never after it came', () => {
    expect(ourTime(received + 1_000, received, received)).toEqual({ at: received })
    expect(ourTime(received + 1_001, received, received)).toEqual({ refusal: 'IN_THE_FUTURE' })
  })

  it('is not believed of a clock that is wrong by more than a day, nor of what was long ago', () => {
    expect(ourTime(0, 0, received)).toEqual({ refusal: 'CLOCK_SKEWED' })
    expect(ourTime(received, received + 27 * hour, received)).toEqual({ refusal: 'CLOCK_SKEWED' })
    expect(ourTime(received - 15 * 60_000, received, received)).toEqual({ at: received - 15 * 60_000 })
    expect(ourTime(received - 15 * 60_000 - 1, received, received)).toEqual({ refusal: 'TOO_OLD' })
  })
})
