import { VirtualClock } from '@gala/kernel/testing'
import { describe, expect, it } from '@jest/globals'
import { MemoryLedgerStore } from './memory-ledger.js'
import { definition, SimulatedProcess } from './simulated-jobs.js'

const startMs = Date.UTC(2026, 1, 16, 12)

describe('a scheduler with more due than can be begun', () => {
  const play = async () => {
    const clock = new VirtualClock(startMs)
    const store = new MemoryLedgerStore('global', clock)
    const schedule = { kind: 'interval' as const, everyMs: 3_600_000 }
    const policy = { misfire: { policy: 'all', max: 10 } }
    const jobs = Array.from({ length: 300 }, (_, i) =>
      definition({ id: `job-${i}`, schedule, policy, updatedAtMs: startMs - 1 }),
    )
    jobs.push(
      definition({
        id: 'launch.go-live',
        event: 'launch',
        step: 'go-live',
        schedule,
        policy,
        updatedAtMs: startMs - 1,
      }),
    )
    const handed: string[] = []
    const process = new SimulatedProcess({
      ...{ clock, store, name: 'one', jobs: () => jobs, takesMs: () => 10 },
      onDispatch: (_, { job }) => void handed.push(job.id),
    })
    let mostOut = 0
    for (let ms = 0; ms < 3_000; ms += 50) {
      await clock.advance(50)
      const out = [...store.slots.values()].filter(({ state }) => state === 'leased')
      mostOut = Math.max(mostOut, out.length)
    }
    return { process, store, handed, mostOut }
  }

  it('hands out no more at once than can be begun, and all of it in the end, once', async () => {
    const { process, store, handed, mostOut } = await play()
    expect(process.errors).toEqual([])
    expect(mostOut).toBeLessThanOrEqual(100)
    expect(handed).toHaveLength(301)
    expect([...store.slots.values()].every(({ state }) => state === 'ok')).toBe(true)
  })

  it('begins with steps of timelines', async () => {
    const { handed } = await play()
    expect(handed.indexOf('launch.go-live')).toBeLessThan(100)
  })
})
