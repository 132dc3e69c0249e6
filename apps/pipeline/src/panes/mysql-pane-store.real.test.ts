import { Database, migrate } from '@gala/database'
import { randomId } from '@gala/kernel'
import { VirtualClock } from '@gala/kernel/testing'
import { Breakers } from '@gala/resilience'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Redis } from 'ioredis'
import { BooksService } from '../books/books.service.js'
import { partReaders } from '../shipper/mysql-kept-places.js'
import { RedisAudiences } from './audiences.js'
import { MysqlPaneStore } from './mysql-pane-store.js'
import { panesAt } from './pane-rows.js'
import { pane, paneStoreConformance } from './pane-store-conformance.js'
import { PaneUpkeep } from './pane-upkeep.js'

const url = process.env['GALA_TEST_MYSQL_URL'] ?? ''
const redis = new Redis(process.env['GALA_TEST_REDIS_URL'] ?? '')
const clock = new VirtualClock(Date.now())
const database = new Database({
  readers: [{ dc: 'dc-a', url }],
  writers: [{ dc: 'dc-a', url }],
  breakers: new Breakers({ clock }),
  dialect: 'mariadb',
  entities: [],
  clock,
  onError: () => {},
})
const newDc = () => `t-${randomId().slice(0, 12)}`
const commit = { epoch: 'one', panes: [], audiences: [], duplicates: new Map(), newestMs: 0, places: new Map() }

beforeAll(() => migrate(url, 'mariadb'))
afterAll(async () => {
  redis.disconnect()
  await database.close()
})

paneStoreConformance(async () => {
  const dc = newDc()
  const starts = [600_000, 610_000, 650_000, 660_000]
  const panesOf = async (part: number, spanS: 10 | 60) =>
    await database.onWriter(async (manager) => await panesAt(manager, { dc, part, spanS }, starts))
  return {
    store: new MysqlPaneStore({ database, dc, clock }),
    panes: async () => {
      const all = [...(await panesOf(0, 10)), ...(await panesOf(1, 10)), ...(await panesOf(0, 60))]
      return all.map(({ pane: each }) => each).sort((a, b) => a.startMs - b.startMs)
    },
  }
})

describe('panes in MySQL', () => {
  it('are written in many rows at once, and read back as they were', async () => {
    const dc = newDc()
    const store = new MysqlPaneStore({ database, dc, clock })
    await store.standing('beacons', 3)
    const panes = Array.from({ length: 450 }, (_, i) =>
      pane(10_000 * i, i + 1, { event: `event-${i}`, route: '', joinTimes: { 320: i + 1, 1048576: 1 } }),
    )
    const audiences = [{ event: 'event-6', minuteMs: 60_000, viewers: 40, sessions: 41 }]
    const places = new Map(Array.from({ length: 450 }, (_, i) => [`beacons.w-${i}:0123456789abcdef`, i]))
    const duplicates = new Map([[60_000, 7]])
    expect(
      await store.commit('beacons', 3, { ...commit, revision: 0, nextOffset: 5, panes, audiences, places, duplicates }),
    ).toBe(true)
    const starts = panes.map(({ startMs }) => startMs)
    const stored = await database.onWriter((manager) => panesAt(manager, { dc, part: 3, spanS: 10 }, starts))
    expect(stored.map((each) => each.pane).sort((a, b) => a.startMs - b.startMs)).toEqual(panes)
    expect(stored.find((each) => each.pane.event === 'event-6')).toMatchObject({ viewers: 40, sessions: 41 })
    expect(await partReaders(database, dc)).toEqual([
      { topic: 'beacons', part: 3, nextOffset: 5, epoch: 'one', places },
    ])
  })

  it('are in the books, minute by minute, beside what was produced', async () => {
    const dc = newDc()
    const store = new MysqlPaneStore({ database, dc, clock })
    await store.standing('requests', 0)
    const panes = [pane(60_000, 3), pane(110_000, 4), pane(120_000, 5)]
    await store.commit('requests', 0, {
      ...commit,
      revision: 0,
      nextOffset: 1,
      panes,
      duplicates: new Map([[60_000, 2]]),
      newestMs: 125_000,
    })
    await store.fold('requests', 0, 1, 120_000)
    const counted = { read: 8, shipped: 7, lost: 1, torn: 0 }
    const checkpoint = { counts: (topic: string) => new Map(topic === 'requests' ? [[60_000, counted]] : []) }
    const books = new BooksService({ database, checkpoint, dc, graceMs: 5_000 })
    const minute = { topic: 'requests', batch: 0, torn: 0, malformed: 0 }
    expect(await books.between(0, 120_000)).toEqual({
      dc,
      watermark: '1970-01-01T00:02:00.000Z',
      minutes: [{ ...minute, minute: 60_000, produced: 8, shipped: 7, rolledUp: 7, lost: 1, duplicates: 2 }],
    })
  })

  it('go when they are old, except those without a time', async () => {
    const dc = newDc()
    const store = new MysqlPaneStore({ database, dc, clock })
    await store.standing('requests', 0)
    const newMs = clock.nowMs() - (clock.nowMs() % 10_000)
    const panes = [pane(0, 1), pane(600_000, 1), pane(newMs, 1)]
    await store.commit('requests', 0, { ...commit, revision: 0, nextOffset: 1, panes })
    await new PaneUpkeep({ database, dc, clock, keptMs: 86_400_000 }).run()
    const left = await database.onWriter((manager) => panesAt(manager, { dc, part: 0, spanS: 10 }, [0, 600_000, newMs]))
    expect(left.map(({ pane: { startMs } }) => startMs)).toEqual([0, newMs])
  })

  it('tell viewers apart, however often they are heard of', async () => {
    const failed: unknown[] = []
    const audiences = new RedisAudiences(redis, `t:${randomId()}:`, (error) => failed.push(error))
    const crowd = (from: number, count: number) =>
      new Set(Array.from({ length: count }, (_, i) => `viewer-${from + i}`))
    const hear = (viewers: Set<string>) =>
      audiences.hear([{ event: 'gala', minuteMs: 60_000, viewers, sessions: crowd(0, 3) }])
    await hear(crowd(0, 5_000))
    await hear(crowd(0, 5_000))
    const [heard] = await hear(crowd(2_500, 5_000))
    expect(Math.abs((heard?.viewers ?? 0) - 7_500)).toBeLessThan(150)
    expect([heard?.sessions, failed]).toEqual([3, []])
  })
})
