import { VirtualClock } from '@gala/kernel/testing'
import { describe, expect, it } from '@jest/globals'
import { busConformance } from './conformance.js'
import { MemoryBus } from './memory-bus.js'

describe('MemoryBus', () => {
  busConformance(async () => {
    const bus = new MemoryBus(new VirtualClock())
    return {
      bus,
      lose: async (change) => void bus.ring.push(change),
      delivered: () => new Promise((resolve) => setImmediate(resolve)),
      close: async () => {},
    }
  })

  it('is live until a second has passed without a message', async () => {
    const clock = new VirtualClock()
    const bus = new MemoryBus(clock)
    expect(bus.live).toBe(false)
    await bus.heartbeat(1)
    await clock.advance(1000)
    expect(bus.live).toBe(true)
    await clock.advance(1)
    expect(bus.live).toBe(false)
  })
})
