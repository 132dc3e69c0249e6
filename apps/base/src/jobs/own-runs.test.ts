import { VirtualClock } from '@gala/kernel/testing'
import { describe, expect, it } from '@jest/globals'
import { dueSlot } from './ledger.js'
import { OwnRuns } from './own-runs.js'

const slot = (atMs: number, attempt = 1) => dueSlot({ job: 'sweep', atMs, dc: 'dc-a', shard: 0 }, { attempt })

describe('what a process remembers of its runs', () => {
  const opened = () => {
    const clock = new VirtualClock()
    const runs = new OwnRuns(clock)
    return { clock, runs, times: () => runs.slots.map(({ atMs }) => atMs) }
  }

  it('is each for ten minutes after its last word, and the last thousand', async () => {
    const { clock, runs, times } = opened()
    for (const atMs of [1, 2, 3]) runs.note(slot(atMs))
    await clock.advance(600_000)
    runs.touch(slot(2), 1)
    await clock.advance(1)
    expect(times()).toEqual([2])
    for (let atMs = 10; atMs < 1_010; atMs++) runs.note(slot(atMs))
    expect(times()).toEqual(Array.from({ length: 1_000 }, (_, i) => 10 + i))
  })

  it('is not what somebody else runs now, nor what is said of an attempt before', () => {
    const { runs, times } = opened()
    runs.note(slot(1, 2))
    runs.forget(slot(1), 1)
    expect(times()).toEqual([1])
    runs.forget(slot(1), 2)
    expect(times()).toEqual([])
  })
})
