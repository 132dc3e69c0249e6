import { MemoryBus } from '@gala/bus/testing'
import { tags } from '@gala/contracts'
import { VirtualClock } from '@gala/kernel/testing'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { obeyedPosition } from './obeyed-position.js'

describe('the position of what is obeyed', () => {
  let clock: VirtualClock
  let bus: MemoryBus
  let control: { position: number }
  let position: () => number
  const change = (at: number, tag: string) => bus.publish([{ position: at, tags: [tag], atMs: clock.nowMs() }])

  beforeEach(async () => {
    clock = new VirtualClock()
    bus = new MemoryBus(clock)
    control = { position: 4 }
    position = obeyedPosition(bus, control, clock)
    await bus.heartbeat(10)
  })

  it('follows changes of all kinds while no order is under way', async () => {
    await change(11, 'events')
    await bus.heartbeat(11)
    expect(position()).toBe(11)
  })

  it('stays behind an order that was heard of until it is obeyed', async () => {
    await change(11, tags.control)
    await change(12, 'events')
    await bus.heartbeat(12)
    expect(position()).toBe(4)
    control.position = 11
    expect(position()).toBe(12)
  })

  it('is that of an order that came before word of it', () => {
    control.position = 20
    expect(position()).toBe(20)
  })

  it('does not wait for ever for a change that brings no order', async () => {
    await change(11, tags.control)
    await bus.heartbeat(11)
    await clock.advance(1_499)
    expect(position()).toBe(4)
    await clock.advance(1)
    expect(position()).toBe(11)
  })
})
