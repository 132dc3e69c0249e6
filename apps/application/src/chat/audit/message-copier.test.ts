import { VirtualClock } from '@gala/kernel/testing'
import { MemoryRoomStore } from '@gala/rooms/testing'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { message } from '../pump/pump-rig.js'
import { type CopiedUpTo, MessageCopier } from './message-copier.js'

const room = 'spring-gala'

describe('copying what is said for the audit', () => {
  let clock: VirtualClock
  let own: MemoryRoomStore
  let running: MessageCopier[]
  let copied: string[]
  let upTo: Map<string, CopiedUpTo>
  let full: boolean
  let failures: number
  beforeEach(() => {
    clock = new VirtualClock()
    own = new MemoryRoomStore({ dc: 'dc-a', clock })
    running = []
    copied = []
    upTo = new Map()
    full = false
    failures = 0
  })
  afterEach(async () => {
    const stopped = Promise.all(running.map((each) => each.stop()))
    await clock.advance(10_000)
    await stopped
  })
  const begin = (holder: string, store = own.another()) => {
    const copier = new MessageCopier({
      own: store,
      clock,
      holder,
      copy: async (messages) => {
        if (full) throw new Error('full')
        copied.push(...messages.map((each) => each.message.text))
      },
      copiedUpTo: async (of) => upTo.get(of),
      keepUpTo: async (of, at) => void upTo.set(of, at),
      failed: () => failures++,
    })
    running.push(copier)
    return copier
  }
  const say = (text: string, at = room) => own.accept(at, message('chat', clock.nowMs(), { text }))
  const texts = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `${from + i}`)
  const sayAll = async (from: number, to: number) => {
    for (const text of texts(from, to)) {
      await say(text)
      await clock.advance(10)
    }
  }

  it('copies each message of this data centre once, in order', async () => {
    begin('a')
    await sayAll(0, 50)
    const foreign = new MemoryRoomStore({ dc: 'dc-b', clock })
    await foreign.accept(room, message('chat', clock.nowMs(), { text: 'from there' }))
    await own.takeOver(
      room,
      'dc-b',
      (await foreign.log('0', 10, 0)).map((each) => each.message),
    )
    await clock.advance(2_000)
    expect(copied).toEqual(texts(0, 50))
  })

  it('goes on in another process where the one before has ended', async () => {
    const first = begin('a')
    await sayAll(0, 20)
    await clock.advance(2_000)
    const stopped = first.stop()
    await clock.advance(2_000)
    await stopped
    await sayAll(20, 30)
    begin('b')
    await clock.advance(5_000)
    expect(copied).toEqual(texts(0, 30))
  })

  it('is done by one process at a time', async () => {
    begin('a')
    begin('b')
    await sayAll(0, 20)
    await clock.advance(5_000)
    expect(copied).toEqual(texts(0, 20))
  })

  it('gathers what is said here and there, and asks for the lease no more often than it has to', async () => {
    const store = own.another()
    const [lease, log] = [jest.spyOn(store, 'lease'), jest.spyOn(store, 'log')]
    begin('a', store)
    await clock.advance(2_000)
    const before = { leases: lease.mock.calls.length, reads: log.mock.calls.length }
    await sayAll(0, 300)
    await clock.advance(1_000)
    expect(copied).toEqual(texts(0, 300))
    expect(log.mock.calls.length - before.reads).toBeLessThanOrEqual(16)
    expect(lease.mock.calls.length - before.leases).toBeLessThanOrEqual(5)
  })

  it('does not wait in a flood', async () => {
    begin('a')
    await clock.advance(2_000)
    for (const text of texts(0, 1_000)) await say(text)
    await clock.advance(400)
    expect(copied).toEqual(texts(0, 1_000))
  })

  it('waits while there is no room, and loses nothing by that', async () => {
    begin('a')
    await sayAll(0, 5)
    await clock.advance(2_000)
    full = true
    await sayAll(5, 10)
    await clock.advance(10_000)
    expect([copied, failures > 0]).toEqual([texts(0, 5), true])
    full = false
    await clock.advance(10_000)
    expect(copied).toEqual(texts(0, 10))
  })
})
