import { Database, migrate } from '@gala/database'
import { VirtualClock } from '@gala/kernel/testing'
import { Breakers } from '@gala/resilience'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { emptyPane } from '../panes/pane-sums.js'
import type { PaneRow } from './pane-rows.js'
import { PaneTable } from './pane-table.js'

const url = process.env['GALA_TEST_MYSQL_URL'] ?? ''
const clock = new VirtualClock(Date.UTC(2026, 10, 22, 12))
const database = new Database({
  readers: [{ dc: 'dc-a', url }],
  writers: [{ dc: 'dc-a', url }],
  breakers: new Breakers({ clock }),
  dialect: 'mariadb',
  entities: [],
  clock,
  onError: () => {},
})
const t = clock.nowMs()
const minute = 60_000

function pane(at: number, requests: number, more: Partial<PaneRow> = {}): PaneRow {
  const empty = emptyPane({ startMs: t + at, event: 'gala', route: '/v1/time' })
  return {
    ...empty,
    sums: { ...empty.sums, requests },
    latency: { 3: requests },
    viewers: null,
    sessions: null,
    ...more,
  }
}

describe('panes of the batch link in MySQL', () => {
  const table = new PaneTable(database, 'dc-a')
  const rows = async (link = 'batch') => {
    const { value } = await database.read((manager) =>
      manager.query<Record<string, string | null>[]>(
        'SELECT start_ms, span_s, requests, beacons, latency, viewers FROM pane WHERE link = ? ORDER BY start_ms, route DESC',
        [link],
      ),
    )
    return value.map((row) => [Number(row['start_ms']) - t, row['span_s'], Number(row['requests']), row['latency']])
  }
  const stream = (at: number, spanS: number, requests: number, dc = 'dc-a', part = 0) =>
    database.onWriter((manager) =>
      manager.query(
        `INSERT INTO pane (start_ms, dc, link, span_s, part, event, route, requests) VALUES (?, ?, 'stream', ?, ?, 'gala', '/v1/time', ?)`,
        [t + at, dc, spanS, part, requests],
      ),
    )
  beforeAll(() => migrate(url, 'mariadb'))
  beforeEach(() => database.onWriter((manager) => manager.query('DELETE FROM pane')))
  afterAll(() => database.close())

  it('stand in place of all that was written of the same minutes, and of no others', async () => {
    const beacons = pane(0, 0, { route: '', latency: {}, viewers: 7, sessions: 9 })
    await table.write('beacons', [t], [beacons])
    await table.write('requests', [t, t + minute], [pane(0, 1), pane(10_000, 2), pane(minute, 3)])
    await table.write('requests', [t], [pane(0, 5)])
    expect(await rows()).toEqual([
      [0, 10, 5, '{"3":5}'],
      [0, 10, 0, null],
      [minute, 10, 3, '{"3":3}'],
    ])
    await new PaneTable(database, 'dc-b').write('requests', [t], [])
    expect(await rows()).toHaveLength(3)
  })

  it('are put together to minutes, and taken apart again by late rows', async () => {
    await table.write(
      'requests',
      [t, t + minute],
      [pane(0, 1), pane(50_000, 2, { latency: { 3: 1, 9: 1 } }), pane(minute, 3)],
    )
    expect(await table.fold('requests', t + minute)).toBe(false)
    expect(await rows()).toEqual([
      [0, 60, 3, '{"3":2,"9":1}'],
      [minute, 10, 3, '{"3":3}'],
    ])
    await table.write('requests', [t], [pane(0, 2), pane(50_000, 2)])
    expect((await rows()).map(([at, span, requests]) => [at, span, requests])).toEqual([
      [0, 10, 2],
      [50_000, 10, 2],
      [minute, 10, 3],
    ])
    await table.drop(t + minute)
    expect(await rows()).toHaveLength(1)
  })

  it('are held against those of the stream link, of all its parts, by minute', async () => {
    await table.write('requests', [t, t + minute], [pane(0, 10), pane(10_000, 2), pane(minute, 3)])
    await stream(0, 60, 11)
    await stream(0, 60, 1, 'dc-a', 1)
    await stream(minute, 10, 5)
    await stream(minute, 10, 100, 'dc-b')
    await stream(2 * minute, 10, 1)
    expect(await table.balance(t, t + 2 * minute)).toEqual([
      { minuteMs: t, stream: { requests: 12, beacons: 0 }, batch: { requests: 12, beacons: 0 }, apart: 0 },
      { minuteMs: t + minute, stream: { requests: 5, beacons: 0 }, batch: { requests: 3, beacons: 0 }, apart: 2 },
    ])
  })
})
