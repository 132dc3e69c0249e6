import { randomId } from '@gala/kernel'
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Redis } from 'ioredis'
import type { ApplicationContext } from '../application.config.js'
import { batchOf, PingbacksRig } from './pingbacks-rig.js'
import { TakenBeacons } from './taken-beacons.repository.js'

const redis = new Redis(process.env['GALA_TEST_REDIS_URL'] ?? '')

describe('TakenBeacons', () => {
  let taken: TakenBeacons
  let prefix: string
  let rig: PingbacksRig
  beforeEach(() => {
    prefix = `t:${randomId()}:`
    taken = new TakenBeacons({ redis }, { config: { GALA_KEY_PREFIX: prefix } as ApplicationContext['config'] })
    rig = new PingbacksRig()
  })
  afterEach(() => rig.remove())
  afterAll(() => redis.disconnect())

  it('knows what is done, and nothing of what was only begun', async () => {
    expect(await taken.begin('session-1', 'one', [0, 1_023, 1_024])).toEqual([false, false, false])
    expect(await taken.begin('session-1', 'one', [0])).toBeUndefined()
    await taken.done('session-1', 'one', [0, 1_024])
    expect(await taken.begin('session-1', 'two', [0, 1, 1_023, 1_024])).toEqual([true, false, false, true])
    expect(await taken.begin('session-2', 'one', [0])).toEqual([false])
  })

  it('lets a batch be taken again whose process has ended, and forgets a session in an hour', async () => {
    await taken.begin('session-1', 'one', [0])
    const underWay = await redis.pttl(`${prefix}beacons:{session-1}:batch:one`)
    expect([underWay > 0, underWay <= 3_000]).toEqual([true, true])
    await taken.done('session-1', 'one', [0])
    const left = await redis.ttl(`${prefix}beacons:{session-1}:0`)
    expect([left > 3_500, left <= 3_600]).toEqual([true, true])
    expect(await redis.exists(`${prefix}beacons:{session-1}:batch:one`)).toBe(0)
  })

  it('has each beacon on the disk once, of a hundred attempts to send ten batches at the same time', async () => {
    const services = ['one', 'two'].map((writer) => rig.open({ taken, writer }))
    const batches = Array.from({ length: 10 }, (_, i) => Array.from({ length: 20 }, (_, j) => i * 20 + j))
    const attempts = Array.from({ length: 100 }, (_, i) => {
      const again = async (): Promise<void> => {
        try {
          await services[i % 2]?.take(batchOf(batches[i % 10] ?? []), undefined)
        } catch {
          await again()
        }
      }
      return again()
    })
    await Promise.all(attempts)
    expect(rig.lines.map(({ id }) => id).toSorted()).toEqual(
      batches
        .flat()
        .map((seq) => `session-1-${seq}`)
        .toSorted(),
    )
  })
})
