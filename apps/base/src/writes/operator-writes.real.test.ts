import { AppError } from '@gala/contracts'
import { AuditEntity, Database, KeptReplyEntity, migrate } from '@gala/database'
import { systemClock } from '@gala/kernel'
import { VirtualClock } from '@gala/kernel/testing'
import { Breakers } from '@gala/resilience'
import { type KeyedRequest, keyedRequestOf } from '@gala/runtime'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { type Act, AuditRepository } from '../audit/audit.repository.js'
import type { BaseContext } from '../base.config.js'
import type { RelayService } from '../relay/relay.service.js'
import { KeptReplies } from './kept-replies.repository.js'
import { OperatorWrites } from './operator-writes.js'
import { Replays } from './replays.js'

const url = process.env['GALA_TEST_MYSQL_URL'] ?? ''
const relay = { nudge: () => {} } as unknown as RelayService
let asked = 0

/** A process of base, as far as it writes; of another data centre, it has a pool of its own. */
function base() {
  const database = new Database({
    readers: [{ dc: 'dc-a', url }],
    breakers: new Breakers({ clock: systemClock }),
    writers: [{ dc: 'dc-a', url }],
    dialect: 'mariadb',
    entities: [AuditEntity, KeptReplyEntity],
    clock: systemClock,
    onError: () => {},
  })
  const context = { clock: systemClock, config: { GALA_DC: 'dc-a' } } as unknown as BaseContext
  const kept = new KeptReplies(database, context)
  return {
    database,
    audit: new AuditRepository(database, context),
    writes: new OperatorWrites(database, kept, relay),
    replays: new Replays(kept, { replayed: () => {} }),
  }
}

describe('writes with an idempotency key', () => {
  const [one, two] = [base(), base()]
  beforeAll(async () => {
    await migrate(url, 'mariadb')
  })
  beforeEach(() =>
    one.database.onWriter(async (manager) => {
      for (const entity of [AuditEntity, KeptReplyEntity]) await manager.clear(entity)
    }),
  )
  afterAll(() => Promise.all([one.database.close(), two.database.close()]))

  const newKey = () => `real-key-${asked++}`
  const keyedOf = (key: string, over: { actor?: string; body?: unknown } = {}): KeyedRequest => {
    const { actor = 'ann', body = { venue: 'hall' } } = over
    const request = { headers: { 'idempotency-key': key }, method: 'PUT', url: '/ops/v1/events/gala', body }
    const keyed = keyedRequestOf(request, { name: 'ops.events.save' }, actor)
    if (!keyed) throw new Error('it has a key')
    return keyed
  }
  /** The act: an audit row that says which change it was. */
  const act = async (keyed: KeyedRequest, on = one, before = async () => {}) => {
    const actor: Act['actor'] = { subject: keyed.actor, role: 'operator', traceId: 't', keyed }
    const { value } = await on.writes.write(actor, async (manager, position) => {
      await before()
      await on.audit.done(manager, { actor, action: 'events.edit', target: 'event:gala', after: { position } })
      return { value: { venue: 'hall', position, missing: undefined }, tags: ['probe'] }
    })
    return value
  }
  const send = (keyed: KeyedRequest, on = one) => on.replays.once(keyed, () => act(keyed, on))
  const done = async () => (await one.audit.page(undefined, 1, 100)).total
  const newest = async () => (await one.database.read(async () => undefined)).position

  it('are done once: whoever asks again gets the same answer, and no change is announced', async () => {
    const keyed = keyedOf(newKey())
    const first = await send(keyed)
    const position = await newest()
    const again = await send(keyed, two)
    expect([first.replayed, again.replayed]).toEqual([false, true])
    expect(JSON.stringify(again.reply)).toBe(JSON.stringify(first.reply))
    expect([await done(), await newest()]).toEqual([1, position])
  })

  it('are answered when the answer was lost after the commit', async () => {
    const keyed = keyedOf(newKey())
    const lost = one.replays.once(keyed, async () => {
      await act(keyed)
      throw new AppError('DATABASE_UNAVAILABLE', 'the writing database server was lost under way')
    })
    await expect(lost).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
    expect(await send(keyed, two)).toMatchObject({ replayed: true, reply: { venue: 'hall' } })
    expect(await done()).toBe(1)
  })

  it('are done by the second attempt when the first one died before the commit, or was refused', async () => {
    const keyed = keyedOf(newKey())
    const refused = act(keyed, one, async () => {
      throw new AppError('STALE_VERSION', 'somebody was first')
    })
    await expect(refused).rejects.toMatchObject({ code: 'STALE_VERSION' })
    expect(await send(keyed, two)).toMatchObject({ replayed: false })
    expect(await done()).toBe(1)
  })

  it('are refused when their key belongs to another request, and another actor has keys of his own', async () => {
    const key = newKey()
    await send(keyedOf(key))
    const other = keyedOf(key, { body: { venue: 'elsewhere' } })
    await expect(send(other, two)).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED', status: 422 })
    expect(await send(keyedOf(key, { actor: 'Ann' }), two)).toMatchObject({ replayed: false })
    expect(await done()).toBe(2)
  })

  it('run once when two data centres are asked at the same time', async () => {
    const keyed = keyedOf(newKey())
    const both = await Promise.all([send(keyed, one), send(keyed, two)])
    expect(both.map(({ replayed }) => replayed).toSorted()).toEqual([false, true])
    expect(JSON.stringify(both[0].reply)).toBe(JSON.stringify(both[1].reply))
    expect(await done()).toBe(1)
  })

  it('run once when the first is in the middle of its transaction', async () => {
    const keyed = keyedOf(newKey())
    const [reached, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const first = one.replays.once(keyed, () =>
      act(keyed, one, async () => {
        reached.resolve()
        await goOn.promise
      }),
    )
    await reached.promise
    await expect(send(keyed, one)).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_IN_USE', status: 409 })
    const second = send(keyed, two)
    goOn.resolve()
    expect((await first).replayed).toBe(false)
    expect((await second).replayed).toBe(true)
    expect(await done()).toBe(1)
  })

  it('are remembered for a day, and the newest of them only', async () => {
    const clock = new VirtualClock()
    const kept = new KeptReplies(one.database, { clock } as unknown as BaseContext)
    const keys: KeyedRequest[] = []
    for (let i = 0; i < 6; i++) {
      const keyed = keyedOf(newKey())
      keys.push(keyed)
      await one.database.onWriter((manager) => kept.keep(manager, keyed, { i }))
      await clock.advance(3_600_000)
    }
    const left = async () => {
      const rows = await one.database.onWriter((manager) => manager.find(KeptReplyEntity, { order: { at: 'ASC' } }))
      return rows.map(({ id }) => keys.findIndex((keyed) => keyed.id === id))
    }
    expect(await kept.trim(100)).toBe(0)
    expect([await kept.trim(1, 4), await left()]).toEqual([1, [1, 2, 3, 4, 5]])
    expect([await kept.trim(100, 4), await left()]).toEqual([1, [2, 3, 4, 5]])
    // The oldest that is left is as old as that two hours later.
    await clock.advance(18 * 3_600_000)
    expect(await kept.trim(100)).toBe(0)
    await clock.advance(3 * 3_600_000)
    expect([await kept.trim(100), await left()]).toEqual([2, [4, 5]])
  })
})
