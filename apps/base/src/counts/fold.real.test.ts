import { Database, migrate } from '@gala/database'
import { randomId } from '@gala/kernel'
import { VirtualClock } from '@gala/kernel/testing'
import { Breakers } from '@gala/resilience'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { Redis } from 'ioredis'
import type { BaseContext } from '../base.config.js'
import { FoldService } from './fold.service.js'

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

describe('FoldService', () => {
  let prefix: string
  let written: number[]
  const open = (dc = 'dc-a') => {
    const config = { GALA_KEY_PREFIX: prefix, GALA_DC: dc } as BaseContext['config']
    const context = { clock, config, health: { onDrain: () => {} } as unknown as BaseContext['health'] }
    const signals = { countsWritten: (rows: number) => void written.push(rows), countsFailed: () => {} }
    return new FoldService(database, [{ redis }], context, signals)
  }
  const count = async (eventId: string, likes: number, sessions: number) => {
    await redis.set(`${prefix}likes:{${eventId}}`, likes)
    for (let i = 0; i < sessions; i++) await redis.pfadd(`${prefix}plays:{${eventId}}`, `session-${i}`)
    await redis.zadd(`${prefix}active`, clock.nowMs(), eventId)
  }
  const rows = async () => {
    const { value } = await database.read((manager) =>
      manager.query<{ event_id: string; dc: string; likes: string; plays: string }[]>(
        'SELECT event_id, dc, likes, plays FROM event_counts ORDER BY event_id, dc',
      ),
    )
    return value.map(({ event_id, dc, likes, plays }) => [event_id, dc, Number(likes), Number(plays)])
  }

  beforeAll(() => migrate(url, 'mariadb'))
  beforeEach(async () => {
    prefix = `t:${randomId()}:`
    written = []
    await database.onWriter((manager) => manager.query('DELETE FROM event_counts'))
  })
  afterAll(async () => {
    redis.disconnect()
    await database.close()
  })

  it('writes down what has changed, for each data centre by itself, and only that', async () => {
    const [a, b] = [open(), open('dc-b')]
    await count('gala', 5, 2)
    await count('concert', 1, 0)
    await a.fold()
    await count('gala', 9, 3)
    await a.fold()
    await a.fold()
    await b.fold()
    expect(await rows()).toEqual([
      ['concert', 'dc-a', 1, 0],
      ['concert', 'dc-b', 1, 0],
      ['gala', 'dc-a', 9, 3],
      ['gala', 'dc-b', 9, 3],
    ])
    expect(written).toEqual([2, 1, 0, 2])
  })

  it('never sets a count back, whoever is late', async () => {
    await count('gala', 9, 3)
    await open().fold()
    await redis.del(`${prefix}plays:{gala}`)
    await count('gala', 2, 1)
    await open().fold()
    expect(await rows()).toEqual([['gala', 'dc-a', 9, 3]])
  })

  it('writes again what could not be written', async () => {
    const fold = open()
    await count('gala', 9, 3)
    await database.onWriter((manager) => manager.query('RENAME TABLE event_counts TO event_counts_away'))
    await expect(fold.fold()).rejects.toThrow('event_counts')
    await database.onWriter((manager) => manager.query('RENAME TABLE event_counts_away TO event_counts'))
    await fold.fold()
    expect(await rows()).toEqual([['gala', 'dc-a', 9, 3]])
  })

  it('leaves alone what nothing has been counted for in an hour', async () => {
    await count('gala', 9, 3)
    await clock.advance(3_600_001)
    await open().fold()
    expect(await rows()).toEqual([])
  })
})
