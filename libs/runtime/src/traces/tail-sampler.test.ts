import { VirtualClock } from '@gala/kernel/testing'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { isSampled, type KeptReason, TailSampler, type TraceEnd, whyKept } from './tail-sampler.js'

const traceOf = (n: number) => n.toString(16).padStart(32, '0')
const ordinary: TraceEnd = { forced: false, failed: false, degraded: false, tookMs: 20, slowMs: 500 }

describe('which traces are kept', () => {
  it.each<[string, Partial<TraceEnd>, KeptReason | undefined]>([
    ['an ordinary one is not', {}, undefined],
    ['one that failed is', { failed: true }, 'error'],
    ['one that took as long as is slow for it is', { tookMs: 500 }, 'slow'],
    ['one just below that is not', { tookMs: 499.9 }, undefined],
    ['one that was answered with less is', { degraded: true }, 'degraded'],
    ['one that was forced is, whatever else it was', { forced: true, failed: true, tookMs: 9_000 }, 'forced'],
    ['what failed slowly is kept as failed', { failed: true, tookMs: 9_000 }, 'error'],
  ])('%s', (_, end, why) => {
    expect(whyKept(traceOf(7), { ...ordinary, ...end }, 1_000)).toBe(why)
  })

  it('one in so many is for no reason, the same ones everywhere', () => {
    const all = Array.from({ length: 10_000 }, (_, n) => traceOf(n))
    expect(all.filter((trace) => isSampled(trace, 1_000))).toHaveLength(10)
    expect(whyKept(traceOf(3_000), ordinary, 1_000)).toBe('sampled')
    expect(whyKept(traceOf(3_001), ordinary, 1)).toBe('sampled')
  })
})

describe('tail sampling', () => {
  let clock: VirtualClock
  let written: [spans: readonly string[], why: KeptReason][]
  let tail: TailSampler<string>

  beforeEach(() => {
    clock = new VirtualClock()
    written = []
    tail = new TailSampler<string>({ clock, oneIn: 1_000_000_000, write: (spans, why) => written.push([spans, why]) })
  })

  it('writes the spans of what is kept, and forgets those of what is not', () => {
    for (const n of [1, 2]) tail.add(traceOf(n), `span of ${n}`)
    tail.decide(traceOf(1), ordinary)
    tail.decide(traceOf(2), { ...ordinary, failed: true })
    expect(written).toEqual([[['span of 2'], 'error']])
    expect(tail.held.size).toBe(0)
    expect(tail.kept).toMatchObject({ error: 1, sampled: 0 })
  })

  it('tells what it has decided once, and only what is kept', () => {
    tail.decide(traceOf(1), ordinary)
    tail.decide(traceOf(2), { ...ordinary, degraded: true })
    expect([...tail.toTell()]).toEqual([[traceOf(2), 'degraded']])
    expect([...tail.toTell()]).toEqual([])
  })

  it('writes what it is told of elsewhere, up to 15 s after the span', async () => {
    tail.add(traceOf(1), 'in time')
    await clock.advance(14_999)
    tail.expire()
    tail.hear(traceOf(1), 'slow')
    tail.add(traceOf(2), 'too late')
    await clock.advance(15_000)
    tail.expire()
    tail.hear(traceOf(2), 'slow')
    expect(written).toEqual([[['in time'], 'slow']])
  })

  it('writes spans that end after the decision, and each once when it is told twice', async () => {
    tail.add(traceOf(1), 'one')
    tail.hear(traceOf(1), 'error')
    tail.hear(traceOf(1), 'error')
    tail.add(traceOf(1), 'of a second attempt')
    expect(written).toEqual([
      [['one'], 'error'],
      [['of a second attempt'], 'error'],
    ])
    await clock.advance(15_000)
    tail.expire()
    tail.add(traceOf(1), 'much later')
    expect(written).toHaveLength(2)
  })

  it('keeps no more in an outage than tells the story, but always what was forced', async () => {
    for (let n = 0; n < 1_000; n++) tail.decide(traceOf(n), { ...ordinary, failed: true })
    expect([tail.kept.error, tail.leftOut]).toEqual([200, 800])
    expect(tail.decide(traceOf(5_000), { ...ordinary, forced: true })).toBe('forced')
    await clock.advance(1_000)
    for (let n = 0; n < 1_000; n++) tail.decide(traceOf(n), { ...ordinary, failed: true })
    expect(tail.kept.error).toBe(250)
  })

  it('tells no more at once than a message holds, and counts the rest', () => {
    for (let n = 0; n < 1_005; n++) tail.decide(traceOf(n), { ...ordinary, forced: true })
    expect([tail.toTell().size, tail.untold]).toEqual([1_000, 5])
  })
})
