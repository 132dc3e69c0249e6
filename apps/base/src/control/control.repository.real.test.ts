import {
  BreakerOrderEntity,
  controlEntities,
  Database,
  EventEntity,
  LevelOrderEntity,
  migrate,
  PoolMoveEntity,
  ProposalEntity,
  SwitchOrderEntity,
} from '@gala/database'
import { systemClock } from '@gala/kernel'
import { VirtualClock } from '@gala/kernel/testing'
import { Breakers } from '@gala/resilience'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { EntityManager } from 'typeorm'
import { ControlRepository, documentOf, positionOf } from './control.repository.js'

const url = process.env['GALA_TEST_MYSQL_URL'] ?? ''
const hourMs = 3_600_000

describe('ControlRepository', () => {
  let database: Database
  let control: ControlRepository
  const nowMs = new VirtualClock().nowMs()

  beforeAll(async () => {
    await migrate(url, 'mariadb')
    database = new Database({
      readers: [{ dc: 'dc-a', url }],
      breakers: new Breakers({ clock: systemClock }),
      writers: [{ dc: 'dc-a', url }],
      dialect: 'mariadb',
      entities: [EventEntity, ...controlEntities],
      clock: systemClock,
      onError: () => {},
    })
    control = new ControlRepository(database)
  })
  beforeEach(() =>
    database.onWriter(async (manager) => {
      await manager.clear(BreakerOrderEntity)
      await manager.clear(PoolMoveEntity)
      await manager.clear(SwitchOrderEntity)
      await manager.clear(LevelOrderEntity)
      await manager.clear(ProposalEntity)
    }),
  )
  afterAll(() => database.close())

  const order = async (name: string, over: Partial<BreakerOrderEntity> = {}) => {
    const by = { actor: 'ann', reason: '原因 reason', at: new Date(nowMs), expiresAt: new Date(nowMs + 5_123) }
    const { position } = await database.write(async (manager, newest) => {
      await control.order(manager, { name, dc: '', mode: 'observe', ...by, position: String(newest), ...over })
      return { value: undefined, tags: ['control'] }
    })
    return position
  }
  const move = async (eventId: string, pool: string, atMs = nowMs) => {
    const { position } = await database.write(async (manager, newest) => {
      const row = { eventId, pool, actor: 'ann', reason: 'hot', at: new Date(atMs), position: String(newest) }
      await control.move(manager, row)
      return { value: undefined, tags: ['control'] }
    })
    return position
  }
  const stored = async () => (await control.read()).value
  const names = async () => (await stored()).breakers.map(({ name, dc }) => `${name}@${dc}`)

  it('gives back what was ordered, as the document says it', async () => {
    const [first, second] = [await order('application', { dc: 'dc-b', mode: 'forced-open' }), await move('gala', 'hot')]
    expect(documentOf(await stored(), nowMs)).toEqual({
      position: second,
      breakers: [
        {
          name: 'application',
          dc: 'dc-b',
          mode: 'forced-open',
          actor: 'ann',
          reason: '原因 reason',
          position: first,
          expiresAt: new Date(nowMs + 5_123).toISOString(),
        },
      ],
      moves: [{ event: 'gala', pool: 'hot', actor: 'ann', reason: 'hot', position: second }],
      switches: [],
      levels: [],
      weights: [],
    })
  })

  it('keeps one order for a breaker and data centre, and one for all instead of those for each', async () => {
    await order('redis', { dc: 'dc-a' })
    await order('redis', { dc: 'dc-a' })
    await order('redis', { dc: 'dc-b' })
    await order('mysql', { dc: 'dc-b' })
    expect(await names()).toEqual(['mysql@dc-b', 'redis@dc-a', 'redis@dc-b'])
    await order('redis')
    expect(await names()).toEqual(['mysql@dc-b', 'redis@'])
  })

  it('counts what is in force', async () => {
    await order('a')
    await order('b', { mode: 'auto' })
    await order('c', { expiresAt: new Date(nowMs) })
    await move('one', 'hot')
    await move('two', 'application')
    const counted = (manager: Parameters<ControlRepository['countMoved']>[0]) =>
      Promise.all([control.countInForce(manager, new Date(nowMs)), control.countMoved(manager)])
    expect(await database.onWriter(counted)).toEqual([1, 1])
  })

  it('deletes what ended over an hour ago, and never the newest row of all', async () => {
    const over = { expiresAt: new Date(nowMs - hourMs) }
    await order('over', over)
    await order('lately', { expiresAt: new Date(nowMs - hourMs + 1) })
    await move('home', 'application', nowMs - hourMs)
    await move('away', 'hot', nowMs - hourMs)
    const newest = await order('newest', over)
    await control.trim(nowMs)
    expect(await names()).toEqual(['lately@', 'newest@'])
    expect((await stored()).moves.map(({ eventId }) => eventId)).toEqual(['away'])
    expect(positionOf(await stored())).toBe(newest)
    await move('home', 'application')
    await control.trim(nowMs)
    expect(await names()).toEqual(['lately@'])
  })

  it('never shows an order without those before it, however they fall between its reads', async () => {
    const first = await order('first')
    const meanwhile = async () => {
      await order('second')
      await move('gala', 'hot')
    }
    const read: Database['read'] = (query, atLeast) =>
      database.read((manager) => query(interrupted(manager, meanwhile)), atLeast)
    const { value } = await new ControlRepository({ read } as Database).read()
    expect([positionOf(value), value.breakers.length, value.moves.length]).toEqual([first, 1, 0])
    expect([await names(), (await stored()).moves.length]).toEqual([['first@', 'second@'], 1])
  })
})

/** A manager that lets something happen between its first find and the next. */
function interrupted(manager: EntityManager, meanwhile: () => Promise<void>): EntityManager {
  let happened = false
  const find = async (...args: Parameters<EntityManager['find']>) => {
    const found = await manager.find(...args)
    if (!happened) await meanwhile()
    happened = true
    return found
  }
  const transaction = (level: 'REPEATABLE READ', run: (inner: EntityManager) => Promise<unknown>) =>
    manager.transaction(level, (inner) => run(interrupted(inner, meanwhile)))
  const own: Record<PropertyKey, unknown> = { find, transaction }
  return new Proxy(manager, { get: (of, name) => own[name] ?? Reflect.get(of, name) })
}
