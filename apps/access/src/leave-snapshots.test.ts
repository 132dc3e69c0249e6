import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cache } from '@gala/cache'
import { publicApi } from '@gala/contracts'
import { systemClock } from '@gala/kernel'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Kept } from './copy.js'
import { Keys } from './keys.js'
import { leaveSnapshots } from './leave-snapshots.js'
import { Snapshots } from './snapshots.js'

describe('snapshots that are asked for', () => {
  let dir: string
  let snapshots: Snapshots
  let held: Map<string, { source: string; value: Kept }>
  let leave: ReturnType<typeof leaveSnapshots>

  const copy = (text: string, degraded = '') => {
    const route = publicApi.events.detail
    const input = { params: { id: 'one' }, query: {}, body: undefined }
    const question = { route, input, path: '/v1/events/one', query: '', plain: true }
    const value: Kept = { copy: { body: Buffer.from(text), etag: '"e"', source: 'miss', degraded }, question }
    return { source: 'hit', value }
  }

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'gala-leave-'))
    held = new Map()
    snapshots = new Snapshots(dir, systemClock, (error) => {
      throw error
    })
    const cache = { left: (key: string) => held.get(key) } as unknown as Cache
    leave = leaveSnapshots({ cache, keys: new Keys(), snapshots, clock: systemClock })
  })
  afterEach(() => rm(dir, { recursive: true }))

  it('are written from memory at once, however young the one on disk is, and said to be there', async () => {
    held.set('/v1/events/a/play?protocol=hls', copy('{"a":1}'))
    await leave(['/v1/events/a/play'])
    held.set('/v1/events/a/play?protocol=hls', copy('{"a":22}'))
    const { items } = await leave(['/v1/events/a/play'])
    expect(items).toEqual([{ path: '/v1/events/a/play', left: true, bytes: 8, ageMs: expect.any(Number) }])
    expect(items[0]?.ageMs).toBeLessThan(5_000)
    expect(String((await snapshots.find('/v1/events/a/play'))?.body)).toBe('{"a":22}')
  })

  it('are not made of what is old, less than it should be, not held, or has none; what was there stays', async () => {
    await snapshots.leave('/v1/events/old', Buffer.from('{}'))
    held.set('/v1/events/old', { ...copy('{"old":true}'), source: 'stale' })
    held.set('/v1/events/poor/bootstrap', copy('{}', 'stats-unavailable'))
    held.set('/v1/events/a/stats', copy('{}'))
    const { items } = await leave([
      '/v1/events/old',
      '/v1/events/poor/bootstrap',
      '/v1/events/a/stats',
      '/v1/events/none',
    ])
    expect(items.map(({ left, bytes, ageMs }) => [left, bytes, ageMs === null])).toEqual([
      [false, 2, false],
      [false, 0, true],
      [false, 0, true],
      [false, 0, true],
    ])
  })

  it('are said to be missing when too much is being written', async () => {
    const paths = Array.from({ length: 12 }, (_, i) => `/v1/events/e${i}`)
    for (const path of paths) held.set(path, copy('{}'))
    const { items } = await leave(paths)
    expect(items.filter(({ left }) => left).length).toBeGreaterThanOrEqual(10)
    expect(items.every(({ left, ageMs }) => left === (ageMs !== null))).toBe(true)
  })
})
