import { MemoryBus } from '@gala/bus/testing'
import type { Change } from '@gala/contracts'
import type { Database } from '@gala/database'
import { VirtualClock } from '@gala/kernel/testing'
import { beforeEach, describe, expect, it } from '@jest/globals'
import type { BaseContext } from '../base.config.js'
import type { BaseSignals } from '../signals.js'
import { RelayService } from './relay.service.js'

describe('RelayService', () => {
  let clock: VirtualClock
  let bus: MemoryBus
  let rows: Change[]
  let newest: number
  let heard: number[]
  let forgotten: number[]
  const change = (position: number): Change => ({ position, tags: ['a'], atMs: 0 })
  const write = () => rows.push(change(++newest))

  /** A relay over an outbox of rows; what it needs of the database is two reads. */
  function start(): RelayService {
    const database = {
      changesAfter: async (position: number, limit: number) => {
        const changes = rows.filter((row) => row.position > position).slice(0, limit)
        return { changes, upTo: changes.length === limit ? (changes.at(-1)?.position ?? 0) : newest }
      },
      read: async () => ({ value: undefined, position: newest }),
    } as unknown as Database
    const signals = { relayed: () => {}, relaySkipped: () => {}, relayPaused: () => {} } as unknown as BaseSignals
    const context = { clock, health: { onDrain: () => {} } } as unknown as BaseContext
    const relay = new RelayService(database, bus, context, signals)
    relay.onApplicationBootstrap()
    return relay
  }

  beforeEach(() => {
    clock = new VirtualClock()
    bus = new MemoryBus(clock)
    rows = []
    newest = 10
    heard = []
    forgotten = []
    bus.subscribe(({ position }) => heard.push(position))
    bus.forget = async (position) => void forgotten.push(position)
  })

  it('begins at the present when nobody remembers where the last one stopped', async () => {
    rows = [change(9), change(10)]
    start()
    await clock.advance(100)
    write()
    await clock.advance(100)
    expect([heard, forgotten]).toEqual([[11], []])
    await clock.advance(200)
    expect(await bus.announced()).toBe(11)
  })

  it('goes on where the last one stopped', async () => {
    rows = [change(8), change(9), change(10)]
    await bus.heartbeat(8)
    start()
    await clock.advance(100)
    expect([heard, forgotten]).toEqual([[9, 10], []])
  })

  it('announces more than a batch in order, without a gap', async () => {
    await bus.heartbeat(10)
    for (let i = 0; i < 1_200; i++) write()
    start()
    await clock.advance(100)
    expect(heard).toEqual(Array.from({ length: 1_200 }, (_, i) => 11 + i))
    expect(forgotten).toEqual([])
  })

  it('lets nothing older be believed when what it should have announced has been trimmed', async () => {
    await bus.heartbeat(10)
    for (let i = 0; i < 20; i++) write()
    rows = rows.slice(-5)
    const relay = start()
    await clock.advance(100)
    expect([forgotten, [...new Set(heard)], relay.position]).toEqual([[30], [26, 27, 28, 29, 30], 30])
    rows = []
    newest = 40
    await clock.advance(100)
    expect([forgotten, relay.position]).toEqual([[30, 40], 40])
  })
})
