import { messageTypes } from '@gala/contracts'
import { systemClock as clock, randomId } from '@gala/kernel'
import { RedisRoomStore } from '@gala/rooms'
import { afterEach, describe, expect, it } from '@jest/globals'
import { Mirror } from './mirror/mirror.js'
import { Fleet } from './pump/fleet.js'
import { blocksOf, droppedOf, message, PumpProcess, room } from './pump/pump-rig.js'
import { roomsMax, Sharing } from './pump/sharing.js'

const redisUrl = process.env['GALA_TEST_REDIS_URL'] ?? ''

describe('pumps and mirrors on Redis', () => {
  const stores: RedisRoomStore[] = []
  const run = `t:${randomId()}:`
  const open = (dc: string) => {
    const store = new RedisRoomStore({ redisUrl, keyPrefix: `${run}${dc}:`, dc, clock, onError: () => {} })
    stores.push(store)
    return store
  }
  const start = (dc: string, peer: string, instance: string) => {
    const own = open(dc)
    const process = new PumpProcess(own, clock, instance, Math.random)
    const sharing = new Sharing(Object.assign(process, { fleet: new Fleet(own, clock, instance, roomsMax) }))
    const parts = { own, peer: open(peer), clock, holder: instance, chance: Math.random }
    const mirror = new Mirror({ ...parts, failed: () => {}, took: () => {} })
    const stop = () => Promise.all([sharing.stop(), mirror.stop()])
    return { own, sharing, stop }
  }
  const until = async (holds: () => Promise<boolean>) => {
    while (!(await holds())) await clock.sleep(20)
  }
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()))
  })

  it('show or count everything once in both data centres, although one of the processes is gone in the middle of it', async () => {
    const processes = [
      start('dc-a', 'dc-b', 'a-1'),
      start('dc-a', 'dc-b', 'a-2'),
      start('dc-b', 'dc-a', 'b-1'),
      start('dc-b', 'dc-a', 'b-2'),
    ]
    const [storeA, storeB] = [open('dc-a'), open('dc-b')]
    const answers = (store: RedisRoomStore) =>
      store.active(0).then(
        () => true,
        () => false,
      )
    await until(async () => (await answers(storeA)) && (await answers(storeB)))
    const accepted = { chat: 0, gift: 0, notify: 0, control: 0 }
    const say = async () => {
      for (const store of [storeA, storeB])
        for (const type of messageTypes) {
          await store.accept(room, message(type, clock.nowMs()))
          accepted[type]++
        }
    }
    for (let i = 0; i < 40; i++) await say()
    await until(async () => processes.some(({ sharing }) => sharing.held > 0))
    const victim = processes.find(({ sharing }) => sharing.held > 0)
    // Its connection is gone: it can keep nothing and give nothing back.
    await victim?.own.close()
    for (let i = 0; i < 40; i++) await say()
    for (const store of [storeA, storeB]) {
      const told = async () => {
        const blocks = await blocksOf(store)
        const shown = blocks.flatMap(({ messages }) => messages)
        const count = (type: string) => shown.filter((each) => each.type === type).length
        const dropped = droppedOf(blocks)
        return {
          chat: count('chat') + dropped.chat,
          gift: count('gift'),
          notify: count('notify') + dropped.notify,
          control: count('control'),
          once: new Set(shown.map(({ id }) => id)).size === shown.length,
        }
      }
      await until(async () => (await told()).gift >= accepted.gift && (await told()).chat >= accepted.chat)
      expect(await told()).toEqual({ ...accepted, once: true })
    }
    const others = processes.filter((each) => each !== victim)
    await Promise.all(others.map(({ stop }) => stop()))
    void victim?.stop()
  })
})
