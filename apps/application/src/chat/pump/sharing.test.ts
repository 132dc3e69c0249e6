import { VirtualClock } from '@gala/kernel/testing'
import { MemoryRoomStore } from '@gala/rooms/testing'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Fleet } from './fleet.js'
import { message, PumpProcess } from './pump-rig.js'
import { roomsMax, Sharing } from './sharing.js'

describe('sharing rooms among the processes of a data centre', () => {
  let clock: VirtualClock
  let store: MemoryRoomStore
  const started = new Map<string, { sharing: Sharing; line: MemoryRoomStore; process: PumpProcess }>()
  const start = (instance: string) => {
    const line = store.another()
    const process = new PumpProcess(line, clock, instance)
    const fleet = new Fleet(line, clock, instance, roomsMax)
    started.set(instance, { sharing: new Sharing(Object.assign(process, { fleet })), line, process })
  }
  const kill = (instance: string) => {
    const its = started.get(instance)
    if (its) its.line.failing = true
    started.delete(instance)
  }
  const heldBy = (instance: string) => started.get(instance)?.sharing.held ?? 0
  const rooms = Array.from({ length: 60 }, (_, i) => `room-${i}`)
  const sayInAll = async (text: string) => {
    for (const room of rooms) await store.accept(room, message('gift', clock.nowMs(), { text }))
  }
  /** How long no room was without a block that was said just now, at most. */
  const untilAllTold = async (blocks: number) => {
    const fromMs = clock.nowMs()
    for (;;) {
      const heads = await store.heads(rooms)
      if (heads.every((head) => (head?.number ?? 0) >= blocks)) return clock.nowMs() - fromMs
      if (clock.nowMs() - fromMs > 60_000) throw new Error('some room is told nothing')
      await clock.advance(20)
    }
  }
  beforeEach(() => {
    clock = new VirtualClock()
    store = new MemoryRoomStore({ dc: 'dc-a', clock })
  })
  afterEach(async () => {
    for (const { sharing } of started.values()) void sharing.stop()
    started.clear()
    await clock.advance(5_000)
  })

  it('takes a room up as soon as something is said in it', async () => {
    start('application-1')
    await clock.advance(3_000)
    await sayInAll('first')
    expect(await untilAllTold(1)).toBeLessThanOrEqual(300)
    expect(heldBy('application-1')).toBe(60)
  })

  it('spreads them over those that are there, each to one', async () => {
    for (const name of ['application-1', 'application-2', 'application-3']) start(name)
    await clock.advance(2_000)
    await sayInAll('first')
    await clock.advance(1_000)
    const held = [...started.keys()].map(heldBy)
    expect(held.reduce((a, b) => a + b)).toBe(60)
    for (const count of held) expect(count).toBeGreaterThan(8)
  })

  it('takes the rooms of a process that died within two seconds and a bit, and loses nothing', async () => {
    for (const name of ['application-1', 'application-2', 'application-3']) start(name)
    await clock.advance(2_000)
    await sayInAll('first')
    await untilAllTold(1)
    await clock.advance(5_000)
    kill('application-2')
    await sayInAll('second')
    expect(await untilAllTold(2)).toBeLessThanOrEqual(2_100)
    expect(heldBy('application-1') + heldBy('application-3')).toBe(60)
  })

  it('leaves its rooms to others within half a second when it drains', async () => {
    for (const name of ['application-1', 'application-2']) start(name)
    await clock.advance(2_000)
    await sayInAll('first')
    await untilAllTold(1)
    await clock.advance(5_000)
    await started.get('application-1')?.sharing.stop()
    started.delete('application-1')
    await sayInAll('second')
    expect(await untilAllTold(2)).toBeLessThanOrEqual(500)
    expect(heldBy('application-2')).toBe(60)
  })

  it('gives a newcomer its part, when it has shown that it stays, and no room is without blocks meanwhile', async () => {
    start('application-1')
    await clock.advance(2_000)
    await sayInAll('1')
    await untilAllTold(1)
    start('application-2')
    await clock.advance(4_000)
    expect(heldBy('application-2')).toBe(0)
    let worstMs = 0
    for (let round = 2; round <= 15; round++) {
      await sayInAll(`${round}`)
      worstMs = Math.max(worstMs, await untilAllTold(round))
      await clock.advance(1_000)
    }
    expect(heldBy('application-2')).toBeGreaterThan(15)
    expect(heldBy('application-1') + heldBy('application-2')).toBe(60)
    expect(worstMs).toBeLessThanOrEqual(600)
    const before = heldBy('application-2')
    await clock.advance(30_000)
    expect(heldBy('application-2')).toBe(before)
  })

  it('lets go of a room nobody has been in for a minute', async () => {
    start('application-1')
    await clock.advance(1_000)
    await sayInAll('first')
    await clock.advance(30_000)
    expect(heldBy('application-1')).toBe(60)
    await clock.advance(40_000)
    expect(heldBy('application-1')).toBe(0)
  })

  it('has no more rooms than it can do, and leaves the rest to others', async () => {
    start('application-1')
    await clock.advance(2_000)
    const many = Array.from({ length: roomsMax + 40 }, (_, i) => `hall-${i}`)
    await store.touch(many, clock.nowMs())
    await clock.advance(5_000)
    expect(heldBy('application-1')).toBe(roomsMax)
    expect(started.get('application-1')?.sharing.turnedAway).toBeGreaterThan(0)
    start('application-2')
    await store.touch(many, clock.nowMs())
    await clock.advance(5_000)
    expect(heldBy('application-1') + heldBy('application-2')).toBe(roomsMax + 40)
  })

  it('has each room asked for by three processes at most, however many there are', async () => {
    for (let i = 1; i <= 8; i++) start(`application-${i}`)
    await clock.advance(3_000)
    await store.touch(['hall'], clock.nowMs())
    await clock.advance(2_000)
    let asked = 0
    const askers = new Set<string>()
    for (const [name, { line }] of started) {
      const lease = line.lease.bind(line)
      line.lease = async (...given) => {
        asked++
        askers.add(name)
        return lease(...given)
      }
    }
    await clock.advance(10_000)
    expect(askers.size).toBe(3)
    expect(asked).toBeLessThanOrEqual(10 * (1 + 4 + 1 + 2))
  })
})
