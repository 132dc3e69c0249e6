import { connectRedis } from '@gala/bus'
import { whenConnected } from '@gala/bus/testing'
import { randomId, systemClock } from '@gala/kernel'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Redis } from 'ioredis'
import { foreign, many, newMessage, type RoomStoreUnderTest, room, until, wholeLog } from './builders.js'
import { roomStoreConformance } from './conformance.js'
import { History } from './histories.js'
import { RedisRoomStore } from './redis-room-store.js'
import { RoomKeys } from './room-keys.js'
import type { StoredBlock } from './room-store.js'

const forms = {
  'one Redis': 'GALA_TEST_REDIS_URL',
  'a Redis behind Sentinels': 'GALA_TEST_REDIS_SENTINEL_URL',
  'a Redis Cluster': 'GALA_TEST_REDIS_CLUSTER_URL',
}
const hourS = 3_600

describe.each(Object.entries(forms))('RedisRoomStore on %s', (_form, variable) => {
  const redisUrl = process.env[variable] ?? ''
  let redis: Redis
  const opened: RedisRoomStore[] = []
  beforeEach(async () => {
    redis = connectRedis(redisUrl, () => {}, 2_000)
    await whenConnected(redis)
  })
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close()
    redis.disconnect()
  })

  const connect = async (keyPrefix: string, dc = 'dc-a') => {
    // What is looked at is what is stored: a machine that is busy elsewhere is to take its time.
    const patience = { commandTimeoutMs: 5_000, onError: () => {} }
    const store = new RedisRoomStore({ redisUrl, keyPrefix, dc, clock: systemClock, ...patience })
    opened.push(store)
    let heard = false
    const stop = store.listen({ direct: () => (heard = true) })
    const { client: _, seq: __, place: ___, ...message } = foreign(1)
    // All connections take some time to open, in a cluster to every node.
    await until(async () => {
      await Promise.all([store.direct({ to: { viewer: 'v' }, message }), store.heads(many(50, (i) => `r-${i}`))]).catch(
        () => {},
      )
      return heard
    })
    stop()
    return store
  }
  const masters = () =>
    'nodes' in redis ? (redis as unknown as { nodes(role: string): Redis[] }).nodes('master') : [redis]
  const keysOf = async (prefix: string) =>
    (await Promise.all(masters().map((master) => master.keys(`${prefix}*`)))).flat()
  const open = async (dc = 'dc-a') => {
    const prefix = `t:${randomId()}:`
    const store = await connect(prefix, dc)
    return { store, prefix, keys: new RoomKeys(prefix), another: () => connect(prefix, dc) }
  }
  const forget = async (prefix: string) => {
    for (const key of await keysOf(prefix)) await redis.del(key)
  }
  // Redis keeps its own time: nothing but letting it pass will do.
  const pass = async (ms: number) => void (await new Promise((resolve) => setTimeout(resolve, ms)))
  /** As after a restart: what lies there was written by a server with another id, and some of it is gone. */
  const fallBack = async (keys: RoomKeys) => {
    await redis.hset(keys.room(room), { run: 'another', checkedMs: 0 })
  }
  const block = (epoch: string, number: number): StoredBlock => ({ epoch, number, place: 1, bytes: Uint8Array.of(7) })

  roomStoreConformance(async (dc) => {
    const { store, prefix, another } = await open(dc)
    return { store, another, forget: () => forget(prefix), pass }
  })

  it('keeps the lanes as sorted sets by place, all that is of a room in one slot, and nothing for ever', async () => {
    const { store, prefix } = await open()
    for (const [i, type] of (['chat', 'gift', 'notify', 'control'] as const).entries())
      await store.accept(room, newMessage(i, type))
    await store.takeOver(room, 'dc-b', [foreign(1)])
    const lease = await store.lease(room, 'one', 60_000)
    await store.putBlock(room, lease?.token ?? 0, block(lease?.epoch ?? '', 1))
    const { client: _, seq: __, place: ___, ...message } = foreign(9)
    await store.hold(room, { message, words: [], dc: 'dc-a', client: 'c', seq: 9 })
    await store.touch([room], systemClock.nowMs())
    const keys = await keysOf(prefix)
    const own = keys.filter((key) => key !== `${prefix}live:rooms`)
    const names = ['chat', 'gift', 'held', 'lease', 'marks', 'notify', 'pk', 'ring', 'room', 'seen-a', 'taken']
    expect(own.sort()).toEqual(names.map((name) => `${prefix}live:{${room}}:${name}`))
    for (const [i, lane] of ['chat', 'gift', 'notify', 'pk'].entries())
      expect(await redis.zcount(`${prefix}live:{${room}}:${lane}`, i + 1, i + 1)).toBe(1)
    for (const key of keys) {
      const ttlS = await redis.ttl(key)
      expect([key, ttlS > 0 && ttlS <= 25 * hourS]).toEqual([key, true])
    }
  })

  it('gives out no number again when the store comes back older than it was, and keeps what is still there', async () => {
    const { store, keys } = await open()
    const lease = await store.lease(room, 'one', 60_000)
    await store.accept(room, newMessage(1, 'gift'))
    expect(await store.putBlock(room, lease?.token ?? 0, block(lease?.epoch ?? '', 1))).toBe(true)
    const lost = await store.accept(room, newMessage(2, 'gift'))
    await redis.zremrangebyrank(keys.lane(room, 'gift'), 1, 1)
    await redis.hset(keys.room(room), { place: 1 })
    await redis.del(keys.base(room)[5] ?? '')
    await fallBack(keys)
    // The holder cannot know, and is told by being refused once.
    expect(await store.putBlock(room, lease?.token ?? 0, block(lease?.epoch ?? '', 2))).toBe(false)
    const again = await store.lease(room, 'one', 60_000)
    expect(again).toMatchObject({ token: lease?.token, epoch: lease?.epoch, place: 1 })
    expect(again?.number).toBeGreaterThan(1_000)
    const { id, repeated } = await store.accept(room, newMessage(2, 'gift'))
    expect([repeated, id === lost.id]).toEqual([false, false])
    expect((await wholeLog(store)).map(({ message }) => message.seq)).toEqual([1, 2])
    expect(await store.putBlock(room, again?.token ?? 0, block(lease?.epoch ?? '', (again?.number ?? 0) + 1))).toBe(
      true,
    )
    expect(await store.blocks(room, 0, 10)).toHaveLength(2)
  })

  it('begins anew before the numbers it leaves out become too large for a block', async () => {
    const { store, keys } = await open()
    await store.accept(room, newMessage(1))
    const { epoch } = await store.after(room, 0, 1)
    const heads = []
    for (let i = 0; i < 21; i++) {
      await fallBack(keys)
      await store.accept(room, newMessage(2 + i))
      const { epoch: now, head } = await store.after(room, 0, 1_000)
      heads.push([now === epoch, head])
    }
    expect(heads[19]).toEqual([true, 20 * 100_000_000 + 21])
    expect(heads[20]).toEqual([false, 1])
    expect(20 * 100_000_000).toBeLessThan(2 ** 32)
  })

  it('listens again after its connection was cut, says so, and has what was followed meanwhile', async () => {
    const { store, another } = await open()
    const other = await another()
    const heard: number[] = []
    let missed = 0
    other.listen({ block: (_room, { number }) => void heard.push(number), missed: () => void missed++ })
    await other.follow(room)
    const lease = await store.lease(room, 'one', 60_000)
    const put = (number: number) => store.putBlock(room, lease?.token ?? 0, block(lease?.epoch ?? '', number))
    await put(1)
    await until(() => heard.length === 1)
    for (const master of masters()) await master.call('CLIENT', 'KILL', 'TYPE', 'PUBSUB')
    await other.follow('nova-launch')
    await until(() => missed > 0)
    await put(2)
    await until(() => heard.length === 2)
    const next = await store.lease('nova-launch', 'one', 60_000)
    await store.putBlock('nova-launch', next?.token ?? 0, block(next?.epoch ?? '', 1))
    await until(() => heard.length === 3)
    expect(heard).toEqual([1, 2, 1])
  })

  it('tells of what is accepted once in a while, and whoever reads on as it says has everything', async () => {
    const { store, another } = await open()
    const other = await another()
    let told = 0
    other.listen({ accepted: () => void told++ })
    const got: number[] = []
    const reading = (async () => {
      for (let at = '0'; got.length < 400; ) {
        const some = await other.log(at, 100, 5_000)
        got.push(...some.map(({ message }) => message.seq))
        at = some.at(-1)?.at ?? at
      }
    })()
    for (let i = 0; i < 400; i++) await store.accept(room, newMessage(i))
    await reading
    expect(got).toEqual(many(400, (i) => i))
    expect(told).toBeGreaterThan(0)
    expect(told).toBeLessThan(400)
  })

  it('reads on past what it cannot understand, and tells of it', async () => {
    const { keys, prefix } = await open()
    const errors: string[] = []
    const onError = (error: unknown) => void errors.push(String(error))
    const store = new RedisRoomStore({ redisUrl, keyPrefix: prefix, dc: 'dc-a', clock: systemClock, onError })
    opened.push(store)
    await until(() =>
      store.accept(room, newMessage(1)).then(
        () => true,
        () => false,
      ),
    )
    errors.length = 0
    await redis.zadd(keys.lane(room, 'chat'), 0, 'rubbish')
    const later = await store.nextId(room)
    await redis.zadd(keys.lane(room, 'chat'), 2, `{"id":"${later}","place":2,"type":"of a later release"}`)
    await redis.zadd(keys.ring(room), 1, 'short')
    await store.accept(room, newMessage(3, 'gift'))
    await store.accept(room, newMessage(4))
    const { head, messages } = await store.after(room, 0, 2)
    expect([head, messages.map(({ seq }) => seq)]).toEqual([2, [1]])
    expect((await store.after(room, head, 2)).messages.map(({ seq }) => seq)).toEqual([3, 4])
    const logged = await store.log('0', 2, 0)
    expect(logged.map(({ message }) => message.seq)).toEqual([1])
    expect((await wholeLog(store, logged[0]?.at)).map(({ message }) => message.seq)).toEqual([3, 4])
    expect(await store.blocks(room, 0, 10)).toEqual([])
    expect(errors.length).toBeGreaterThan(2)
  })

  it.each([1, 2, 3])('keeps two data centres together in history %i of the seeded ones', async (seed) => {
    const sides = async (dc: string) => {
      const { store, prefix, another } = await open(dc)
      return { store, another, forget: () => forget(prefix), pass }
    }
    const history = await played(seed, sides)
    expect([history.broken, history.accepted > 20, history.blocks > 3]).toEqual([[], true, true])
  })

  it('fails at once while Redis is away', async () => {
    const { store } = await open()
    await store.close()
    await expect(store.accept(room, newMessage(1))).rejects.toThrow()
    await expect(store.lease(room, 'one', 100)).rejects.toThrow()
    await store.follow(room)
  })
})

/** A history that ends with a connection of ours says nothing of what is stored: then another one is played. */
async function played(seed: number, sides: (dc: string) => Promise<RoomStoreUnderTest>): Promise<History> {
  for (let more = 0; ; more += 100) {
    const history = new History(seed + more, sides)
    try {
      await history.play(150)
      return history
    } catch (error) {
      if (more === 300 || !/isn't ready|Connection is closed/.test(String(error))) throw error
    }
  }
}
