import { MemoryBus } from '@gala/bus/testing'
import { VirtualClock } from '@gala/kernel/testing'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { Cache } from './cache.js'
import { type CheckOutcome, ConsistencyChecker } from './checker.js'
import type { Lookup } from './lookup.js'
import { MemoryStore } from './memory-store.js'
import { encodeLoaded } from './stored.js'

describe('ConsistencyChecker', () => {
  let clock: VirtualClock
  let bus: MemoryBus
  let store: MemoryStore
  let cache: Cache
  let checker: ConsistencyChecker
  let row: { value: string; position: number }
  const lookup: Lookup<string> = {
    kind: 'row',
    key: 'k',
    tags: ['a'],
    freshMs: 60_000,
    staleMs: 0,
    load: async () => ({ ...row, tags: ['a'] }),
  }
  const check = async (): Promise<CheckOutcome> => {
    const outcome = checker.check(lookup as Lookup<unknown>)
    await clock.advance(1_000)
    return outcome
  }

  beforeEach(async () => {
    clock = new VirtualClock()
    bus = new MemoryBus(clock)
    store = new MemoryStore(clock)
    store.heartbeat(1)
    await bus.heartbeat(1)
    clock.every(200, () => void bus.heartbeat(1))
    cache = new Cache({ clock, bus, shared: store, localBytesMax: 1_000_000, onError: () => {} })
    checker = new ConsistencyChecker(cache, { clock, everyMs: 1_000, onChecked: () => {} })
    row = { value: 'one', position: 1 }
    await cache.getOrLoad(lookup)
  })

  it('finds nothing when memory and store say what the source says', async () => {
    expect(await check()).toBe('same')
    expect(checker.wrongPerBillion).toBe(0)
  })

  it('finds a copy in memory that no change has ended', async () => {
    row = { value: 'two', position: 2 }
    store.forget()
    expect(await check()).toBe('wrong-in-memory')
    expect(checker.wrongPerBillion).toBe(1e9)
  })

  it('finds a value in the store that no fence stands against', async () => {
    await store.fill(
      'k',
      ['a'],
      't',
      encodeLoaded({ value: 'odd', tags: ['a'], position: 1, asOfMs: clock.nowMs() }),
      60_000,
    )
    expect(await check()).toBe('wrong-in-store')
  })

  it('gives a change the second it is promised', async () => {
    row = { value: 'two', position: 2 }
    clock.after(500, () => {
      store.raise('a', 2)
      void bus.publish([{ position: 2, tags: ['a'], atMs: 0 }])
    })
    expect(await check()).toBe('healed')
  })

  it('counts a source that cannot be asked as no finding', async () => {
    const failing = { ...lookup, load: async () => Promise.reject(new Error('down')) } as Lookup<unknown>
    expect(await checker.check(failing)).toBe('failed')
    expect(checker.wrongPerBillion).toBeUndefined()
  })

  it('checks one read at a time, and no more often than it may', async () => {
    for (let i = 0; i < 10; i++) checker.offer(lookup as Lookup<unknown>)
    await clock.advance(900)
    checker.offer(lookup as Lookup<unknown>)
    await clock.advance(100)
    checker.offer(lookup as Lookup<unknown>)
    await clock.advance(100)
    expect(checker.outcomes.same).toBe(2)
  })
})
