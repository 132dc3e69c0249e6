import type { Change } from '@gala/contracts'
import { expect, it } from '@jest/globals'
import type { ChangeBus } from './bus.js'

export { MemoryBus } from './memory-bus.js'

export interface BusUnderTest {
  bus: ChangeBus
  /** Resolves when everything published so far has been delivered. */
  delivered(): Promise<void>
  close(): Promise<void>
}

/** What every bus promises; the fake and the real one both run it. */
export function busConformance(open: () => Promise<BusUnderTest>) {
  const change = (position: number, ...tags: string[]): Change => ({ position, tags, atMs: 0 })

  async function record(run: (bus: ChangeBus, delivered: () => Promise<void>) => Promise<void>) {
    const { bus, delivered, close } = await open()
    const seen: string[] = []
    bus.subscribe({ change: (c) => seen.push(`${c.position}:${c.tags}`), suspect: () => seen.push('suspect') })
    try {
      // The first message tells where the bus stands; only steps from there on can be judged.
      await bus.heartbeat(10)
      await delivered()
      seen.length = 0
      await run(bus, delivered)
      await delivered()
      return { seen, position: bus.appliedPosition, live: bus.live }
    } finally {
      await close()
    }
  }

  it('delivers changes in order and follows their position', async () => {
    const { seen, position, live } = await record(async (bus) => {
      await bus.publish(change(11, 'a'))
      await bus.publish(change(12, 'b', 'c'))
    })
    expect(seen).toEqual(['11:a', '12:b,c'])
    expect(position).toBe(12)
    expect(live).toBe(true)
  })

  it('turns suspect before it delivers a change that skips a position', async () => {
    const { seen } = await record((bus) => bus.publish(change(13, 'a')))
    expect(seen).toEqual(['suspect', '13:a'])
  })

  it('turns suspect when a heartbeat is ahead of what was received', async () => {
    const { seen, position } = await record((bus) => bus.heartbeat(11))
    expect(seen).toEqual(['suspect'])
    expect(position).toBe(11)
  })

  it('takes a repeated change again without going back', async () => {
    const { seen, position } = await record(async (bus) => {
      await bus.publish(change(11, 'a'))
      await bus.publish(change(11, 'a'))
      await bus.heartbeat(10)
    })
    expect(seen).toEqual(['11:a', '11:a'])
    expect(position).toBe(11)
  })
}
