import { MemoryBus } from '@gala/bus/testing'
import { VirtualClock } from '@gala/kernel/testing'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { Cache } from './cache.js'
import { storeConformance } from './conformance.js'
import type { Loaded } from './entry.js'
import { Fences } from './fences.js'
import { MemoryStore } from './memory-store.js'
import type { SharedStore } from './shared-store.js'
import { SharedTier } from './shared-tier.js'
import { encodeLoaded } from './stored.js'

describe('MemoryStore', () => {
  storeConformance(async () => {
    const clock = new VirtualClock()
    const store = new MemoryStore(clock)
    return {
      store,
      raise: async (tag, position) => store.raise(tag, position),
      heartbeat: async (position) => store.heartbeat(position),
      pass: (ms) => clock.advance(ms),
      close: async () => {},
    }
  })
})

const freshMs = 60_000

describe('SharedTier', () => {
  let clock: VirtualClock
  let store: MemoryStore
  let bus: MemoryBus
  let errors: unknown[]
  let ownDelayMs: number
  const open = (over: SharedStore = store) => {
    const random = () => 0.5
    const onError = (error: unknown) => void errors.push(error)
    return new SharedTier(over, new Fences(bus, 100), { clock, random, onError, ownDelayMs: () => ownDelayMs })
  }
  const loaded = (position: number) => ({ value: `at ${position}`, tags: ['a', 'b'], position, asOfMs: clock.nowMs() })
  const put = (value: Loaded<string>, lifeMs: number) => open().fill('k', value.tags, 't', encodeLoaded(value), lifeMs)
  const beat = async (position: number) => {
    store.heartbeat(position)
    await bus.heartbeat(position)
  }
  const seen = async (tier: SharedTier, tags = ['a', 'b']) => {
    const found = await tier.get('k', tags, freshMs)
    return found.state === 'current' ? [found.loaded.value, found.loaded.position] : found.state
  }
  beforeEach(async () => {
    clock = new VirtualClock()
    store = new MemoryStore(clock)
    bus = new MemoryBus(clock)
    errors = []
    ownDelayMs = 0
    store.heartbeat(1)
    await bus.heartbeat(1)
  })

  it('gives another process what one has put there', async () => {
    await put(loaded(5), freshMs)
    expect(await seen(open())).toEqual(['at 5', 5])
  })

  it('lets what holds count as new as everything announced so far', async () => {
    await put(loaded(5), freshMs)
    await beat(9)
    expect(await seen(open())).toEqual(['at 5', 9])
  })

  it('gives nothing that is older than a change of what it was made from, even when it was put there afterwards', async () => {
    store.raise('b', 6)
    await put(loaded(5), freshMs)
    expect(await seen(open())).toBe('none')
    await put(loaded(6), freshMs)
    expect(await seen(open())).toEqual(['at 6', 6])
  })

  it('gives nothing while it is not known which fences the store has lost, and nothing from before', async () => {
    await put(loaded(5), freshMs)
    store.forget()
    await put(loaded(5), freshMs)
    expect(await seen(open())).toBe('none')
    store.heartbeat(6)
    expect(await seen(open())).toBe('none')
    await put(loaded(6), freshMs)
    expect(await seen(open())).toEqual(['at 6', 6])
  })

  it('vouches for tags nobody asked for only as far as this process has heard', async () => {
    await beat(8)
    await put(loaded(7), freshMs)
    expect(await seen(open(), ['a'])).toBe('none')
    await put(loaded(8), freshMs)
    expect(await seen(open(), ['a'])).toEqual(['at 8', 8])
  })

  it('gives nothing after it fell back to an older state of itself, until the next heartbeat has found out', async () => {
    const replica = store.copy()
    store.raise('a', 6)
    await beat(6)
    await put(loaded(5), freshMs)
    store.restore(replica)
    await put(loaded(5), freshMs)
    expect(await seen(open())).toBe('none')
    store.heartbeat(6, true)
    expect(await seen(open())).toBe('none')
    await put(loaded(6), freshMs)
    expect(await seen(open())).toEqual(['at 6', 6])
  })

  it('gives nothing older than the caller takes as fresh', async () => {
    await put(loaded(5), 10 * freshMs)
    await clock.advance(freshMs)
    expect(await seen(open())).toBe('none')
  })

  it('takes what it cannot read for nothing', async () => {
    for (const rubbish of ['', '{', 'null', '{"v":1}', '[]']) {
      await store.fill('k', [], 't', rubbish, freshMs)
      expect([rubbish, await seen(open())]).toEqual([rubbish, 'none'])
    }
    expect(errors).toEqual([])
  })

  it('leaves a store that failed alone, longer each time up to a quarter of a second, and lets the caller load meanwhile', async () => {
    const failing = async () => Promise.reject(new Error('away'))
    const tier = open({ read: failing, fill: failing, claim: failing, release: failing })
    const askedWithin = async (ms: number) => {
      const before = errors.length
      for (let passed = 0; passed < ms; passed += 10) {
        expect([await seen(tier), await tier.claim('k', [], 't', 100, null)]).toEqual(['away', 'claimed'])
        await clock.advance(10)
      }
      return errors.length - before
    }
    expect(await askedWithin(30)).toBe(1)
    expect(await askedWithin(40)).toBe(1)
    await askedWithin(2_000)
    expect(await askedWithin(250)).toBe(1)
  })

  it('asks again at once when a command failed only because the process stood still', async () => {
    let times = 0
    const read: SharedStore['read'] = async (key, tags) => {
      if (times++ > 0) return store.read(key, tags)
      await clock.sleep(400)
      throw new Error('timed out')
    }
    await put(loaded(5), freshMs)
    const tier = open({ read, fill: async () => {}, claim: async () => 'claimed', release: async () => {} })
    const found = seen(tier)
    await clock.advance(400)
    expect([await found, errors]).toEqual([['at 5', 5], []])
  })

  it.each([
    ['asks on after time-outs of a process that was late itself', 250, 150, 2],
    ['leaves a store alone that does not answer a process in time', 250, 20, 1],
    ['leaves a store alone that refuses at once, however late the process is', 0, 150, 1],
  ])('%s', async (_, tookMs, lateMs, expected) => {
    ownDelayMs = lateMs
    let times = 0
    const read = async () => {
      times++
      await clock.sleep(tookMs)
      throw new Error('timed out')
    }
    const tier = open({ read, fill: async () => {}, claim: async () => 'claimed', release: async () => {} })
    for (let i = 0; i < 2; i++) {
      const found = seen(tier)
      await clock.advance(tookMs)
      expect(await found).toBe('away')
    }
    expect([times, errors.length]).toEqual([expected, expected])
  })
})

