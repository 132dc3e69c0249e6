import { MemoryBus } from '@gala/bus/testing'
import { VirtualClock } from '@gala/kernel/testing'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { Cache } from './cache.js'
import type { Loaded } from './entry.js'
import { MemoryStore } from './memory-store.js'
import { encodeLoaded } from './stored.js'

const freshMs = 60_000

describe('a value that comes with a message', () => {
  const load = async () => ({ value: 'loaded', tags: ['a'], position: 2 })
  let clock: VirtualClock
  let bus: MemoryBus
  let cache: Cache
  const push = (position: number, over: Partial<Loaded<string>> = {}) =>
    bus.push({
      key: 'k',
      raw: encodeLoaded({ value: 'pushed', tags: ['a'], position, asOfMs: clock.nowMs(), ...over }),
    })
  const read = async () =>
    (await cache.getOrLoad({ kind: 'thing', key: 'k', tags: ['a'], freshMs, staleMs: 0, load })).value
  const change = (position: number) => bus.publish([{ position, tags: ['a'], atMs: 0 }])

  beforeEach(async () => {
    clock = new VirtualClock()
    bus = new MemoryBus(clock)
    const shared = new MemoryStore(clock)
    cache = new Cache({ clock, bus, shared, localBytesMax: 1_000_000, onError: () => {} })
    clock.every(200, () => void bus.heartbeat(bus.appliedPosition))
    await bus.heartbeat(1)
    await read()
  })

  it('is served by whoever holds its key, without asking anybody', async () => {
    await change(3)
    await push(3)
    expect(await read()).toBe('pushed')
  })

  it('is refused when a change stands against it, or when there is something newer', async () => {
    await change(2)
    await push(1)
    expect(await read()).toBe('loaded')
    await change(4)
    await push(3)
    expect([await read(), [...cache.counts].map(([, { fenced }]) => fenced)]).toEqual(['loaded', [1]])
  })

  it('is of no interest to who has never asked for the key', async () => {
    await bus.push({ key: 'other', raw: encodeLoaded({ value: 'x', tags: [], position: 9, asOfMs: 0 }) })
    expect(cache.inspect('other')).toBeUndefined()
  })

  it('is ignored when it cannot be read', async () => {
    await change(3)
    await bus.push({ key: 'k', raw: 'rubbish' })
    expect(await read()).toBe('loaded')
  })
})
