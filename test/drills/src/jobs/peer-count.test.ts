import { describe, expect, it } from '@jest/globals'
import { countPeer } from './peer-count.js'
import type { ToldRun } from './peer-words.js'
import type { PlannedJob } from './plan.js'

const job: PlannedJob = {
  id: 'j',
  sort: 'steady',
  rhythm: { everyMs: 30_000, phaseMs: 0 },
  ...{ cron: false, scope: 'global', shards: 1, flaky: false },
}
const dcs = ['a', 'b']
const span = { fromMs: 0, toMs: 60_000 }
const ran = (dc: string, atMs: number): ToldRun => ({ job: 'j', shard: 0, dc, atMs, ranAtMs: atMs + 5 })
const none = new Map<string, Set<string>>()

describe('the slots of the peer', () => {
  it('run twice when both data centres run them', () => {
    const runs = [ran('a', 0), ran('b', 0), ran('a', 30_000), ran('a', 60_000)]
    expect(countPeer([job], dcs, span, runs, none)).toEqual({
      ...{ expected: 2, neverRan: 0, twice: 1, twiceInOne: 0, leftOut: 1, untold: 1, runs: 3 },
    })
  })

  it('are not twice when each data centre is to run them, unless one does so again', () => {
    const local = { ...job, scope: 'dc' as const }
    const runs = [ran('a', 0), ran('b', 0), ran('a', 30_000), ran('a', 30_000)]
    expect(countPeer([local], dcs, span, runs, none)).toMatchObject({
      ...{ expected: 4, neverRan: 1, twice: 1, twiceInOne: 1, leftOut: 1 },
    })
  })

  it('are told of as long as a job of theirs is left', () => {
    const traces = new Map([
      ['a', new Set(['j-0:0'])],
      ['b', new Set<string>()],
    ])
    expect(countPeer([job], dcs, { fromMs: 0, toMs: 1 }, [], traces)).toMatchObject({
      ...{ neverRan: 1, leftOut: 2, untold: 1 },
    })
  })
})