describe('ten processes of one data centre', () => {
  it('load a cold key once between them', async () => {
    const clock = new VirtualClock()
    const store = new MemoryStore(clock)
    store.heartbeat(1)
    let loads = 0
    const load = async () => {
      loads++
      await clock.sleep(30)
      return { value: 'v', tags: ['a'], position: 1 }
    }
    const read = async () => {
      const bus = new MemoryBus(clock)
      await bus.heartbeat(1)
      const cache = new Cache({ clock, bus, shared: store, localBytesMax: 1_000_000, onError: () => {} })
      return cache.getOrLoad({ kind: 'thing', key: 'k', tags: ['a'], freshMs, staleMs: 0, load })
    }
    const reads = Promise.all(Array.from({ length: 10 }, read))
    await clock.advance(200)
    expect((await reads).map(({ value }) => value)).toEqual(Array.from({ length: 10 }, () => 'v'))
    expect(loads).toBe(1)
  })

  it('do not wait for ever for one that died while it was loading', async () => {
    const clock = new VirtualClock()
    const store = new MemoryStore(clock)
    store.heartbeat(1)
    await store.claim('k', [], 'the dead', 60_000, null)
    const bus = new MemoryBus(clock)
    clock.every(200, () => void bus.heartbeat(1))
    await clock.advance(200)
    const cache = new Cache({ clock, bus, shared: store, localBytesMax: 1_000_000, onError: () => {} })
    const load = async () => ({ value: 'v', tags: ['a'], position: 1 })
    const reading = cache.getOrLoad({ kind: 'thing', key: 'k', tags: ['a'], freshMs, staleMs: 0, load })
    await clock.advance(1_050)
    expect((await reading).source).toBe('miss')
  })
})

describe('a value of the store', () => {
  it('is believed for a second after the last heartbeat, not after it was read', async () => {
    const clock = new VirtualClock()
    const store = new MemoryStore(clock)
    store.heartbeat(1)
    const bus = new MemoryBus(clock)
    await bus.heartbeat(1)
    await store.fill('k', [], 't', JSON.stringify({ v: 'old', t: ['a'], p: 1, a: clock.nowMs() }), freshMs)
    const cache = new Cache({ clock, bus, shared: store, localBytesMax: 1_000_000, onError: () => {} })
    const load = async () => ({ value: 'new', tags: ['a'], position: 2 })
    const read = async () =>
      (await cache.getOrLoad({ kind: 'thing', key: 'k', tags: ['a'], freshMs, staleMs: 0, load })).value
    await clock.advance(900)
    expect(await read()).toBe('old')
    await clock.advance(101)
    expect(await read()).toBe('new')
  })
})

describe('what the store still has of a value', () => {
  it('stands in, marked as stale, for a process that holds nothing when the source fails', async () => {
    const clock = new VirtualClock()
    const store = new MemoryStore(clock)
    const bus = new MemoryBus(clock)
    store.heartbeat(1)
    await bus.heartbeat(1)
    const old = { value: 'old', tags: ['a'], position: 1, asOfMs: clock.nowMs() }
    await store.fill('k', ['a'], 't', encodeLoaded(old), freshMs)
    store.raise('a', 2)
    const cache = new Cache({ clock, bus, shared: store, localBytesMax: 1_000_000, onError: () => {} })
    const load = async () => Promise.reject(new Error('down'))
    const read = (staleMs: number) => cache.getOrLoad({ kind: 'thing', key: 'k', tags: ['a'], freshMs, staleMs, load })
    expect(await read(freshMs)).toMatchObject({ value: 'old', source: 'stale' })
    await clock.advance(600)
    await expect(read(500)).rejects.toThrow('down')
  })
})
