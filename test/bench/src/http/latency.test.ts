import { seededRandom } from '@gala/kernel/testing'
import { describe, expect, it } from '@jest/globals'
import { Latencies } from './latency.js'
import { OpenLoop } from './open-loop.js'

describe('latencies', () => {
  it('are told to a sixty-fourth, from microseconds to minutes', () => {
    for (const us of [0, 1, 63, 64, 65, 127, 128, 1_000, 12_345, 999_999, 60_000_000]) {
      const seen = new Latencies()
      seen.record(us)
      expect(seen.quantileUs(0.5)).toBeGreaterThanOrEqual(us)
      expect(seen.quantileUs(0.5)).toBeLessThanOrEqual(us * (1 + 1 / 64))
      expect(seen.meanUs).toBe(us)
    }
  })

  it('have the right quantiles of many', () => {
    const seen = new Latencies()
    for (let us = 1; us <= 100_000; us++) seen.record(us)
    expect(seen.count).toBe(100_000)
    expect(seen.meanUs).toBe(50_000.5)
    for (const part of [0.5, 0.99, 0.999]) expect(seen.quantileUs(part) / (part * 100_000)).toBeCloseTo(1, 1)
  })
})

/** One connection to a server that takes a tenth of a millisecond, and once stands still; all in virtual time. */
function askThrough(stallMs: number) {
  const fromMeant = new Latencies()
  const fromSent = new Latencies()
  const loop = new OpenLoop(1_000, seededRandom(11), 0, 10_000)
  let nowMs = 0
  let stalled = false
  while (!loop.ended(nowMs)) {
    const atMs = loop.waiting(nowMs) > 0 ? loop.take() : undefined
    if (atMs === undefined) {
      nowMs += 0.01
      continue
    }
    const sentMs = nowMs
    nowMs += 0.1
    if (!stalled && sentMs > 5_000) {
      stalled = true
      nowMs += stallMs
    }
    fromMeant.record((nowMs - atMs) * 1_000)
    fromSent.record((nowMs - sentMs) * 1_000)
  }
  return { fromMeant, fromSent }
}

describe('an open loop', () => {
  it('offers the rate it was told, whatever becomes of the answers', () => {
    const { fromMeant } = askThrough(1_000)
    expect(fromMeant.count).toBeGreaterThan(9_700)
    expect(fromMeant.count).toBeLessThan(10_300)
  })

  it('counts a standstill for everybody who would have come in it', () => {
    const { fromMeant, fromSent } = askThrough(1_000)
    // A tenth of all was meant to be sent in that second; a closed loop sees one slow answer and 99.9 % fast ones.
    expect(fromSent.quantileUs(0.99)).toBeLessThan(200)
    expect(fromMeant.quantileUs(0.99)).toBeGreaterThan(800_000)
    expect(fromMeant.quantileUs(0.95)).toBeGreaterThan(400_000)
  })

  it('sees nothing where nothing stands still', () => {
    expect(askThrough(0).fromMeant.quantileUs(0.99)).toBeLessThan(1_000)
  })
})
