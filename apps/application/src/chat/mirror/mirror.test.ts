import { VirtualClock } from '@gala/kernel/testing'
import { MemoryRoomStore } from '@gala/rooms/testing'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { message } from '../pump/pump-rig.js'
import { Mirror } from './mirror.js'

const room = 'spring-gala'

describe('mirroring what another data centre accepts', () => {
  let clock: VirtualClock
  let own: MemoryRoomStore
  let peer: MemoryRoomStore
  let running: Mirror[]
  let failures: number
  let took: number
  const mirror = (holder: string, line = peer.another(), to = own.another()) => {
    const parts = { own: to, peer: line, clock, holder, chance: () => 0.5, failed: () => failures++ }
    const begun = new Mirror({ ...parts, took: (_, count) => (took += count) })
    running.push(begun)
    return begun
  }
  const say = (text: string, at = room) => peer.accept(at, message('chat', clock.nowMs(), { text }))
  const give = (text: string, at = room) => peer.accept(at, message('gift', clock.nowMs(), { text }))
  const textsHere = async (at = room) => {
    const texts: string[] = []
    let place = 0
    for (;;) {
      const { head, messages } = await own.after(at, place, 5_000)
      if (head === place) return texts
      texts.push(...messages.map(({ text }) => text))
      place = head
    }
  }
  beforeEach(() => {
    clock = new VirtualClock()
    own = new MemoryRoomStore({ dc: 'dc-a', clock })
    peer = new MemoryRoomStore({ dc: 'dc-b', clock })
    running = []
    failures = 0
    took = 0
  })
  afterEach(async () => {
    const stopped = Promise.all(running.map((each) => each.stop()))
    await clock.advance(10_000)
    await stopped
  })

  it('brings everything over within moments, each once and in order, with the ids it has', async () => {
    mirror('a')
    await clock.advance(100)
    for (let i = 0; i < 30; i++) {
      await say(`${i}`)
      await give(`${i} elsewhere`, 'autumn-gala')
      await clock.advance(7)
    }
    await clock.advance(200)
    expect(await textsHere()).toEqual(Array.from({ length: 30 }, (_, i) => `${i}`))
    expect(await textsHere('autumn-gala')).toHaveLength(30)
    expect((await own.newest(room, 1))[0]?.id).toMatch(/^dc-b\./)
    expect(took).toBe(60)
  })

  it('does not bring back what came from here', async () => {
    mirror('a')
    running.push(
      new Mirror({
        own: peer,
        peer: own.another(),
        clock,
        holder: 'b',
        chance: () => 0.5,
        failed: () => {},
        took: () => {},
      }),
    )
    await own.accept(room, message('chat', clock.nowMs(), { text: 'from here' }))
    await say('from there')
    await clock.advance(5_000)
    expect((await textsHere()).toSorted()).toEqual(['from here', 'from there'])
  })

  it('is done by one process, and by another one when that dies', async () => {
    const line = peer.another()
    const dying = own.another()
    const first = mirror('a', line, dying)
    await clock.advance(100)
    const second = mirror('b')
    await clock.advance(2_000)
    expect([first.lagMs, second.lagMs]).toEqual([0, undefined])
    await give('1')
    await clock.advance(100)
    line.failing = true
    dying.failing = true
    await give('2')
    await clock.advance(4_500)
    expect(second.lagMs).toBeDefined()
    expect(await textsHere()).toEqual(['1', '2'])
  })

  it('lets another process try when it cannot reach the other data centre itself', async () => {
    const cut = peer.another()
    mirror('a', cut)
    await clock.advance(100)
    mirror('b')
    cut.failing = true
    await give('1')
    await clock.advance(6_000)
    expect(await textsHere()).toEqual(['1'])
  })

  it('takes over everything in order when a cut link is whole again, and says how long it was cut', async () => {
    const line = peer.another()
    const cut = mirror('a', line)
    await clock.advance(100)
    await give('before')
    await clock.advance(100)
    line.failing = true
    for (let i = 0; i < 300; i++) {
      await (i % 10 ? say(`${i}`) : give(`${i}`))
      await clock.advance(100)
    }
    expect(cut.lagMs).toBeGreaterThan(25_000)
    expect(failures).toBeLessThan(40)
    line.failing = false
    await clock.advance(6_000)
    expect(await textsHere()).toEqual(['before', ...Array.from({ length: 300 }, (_, i) => `${i}`)])
    await say('after')
    await clock.advance(2_000)
    expect(cut.lagMs).toBeLessThan(1_000)
  })

  it('still brings every gift when chat has pushed chat out meanwhile', async () => {
    const line = peer.another()
    mirror('a', line)
    await clock.advance(100)
    line.failing = true
    for (let i = 0; i < 6_000; i++) await (i % 20 ? say(`${i}`) : give(`${i}`))
    line.failing = false
    await clock.advance(10_000)
    const texts = await textsHere()
    const gifts = Array.from({ length: 300 }, (_, i) => `${i * 20}`)
    expect(texts.filter((text) => Number(text) % 20 === 0)).toEqual(gifts)
    expect(texts).toEqual(texts.toSorted((a, b) => Number(a) - Number(b)))
  })

  it('goes on with the new epoch of a data centre that has lost everything', async () => {
    mirror('a')
    await give('old')
    await clock.advance(2_000)
    peer.forget()
    await give('new 1')
    await clock.advance(2_000)
    await give('new 2')
    await clock.advance(2_000)
    expect(await textsHere()).toEqual(['old', 'new 1', 'new 2'])
  })

  it('brings everything again that is still kept when it was lost here', async () => {
    mirror('a')
    await give('1')
    await clock.advance(2_000)
    own.forget()
    await give('2')
    await clock.advance(4_000)
    expect(await textsHere()).toEqual(['1', '2'])
  })

  it('repeats a page of which a part could not be taken over, without doubles', async () => {
    const to = own.another()
    const takeOver = to.takeOver.bind(to)
    let calls = 0
    to.takeOver = async (...given) => {
      const taken = await takeOver(...given)
      if (++calls % 3 === 0) throw new Error('the answer is lost')
      return taken
    }
    mirror('a', peer.another(), to)
    for (let i = 0; i < 60; i++) {
      await give(`${i}`)
      await give(`${i}`, 'autumn-gala')
      await clock.advance(50)
    }
    await clock.advance(5_000)
    const all = Array.from({ length: 60 }, (_, i) => `${i}`)
    expect(await textsHere()).toEqual(all)
    expect(await textsHere('autumn-gala')).toEqual(all)
  })

  it('gives its place up at once when it is stopped', async () => {
    const first = mirror('a')
    await clock.advance(100)
    const stopped = first.stop()
    await clock.advance(1_100)
    await stopped
    expect(await own.lease('@mirror:dc-b', 'somebody else', 1_000)).toBeDefined()
  })
})
