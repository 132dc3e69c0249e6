import { VirtualClock } from '@gala/kernel/testing'
import { MemoryRoomStore } from '@gala/rooms/testing'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { room, viewers } from './pump-rig.js'
import { changed, RoomView } from './room-view.js'

describe('who is in a room', () => {
  let clock: VirtualClock
  let own: MemoryRoomStore
  let peer: MemoryRoomStore
  let view: RoomView
  let failures: number
  let facts: () => Promise<{ likes?: number }>
  const look = async () => {
    await view.look()
    await clock.advance(0)
  }
  beforeEach(() => {
    clock = new VirtualClock()
    own = new MemoryRoomStore({ dc: 'dc-a', clock })
    peer = new MemoryRoomStore({ dc: 'dc-b', clock })
    failures = 0
    facts = async () => ({ likes: 7 })
    const parts = {
      own,
      peers: new Map([['dc-b', peer]]),
      facts: { of: () => facts() },
      clock,
      failed: () => failures++,
    }
    view = new RoomView(parts, room)
  })

  it('is not said before anybody has looked', () => {
    expect(view.state).toEqual({})
  })

  it('are those here for the cap, and those of all data centres for the count', async () => {
    await own.report(room, { ...viewers(100, clock.nowMs()), streams: 10, polls: 2 })
    await own.report(room, { ...viewers(50, clock.nowMs()), instance: 'access-2' })
    await own.report(room, { ...viewers(0, clock.nowMs()), instance: 'access-3' })
    await peer.report(room, viewers(40, clock.nowMs()))
    await look()
    expect([view.viewers, view.processes]).toEqual([166, 2])
    expect(view.state).toEqual({ likes: 7, online: 206 })
  })

  it('of a data centre that cannot be asked are remembered for half a minute', async () => {
    await peer.report(room, viewers(40, clock.nowMs()))
    await look()
    peer.failing = true
    await clock.advance(29_000)
    await look()
    expect(view.state.online).toBe(40)
    await clock.advance(2_000)
    await look()
    expect(view.state.online).toBe(0)
    expect(failures).toBe(2)
  })

  it('do not wait for a data centre that never answers, and it is not asked twice at once', async () => {
    let asked = 0
    peer.reports = () => {
      asked++
      return new Promise<never>(() => {})
    }
    await look()
    await look()
    expect(asked).toBe(1)
    expect(view.state).toEqual({ likes: 7, online: 0 })
  })

  it('stay as they were while nobody here can be asked, and so does what is known of the room', async () => {
    await own.report(room, viewers(100, clock.nowMs()))
    await look()
    own.failing = true
    facts = () => Promise.reject(new Error('nobody knows'))
    await look()
    expect([view.viewers, view.state]).toEqual([100, { likes: 7, online: 100 }])
  })
})

describe('what of a state has changed', () => {
  it('are the values that are others, and not those that are no longer known', () => {
    expect(changed({ likes: 2, level: 1, chat: true }, { likes: 1, level: 1, slowS: 4 })).toEqual({
      likes: 2,
      chat: true,
    })
    expect(changed({ chat: false, online: 0 }, {})).toEqual({ chat: false, online: 0 })
  })
})
