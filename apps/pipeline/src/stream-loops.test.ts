import { VirtualClock } from '@gala/kernel/testing'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Registry } from 'prom-client'
import { paneSignals } from './panes/pane-signals.js'
import { Lease } from './shipper/lease.js'
import type { Step } from './shipper/shipper.js'
import { shipperSignals } from './shipper/shipper-signals.js'
import { StreamLoops } from './stream-loops.js'

type Options = ConstructorParameters<typeof StreamLoops>[0]

describe('the loops of the stream link', () => {
  let clock: VirtualClock
  let done: string[]
  let loops: StreamLoops
  /** What Redis says to whoever asks for the lease; undefined: nothing. */
  let answer: number | undefined
  let step: () => Step
  beforeEach(() => {
    clock = new VirtualClock()
    done = []
    answer = 1
    step = () => 'idle'
    const note = (what: string) => async () => void done.push(what)
    const redis = { eval: async () => answer ?? Promise.reject(new Error('away')) } as unknown as ConstructorParameters<
      typeof Lease
    >[0]
    const read = async (waitMs: number) => {
      await clock.sleep(waitMs)
      done.push('read')
      return 0
    }
    loops = new StreamLoops({
      clock,
      lease: new Lease(redis, 'lease'),
      checkpoint: { reload: note('reload') },
      shipper: {
        step: async () => {
          done.push('send')
          return step()
        },
        look: note('look'),
      },
      keeper: { step: note('keep') },
      edgeLog: undefined,
      readers: [{ step: read, fold: async () => false }],
      upkeep: { run: async () => {} },
      shipping: shipperSignals(new Registry()),
      reading: paneSignals(new Registry()),
    } as unknown as Options)
  })
  afterEach(async () => {
    const stopped = loops.stop()
    await clock.advance(10_000)
    await stopped
  })
  const count = (what: string) => done.filter((each) => each === what).length

  it('look twice a second while nothing comes, and ten times while something does', async () => {
    loops.start()
    await clock.advance(10_000)
    expect(count('send')).toBeGreaterThanOrEqual(19)
    expect(count('send')).toBeLessThanOrEqual(21)
    step = () => 'sent'
    done.length = 0
    await clock.advance(10_000)
    expect(count('send')).toBeGreaterThanOrEqual(95)
    expect([count('look'), count('keep')]).toEqual([expect.closeTo(10, -0.5), expect.closeTo(2, -0.5)])
  })

  it('wait longer and longer for a log that takes nothing, but no longer than five seconds', async () => {
    step = () => 'blocked'
    loops.start()
    await clock.advance(60_000)
    const before = count('send')
    await clock.advance(60_000)
    expect(count('send') - before).toBe(12)
  })

  it('leave everything to another process that has the lease, and go on from what that one has saved', async () => {
    answer = 0
    loops.start()
    await clock.advance(2_000)
    done.length = 0
    await clock.advance(20_000)
    expect(done).toEqual([])
    answer = 1
    await clock.advance(5_000)
    expect(done.filter((what) => what !== 'read').slice(0, 2)).toEqual(['reload', 'send'])
    expect(count('reload')).toBe(1)
    expect(count('read')).toBeGreaterThan(0)
  })

  it('go on while nobody can say who has the lease', async () => {
    answer = undefined
    loops.start()
    await clock.advance(5_000)
    expect(count('send')).toBeGreaterThan(5)
  })
})
