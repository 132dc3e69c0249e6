import { VirtualClock } from '@gala/kernel/testing'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { HotKeys } from './hot-keys.js'

describe('HotKeys', () => {
  let clock: VirtualClock
  let changes: string[]
  let seed: number
  /** A fixed sequence that looks like chance: the fractional parts of multiples of the golden ratio. */
  const random = () => (seed = (seed + 0.6180339887) % 1)
  const open = (sampleEvery: number, hotAt: number) =>
    new HotKeys(clock, random, (key, hot) => changes.push(`${hot ? '+' : '-'}${key}`), { sampleEvery, hotAt })
  const read = (keys: HotKeys, key: string, times: number) => {
    for (let i = 0; i < times; i++) if (keys.sampled()) keys.count(key)
  }

  beforeEach(() => {
    clock = new VirtualClock()
    changes = []
    seed = 0
  })

  it('samples about as many reads as it was told to', () => {
    const keys = open(100, 8)
    let sampled = 0
    for (let i = 0; i < 100_000; i++) if (keys.sampled()) sampled++
    expect(sampled).toBeGreaterThan(900)
    expect(sampled).toBeLessThan(1_100)
  })

  it('finds the few keys of many that are read most, and tells how often', () => {
    const keys = open(4, 8)
    for (let i = 0; i < 20_000; i++) {
      read(keys, `rare-${i % 5_000}`, 1)
      if (i % 10 === 0) read(keys, 'often', 1)
      if (i % 20 === 0) read(keys, 'less often', 1)
    }
    const [first, second] = keys.top()
    expect([first?.key, second?.key]).toEqual(['often', 'less often'])
    expect(first?.reads).toBeGreaterThan(1_000)
    expect(keys.top().filter(({ key }) => key.startsWith('rare'))).toEqual([])
  })

  it('lets a key cool that is not read any more', async () => {
    const keys = open(1, 4)
    read(keys, 'k', 8)
    expect(changes).toEqual(['+k'])
    for (let i = 0; i < 3; i++) {
      await clock.advance(10_000)
      read(keys, 'other', 1)
    }
    expect([changes, keys.has('k')]).toEqual([['+k', '-k'], false])
  })

  it('never has more than 64 hot keys', () => {
    const keys = open(1, 2)
    for (let i = 0; i < 1_000; i++) read(keys, `k${i}`, 5)
    expect([...keys.keys]).toHaveLength(64)
  })
})
