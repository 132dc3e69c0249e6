import { MemoryBus } from '@gala/bus/testing'
import { AppError } from '@gala/contracts'
import { OpenSpan } from '@gala/kernel'
import { VirtualClock } from '@gala/kernel/testing'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { Cache } from './cache.js'
import type { Lookup } from './lookup.js'

describe('Cache', () => {
  let clock: VirtualClock
  let bus: MemoryBus
  let cache: Cache
  let row: { value: string; position: number }
  let loads: number
  let during: () => Promise<void>

  const lookup = (over: Partial<Lookup<string>> = {}): Lookup<string> => ({
    kind: 'thing',
    key: 'k',
    tags: ['a'],
    freshMs: 60_000,
    staleMs: 600_000,
    load: async () => {
      loads++
      const read = { ...row, tags: ['a'] }
      await during()
      return read
    },
    ...over,
  })
  const read = async (over?: Partial<Lookup<string>>) => {
    const { value, source } = await cache.getOrLoad(lookup(over))
    return `${value} ${source}`
  }
  const write = async (value: string) => {
    row = { value, position: row.position + 1 }
    await bus.publish([{ position: row.position, tags: ['a'], atMs: 0 }])
  }

  beforeEach(async () => {
    clock = new VirtualClock()
    bus = new MemoryBus(clock)
    cache = new Cache({ clock, bus, localBytesMax: 1_000_000, random: () => 0, onError: () => {} })
    row = { value: 'one', position: 1 }
    loads = 0
    during = async () => {}
    clock.every(200, () => void bus.heartbeat(row.position))
    await clock.advance(200)
  })

  it('loads once and then answers from memory', async () => {
    expect(await read()).toBe('one miss')
    expect(await read()).toBe('one hit')
    expect(loads).toBe(1)
  })

  it('gives work that is to get nothing from memory what it loads for it, and leaves that for the others', async () => {
    await read()
    row = { value: 'two', position: 1 }
    const place = { traceId: 'a', parentId: undefined, force: 'a token' }
    const forced = new OpenSpan({ clock, onEnd: () => {} }, 'read', 'server', {}, place)
    expect(await forced.within(() => Promise.all([read(), read()]))).toEqual(['two miss', 'two miss'])
    expect([loads, await read()]).toEqual([3, 'two hit'])
    const away = async () => {
      throw new Error('away')
    }
    expect(await forced.within(() => read({ load: away }))).toBe('two stale')
  })

  it('loads once for many callers at the same time', async () => {
    await Promise.all(Array.from({ length: 50 }, () => read()))
    expect(loads).toBe(1)
  })

  it('asks again after a change of what the value was made from', async () => {
    await read()
    await write('two')
    expect(await read()).toBe('two miss')
    expect(await read()).toBe('two hit')
  })

  it('believes a value that changes by itself for as long as the value says, and no moment behind a renewal', async () => {
    const load = async () => {
      loads++
      return { ...row, tags: ['a'], freshMs: 1_000 }
    }
    expect(await read({ load })).toBe('one miss')
    await clock.advance(900)
    expect(await read({ load })).toBe('one hit')
    await clock.advance(200)
    expect(await read({ load })).toBe('one miss')
    expect(loads).toBe(2)
  })

  it('does not believe a value whose load was overtaken by a change', async () => {
    during = async () => {
      during = async () => {}
      await write('two')
    }
    expect(await read()).toBe('two miss')
    expect(loads).toBe(2)
  })

  it('marks as stale what changes faster than it can be loaded', async () => {
    let n = 1
    during = () => write(`version ${++n}`)
    expect(await read()).toMatch(/^version \d stale$/)
    expect(loads).toBe(3)
  })

  it('tells the loader how new the value has to be', async () => {
    const asked: number[] = []
    const load = async (atLeast: number) => {
      asked.push(atLeast)
      return { ...row, tags: ['a'] }
    }
    await read({ load })
    await write('two')
    await read({ load })
    expect(asked).toEqual([1, 2])
  })

  it('lets a copy that holds count as new as the last change heard of', async () => {
    await read()
    await bus.publish([{ position: 2, tags: ['b'], atMs: 0 }])
    expect((await cache.getOrLoad(lookup())).position).toBe(2)
  })

  it('keeps a value when something else changes', async () => {
    await read()
    await bus.publish([{ position: 2, tags: ['b'], atMs: 0 }])
    expect(await read()).toBe('one hit')
  })

  it('asks again after a message was lost for good, and not for one that could be read again', async () => {
    await read()
    bus.ring.push({ position: 2, tags: ['b'], atMs: 0 })
    row.position = 2
    await clock.advance(200)
    expect(await read()).toBe('one hit')
    row = { value: 'two', position: 3 }
    await clock.advance(200)
    expect(await read()).toBe('two miss')
  })

  it('renews behind the answer what is only old, not changed', async () => {
    await read()
    await clock.advance(60_000)
    row.value = 'two'
    expect(await read()).toBe('one hit')
    await clock.advance(0)
    expect(await read()).toBe('two hit')
    expect(loads).toBe(2)
    await clock.advance(90_000)
    expect(await read()).toBe('two miss')
  })

  it('tells without a promise what may be served while it is renewed, and asks for that once', async () => {
    const renewable = lookup({ freshMs: 1_000, renewMs: 10_000 })
    const aging = () => cache.aging<string>(renewable.key, renewable)
    await cache.getOrLoad(renewable)
    expect(aging()).toBeUndefined()
    await clock.advance(1_200)
    expect(cache.hit(renewable.key, renewable.freshMs)).toBeUndefined()
    expect(aging()).toMatchObject({ found: { value: 'one', source: 'hit' }, due: true })
    const renewing = cache.renew(renewable)
    expect(aging()).toMatchObject({ due: false })
    expect(await renewing).toBe(true)
    expect(aging()).toBeUndefined()
    expect(cache.hit(renewable.key, renewable.freshMs)).toMatchObject({ value: 'one' })
    await clock.advance(1_200)
    during = async () => {
      throw new Error('away')
    }
    expect(await cache.renew(renewable)).toBe(false)
    expect(aging()).toMatchObject({ due: false })
    await clock.advance(500)
    expect(aging()).toMatchObject({ due: true })
    expect(loads).toBe(3)
    await write('two')
    expect(aging()).toBeUndefined()
  })

  it('does not renew at one moment what was loaded at one moment', async () => {
    let n = 0
    const spread = new Cache({ clock, bus, localBytesMax: 1_000_000, random: () => n++ / 10, onError: () => {} })
    const all = () => Promise.all(Array.from({ length: 10 }, (_, i) => spread.getOrLoad(lookup({ key: `k${i}` }))))
    await all()
    const renewed: number[] = []
    for (let s = 54; s <= 60; s++) {
      await clock.advance((s - (renewed.length ? s - 1 : 0)) * 1000)
      const before = loads
      await all()
      await clock.advance(0)
      renewed.push(loads - before)
    }
    expect(Math.max(...renewed)).toBeLessThanOrEqual(2)
    expect(renewed.reduce((a, b) => a + b)).toBe(10)
  })

  it('believes nothing for longer than a second while the bus is silent', async () => {
    await read()
    bus.heartbeat = async () => {}
    row = { value: 'two', position: 2 }
    await clock.advance(2001)
    expect(await read()).toBe('two miss')
    await clock.advance(999)
    expect(await read()).toBe('two hit')
    await clock.advance(1)
    expect(await read()).toBe('two miss')
  })

  it('serves the old value while loading fails, tries again every half second, and stops at the stale bound', async () => {
    await read()
    await clock.advance(90_000)
    const failing = { load: async () => Promise.reject(new Error(`down ${++loads}`)) }
    expect(await read(failing)).toBe('one stale')
    expect(await read(failing)).toBe('one stale')
    expect(loads).toBe(2)
    await clock.advance(500)
    await read(failing)
    expect(loads).toBe(3)
    await clock.advance(510_001)
    await expect(read(failing)).rejects.toThrow('down')
  })

  it('serves the old value after 400 ms when loading hangs, and the new one once it arrives', async () => {
    await read()
    await write('two')
    let arrive = () => {}
    during = () => new Promise((resolve) => (arrive = resolve))
    const waiting = read()
    await clock.advance(401)
    expect(await waiting).toBe('one stale')
    arrive()
    await clock.advance(0)
    expect(await read()).toBe('two hit')
  })

  it('never replaces a newer value by an older one', async () => {
    await read()
    await write('two')
    await read()
    await clock.advance(90_000)
    await read({ load: async () => ({ value: 'one', tags: ['a'], position: 1 }) })
    expect((await cache.getOrLoad(lookup({ load: async () => Promise.reject(new Error('down')) }))).value).toBe('two')
  })

  it('drops the old value when the answer is a final refusal', async () => {
    await read()
    await clock.advance(90_000)
    const gone = { load: async () => Promise.reject(new AppError('EVENT_NOT_FOUND', 'gone')) }
    await expect(read(gone)).rejects.toThrow('gone')
    const down = { load: async () => Promise.reject(new Error('down')) }
    await expect(read(down)).rejects.toThrow('down')
  })

  it('renews what is read most as soon as a change has ended it, before anybody asks', async () => {
    cache = new Cache({ clock, bus, localBytesMax: 1_000_000, hot: { sampleEvery: 1, hotAt: 3 }, onError: () => {} })
    for (let i = 0; i < 3; i++) await read()
    await read({ key: 'cold' })
    const before = loads
    await bus.publish([{ position: row.position + 1, tags: ['of something else'], atMs: 0 }])
    await clock.advance(0)
    expect(loads - before).toBe(0)
    row.position++
    await write('two')
    await clock.advance(0)
    expect(loads - before).toBe(1)
    expect(await read()).toBe('two hit')
  })

  it('does not evict what is read most', async () => {
    cache = new Cache({ clock, bus, localBytesMax: 10_000, hot: { sampleEvery: 1, hotAt: 3 }, onError: () => {} })
    for (let i = 0; i < 3; i++) await read({ key: 'hot' })
    for (let i = 0; i < 200; i++) await read({ key: `cold-${i}` })
    expect(cache.inspect('hot')).toMatchObject({ state: 'fresh', hot: true, kind: 'thing' })
    expect(cache.inspect('cold-0')).toBeUndefined()
  })

  it('stays within its memory', async () => {
    const small = new Cache({ clock, bus, localBytesMax: 10_000, onError: () => {} })
    for (let i = 0; i < 100; i++) await small.getOrLoad(lookup({ key: `k${i}` }))
    expect(loads).toBe(100)
    await small.getOrLoad(lookup({ key: 'k99' }))
    expect(loads).toBe(100)
    await small.getOrLoad(lookup({ key: 'k0' }))
    expect(loads).toBe(101)
  })
})
