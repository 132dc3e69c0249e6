import { opsRoutes } from '@gala/contracts'
import { systemClock } from '@gala/kernel'
import { until } from '@gala/platform'
import { RedisRoomStore } from '@gala/rooms'
import { type CallOptions, createOpsClient, type OpsClient } from '@gala/sdk'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { auditOf, connectRig, get, ownEvent, type Rig } from './rig.js'

let made = 0

describe('an operators’ write that is sent again', () => {
  let rig: Rig
  let event: string
  beforeAll(async () => {
    rig = await connectRig()
    event = await ownEvent(rig, 'retry', 'preheat')
  })

  const keyed = () => ({ idempotencyKey: `retry-${process.pid}-${made++}` })
  const audited = (target: string) => auditOf(rig, target, 100)
  const saveOf = async (venue: string) => {
    const { data } = await rig.operator.a.events.detail({ params: { id: event } })
    return { params: { id: event }, body: { venue, expectedVersion: data.version } }
  }

  it('gets the very same answer from the base of the other data centre, and nothing happens twice', async () => {
    const save = await saveOf('the hall')
    const options = keyed()
    const first = await rig.operator.a.events.save(save, options)
    const again = await rig.operator.b.events.save(save, options)
    expect([first.meta.replayed, again.meta.replayed]).toEqual([false, true])
    expect(again.data).toEqual(first.data)
    expect(first.data.version).toBe(save.body.expectedVersion + 1)
    const done = async () =>
      (await audited(`event:${event}`)).filter(
        ({ after }) => (after as { venue?: string } | null)?.venue === 'the hall',
      )
    await until(async () => (await done()).length > 0, 'the edit is not in the audit', 10_000)
    expect((await done()).map(({ outcome }) => outcome)).toEqual(['done'])
  })

  it('is refused with the key of another request, and with one that is none; a refusal is not kept', async () => {
    const options = keyed()
    await rig.operator.a.events.save(await saveOf('one'), options)
    const other = rig.operator.b.events.save(await saveOf('two'), options)
    await expect(other).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED', status: 422, retryable: false })
    const wrong = rig.operator.a.events.save(await saveOf('two'), { idempotencyKey: 'too short' })
    await expect(wrong).rejects.toMatchObject({ status: 400, errors: [{ path: 'headers.idempotency-key' }] })
    // The same key may do it once what stood in the way is gone.
    const save = await saveOf('three')
    const stale = { ...save, body: { ...save.body, expectedVersion: save.body.expectedVersion + 1 } }
    const later = keyed()
    await expect(rig.operator.a.events.save(stale, later)).rejects.toMatchObject({ code: 'STALE_VERSION' })
    await rig.operator.a.events.save(save, keyed())
    expect((await rig.operator.b.events.save(stale, later)).meta.replayed).toBe(false)
  })

  it('runs once when it is sent to both data centres at the same time', async () => {
    const save = await saveOf('both')
    const options = keyed()
    const both = await Promise.all([rig.operator.a, rig.operator.b].map((ops) => ops.events.save(save, options)))
    expect(both.map(({ meta }) => meta.replayed).toSorted()).toEqual([false, true])
    expect(both[0]?.data).toEqual(both[1]?.data)
  })

  it('is answered after the process that did it has been killed', async () => {
    const save = await saveOf('killed')
    const options = keyed()
    const { data } = await rig.operator.a.events.save(save, options)
    await rig.platform.part('kill', 'dc-a.base-1')
    try {
      const again = await rig.operator.b.events.save(save, options)
      expect([again.data, again.meta.replayed]).toEqual([data, true])
    } finally {
      await rig.platform.healed()
    }
  })

  it('is the same on every route that writes, also with the key in quotes', async () => {
    const reason = 'sent twice'
    const [board, rules, centres] = await Promise.all([
      rig.operator.a.switches.list({}),
      rig.operator.a.rules.list({}),
      rig.operator.a.datacentres.board({}),
    ])
    const of = board.data.switches.find(({ key }) => key === 'stats')
    const rule = rules.data.items[0]
    const weight = centres.data.items.find(({ id }) => id === rig.a.id)?.weight
    if (!of || !rule || !weight) throw new Error('the platform is not whole')
    const writes: Record<string, (ops: OpsClient, options: CallOptions) => Promise<unknown>> = {
      'ops.events.save': async (ops, options) => read(await ops.events.save(save, options)),
      'ops.programmes.save': async (ops, options) =>
        read(await ops.programmes.save({ params: { id: event }, body: { items: [], expectedVersion: 0 } }, options)),
      'ops.cache.invalidate': async (ops, options) =>
        read(await ops.cache.invalidate({ body: { tag: `event:${event}`, reason } }, options)),
      'ops.breakers.order': async (ops, options) =>
        read(await ops.breakers.order({ params: { name: 'application' }, body: { mode: 'auto', reason } }, options)),
      'ops.pools.move': async (ops, options) =>
        read(await ops.pools.move({ params: { id: event }, body: { pool: 'application', reason } }, options)),
      'ops.switches.order': async (ops, options) => {
        const body = { state: 'auto' as const, reason, expectedRev: of.rev }
        return read(await ops.switches.order({ params: { key: 'stats' }, body }, options))
      },
      'ops.switches.level': async (ops, options) =>
        read(await ops.switches.level({ body: { level: 0, reason, expectedRev: board.data.level.rev } }, options)),
      'ops.rules.set': async (ops, options) => {
        const body = { mode: rule.mode, reason, expectedRev: rule.rev }
        return read(await ops.rules.set({ params: { id: rule.id }, body }, options))
      },
      'ops.traces.force': async (ops, options) => read(await ops.traces.force({ body: { forS: 10, reason } }, options)),
      'ops.datacentres.weigh': async (ops, options) => {
        const body = { percent: 100, reason, expectedRev: weight.rev }
        return read(await ops.datacentres.weigh({ params: { dc: rig.a.id }, body }, options))
      },
    }
    const [hourly, once] = [`retry-hourly-${process.pid}`, `retry-once-${process.pid}`]
    const never = '2099-01-01T00:00:00.000Z'
    const job = { title: 'sent twice', handler: 'mark', reason, expectedVersion: 0 }
    const schedule = { kind: 'interval' as const, everyMs: 3_600_000 }
    await rig.operator.a.jobs.save({ params: { id: hourly }, body: { ...job, schedule } })
    await rig.operator.a.jobs.save({ params: { id: once }, body: { ...job, schedule: { kind: 'once', at: never } } })
    const later = { key: 'later', title: 'later', at: 'END+30m', handler: 'mark' }
    const step = { ...later, params: {}, irreversible: false, onFailure: 'go-on' as const }
    const params = { id: hourly }
    // In this order: each names the version the one before it has left.
    Object.assign(writes, {
      'ops.jobs.save': async (ops, options) =>
        read(await ops.jobs.save({ params, body: { title: 'once more', reason, expectedVersion: 1 } }, options)),
      'ops.jobs.pause': async (ops, options) =>
        read(await ops.jobs.pause({ params, body: { paused: true, reason, expectedVersion: 2 } }, options)),
      'ops.jobs.run': async (ops, options) => read(await ops.jobs.run({ params, body: { reason } }, options)),
      'ops.jobs.backfill': async (ops, options) => {
        const body = { from: '2026-01-01T00:30:00.000Z', to: '2026-01-01T02:30:00.000Z', reason }
        return read(await ops.jobs.backfill({ params, body }, options))
      },
      'ops.jobs.act': async (ops, options) => {
        const body = { at: never, shard: 0, act: 'skip' as const, reason }
        return read(await ops.jobs.act({ params: { id: once }, body }, options))
      },
      'ops.timeline.save': async (ops, options) => {
        const body = { steps: [step], dryRun: false, reason, expectedVersion: 0 }
        return read(await ops.timeline.save({ params: { id: event }, body }, options))
      },
      'ops.timeline.hold': async (ops, options) =>
        read(
          await ops.timeline.hold({ params: { id: event }, body: { held: true, reason, expectedVersion: 1 } }, options),
        ),
      'ops.timeline.step': async (ops, options) => {
        const body = { act: 'skip' as const, reason, expectedVersion: 2 }
        return read(await ops.timeline.step({ params: { id: event, step: 'later' }, body }, options))
      },
    } satisfies typeof writes)
    Object.assign(writes, await writesOfRooms())
    const token = await rig.platform.token('admin')
    const admin = ({ base }: typeof rig.a) => createOpsClient({ baseUrl: base[0] ?? '', token })
    const save = await saveOf('everywhere')
    // A proposal is an order of somebody else: it passes where these do, and its own tests are elsewhere.
    const known = opsRoutes.filter((route) => route.keyed && route.name !== 'ops.switches.confirm')
    expect(known.map(({ name }) => name).toSorted()).toEqual(Object.keys(writes).toSorted())
    for (const [name, write] of Object.entries(writes)) {
      const { idempotencyKey } = keyed()
      const { a, b } = known.some((of) => of.name === name && of.role === 'admin')
        ? { a: admin(rig.a), b: admin(rig.b) }
        : rig.operator
      const first = await write(a, { idempotencyKey })
      const again = await write(b, { idempotencyKey: `"${idempotencyKey}"` })
      expect([name, first]).toEqual([name, expect.objectContaining({ replayed: false })])
      expect([name, again]).toEqual([name, { ...(first as object), replayed: true }])
    }
  })

  /** Of a room in which a message waits for an operator. */
  async function writesOfRooms() {
    const reason = 'sent twice'
    const message = await heldMessage(rig, event)
    const gifts = (await rig.operator.a.rooms.gifts({})).data
    const params = { room: event }
    const writes: Record<string, (ops: OpsClient, options: CallOptions) => Promise<unknown>> = {
      'ops.rooms.save': async (ops, options) =>
        read(await ops.rooms.save({ params, body: { slowS: 5, expectedVersion: 0, reason } }, options)),
      'ops.rooms.mute': async (ops, options) => {
        const body = { seconds: 60, reason }
        return read(await ops.rooms.mute({ params: { ...params, viewer: 'guest-1' }, body }, options))
      },
      'ops.rooms.retract': async (ops, options) =>
        read(await ops.rooms.retract({ params: { ...params, message }, body: { reason } }, options)),
      'ops.rooms.announce': async (ops, options) => {
        const to = { kind: 'viewer' as const, viewer: 'guest-1' }
        return read(await ops.rooms.announce({ body: { to, text: 'hello', reason } }, options))
      },
      'ops.rooms.decide': async (ops, options) => {
        const body = { decision: 'show' as const, reason }
        return read(await ops.rooms.decide({ params: { ...params, message }, body }, options))
      },
      'ops.rooms.saveWords': async (ops, options) => {
        const body = { title: 'twice', act: 'mask' as const, words: ['twice'], expectedVersion: 0, reason }
        return read(await ops.rooms.saveWords({ params: { list: `retry-${process.pid}` }, body }, options))
      },
      'ops.rooms.saveGifts': async (ops, options) => {
        const body = { items: gifts.items, expectedVersion: gifts.version, reason }
        return read(await ops.rooms.saveGifts({ body }, options))
      },
    }
    return writes
  }

  it('says in a header that it was done before', async () => {
    const authorization = `Bearer ${await rig.platform.token('operator')}`
    const { body } = await saveOf('plain')
    const put = (base = '') =>
      get(`${base}/ops/v1/events/${event}`, {
        method: 'PUT',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', 'idempotency-key': 'plain-request-1', authorization },
      })
    const [first, again] = [await put(rig.a.base[0]), await put(rig.b.base[0])]
    expect([first.headers.get('idempotency-replayed'), again.headers.get('idempotency-replayed')]).toEqual([
      null,
      'true',
    ])
    expect([again.status, again.body]).toEqual([first.status, first.body])
  })
})

/** The id of a message that waits in a room of the first data centre. */
async function heldMessage({ a }: Rig, room: string): Promise<string> {
  const { id: dc, redis: redisUrl } = a
  const store = new RedisRoomStore({ redisUrl, keyPrefix: 'gala:', dc, clock: systemClock, onError: () => {} })
  try {
    await until(() => store.newest(room, 1).then(Boolean, () => false), 'the rooms cannot be reached', 10_000)
    const id = await store.nextId(room)
    const from = { id: 'guest-1', name: 'Guest', avatar: '' }
    const said = { id, type: 'chat' as const, priority: 2, from, text: 'held', at: Date.now(), underWayMs: 0, ttlS: 0 }
    await store.hold(room, { message: said, words: ['held'], dc, client: 'guest-1/retry', seq: 1 })
    return id
  } finally {
    await store.close()
  }
}

const read = ({ data, meta }: { data: object; meta: { replayed: boolean } }) => ({
  data,
  replayed: meta.replayed,
})
