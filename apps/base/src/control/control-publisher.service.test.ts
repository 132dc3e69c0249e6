import type { PushedValue } from '@gala/bus'
import { MemoryBus } from '@gala/bus/testing'
import { type Control, controlSchema, parseStored } from '@gala/contracts'
import type { BreakerOrderEntity } from '@gala/database'
import { VirtualClock } from '@gala/kernel/testing'
import { beforeEach, describe, expect, it } from '@jest/globals'
import type { BaseContext } from '../base.config.js'
import type { BaseSignals } from '../signals.js'
import { type ControlRepository, nothingOrdered, type Orders } from './control.repository.js'
import { ControlPublisher } from './control-publisher.service.js'
import type { DcStore } from './dc-stores.js'

describe('ControlPublisher', () => {
  let clock: VirtualClock
  let bus: MemoryBus
  /** What the nearest database server holds, and up to which change. */
  let rows: Orders
  let followed: number
  let reads: number
  let failing: boolean
  /** What the data centre's Redis holds; undefined: it does not answer. */
  let kept: { raw: string | null } | undefined
  let pushed: Control[]
  let trimmed: number
  let others: DcStore[]

  const row = (position: number, over: Partial<BreakerOrderEntity> = {}): BreakerOrderEntity => ({
    name: 'application',
    dc: '',
    mode: 'forced-open',
    actor: 'ann',
    reason: 'a planned look',
    at: new Date(clock.nowMs()),
    expiresAt: new Date(clock.nowMs() + 60_000),
    position: String(position),
    ...over,
  })
  const write = (position: number, ...breakers: BreakerOrderEntity[]) => {
    rows = { ...nothingOrdered, breakers }
    followed = position
  }
  const announce = (position: number, tag = 'control') => bus.publish([{ position, tags: [tag], atMs: 0 }])
  const held = () => (kept?.raw ? parseStored(controlSchema, kept.raw) : undefined)

  /** What the script does; the real one runs in the scenarios. */
  async function keep(
    _script: unknown,
    _keys: unknown,
    _key: unknown,
    _field: unknown,
    position: unknown,
    raw: unknown,
  ) {
    if (!kept) throw new Error('Redis does not answer')
    const document = held()
    if (document && document.position >= Number(position)) return document.position > Number(position) ? -1 : 0
    kept = { raw: String(raw) }
    return 1
  }

  async function start() {
    const control = {
      read: async () => {
        reads++
        if (failing) throw new Error('no database server answers')
        return { value: rows, position: followed }
      },
      trim: async () => void trimmed++,
    } as unknown as ControlRepository
    const context = {
      clock,
      config: { GALA_KEY_PREFIX: 'gala:' },
      health: { onDrain: () => {} },
    } as unknown as BaseContext
    const signals = { controlFailed: () => {}, trimFailed: () => {} } as unknown as BaseSignals
    const publisher = new ControlPublisher(
      control,
      bus,
      [{ dc: 'dc-a', redis: { eval: keep } as never, bus }, ...others],
      context,
      signals,
    )
    publisher.onApplicationBootstrap()
    await clock.advance(0)
    return publisher
  }

  beforeEach(() => {
    clock = new VirtualClock()
    bus = new MemoryBus(clock)
    rows = nothingOrdered
    followed = 10
    reads = 0
    failing = false
    kept = { raw: null }
    pushed = []
    trimmed = 0
    others = []
    bus.onPush(({ key, raw }) => key === 'control' && pushed.push(parseStored(controlSchema, raw) as Control))
  })

  it('leaves what stands in Redis when it starts, and sends it', async () => {
    write(12, row(12))
    await start()
    expect(held()).toMatchObject({ position: 12, breakers: [{ name: 'application', dc: null, position: 12 }] })
    expect(pushed).toEqual([held()])
  })

  it('brings an order out as soon as it hears of it, and looks at nothing for other changes', async () => {
    await start()
    await announce(11, 'event:spring-gala')
    await clock.advance(0)
    expect(reads).toBe(1)
    write(12, row(12))
    await announce(12)
    await clock.advance(0)
    expect([reads, pushed.at(-1)?.position]).toEqual([2, 12])
  })

  it('reads again until the server has the change it heard of', async () => {
    await start()
    await announce(12)
    await clock.advance(100)
    expect(held()?.position).toBe(0)
    write(12, row(12))
    await clock.advance(100)
    expect(held()?.position).toBe(12)
    const before = reads
    await clock.advance(1_000)
    expect(reads).toBe(before)
  })

  it('is at rest after a change that was announced but orders nothing', async () => {
    await start()
    followed = 11
    await announce(11)
    await clock.advance(0)
    const before = reads
    await clock.advance(2_000)
    expect(reads).toBe(before)
  })

  it('gives a Redis that was restarted empty its document back within a second, and sends it again', async () => {
    write(12, row(12))
    await start()
    kept = undefined
    await clock.advance(3_000)
    kept = { raw: null }
    await clock.advance(1_000)
    expect([held()?.position, pushed.map(({ position }) => position)]).toEqual([12, [12, 12]])
  })

  it('replaces an older document and rubbish, and leaves a newer one', async () => {
    write(12, row(12))
    await start()
    for (const raw of ['rubbish', JSON.stringify({ position: 9, breakers: [], moves: [] })]) {
      kept = { raw }
      await clock.advance(1_000)
      expect(held()?.position).toBe(12)
    }
    kept = { raw: JSON.stringify({ position: 13, breakers: [], moves: [] }) }
    await clock.advance(5_000)
    expect(held()?.position).toBe(13)
    expect(pushed.map(({ position }) => position)).toEqual([12, 12, 12])
  })

  it('leaves out what has been released or has ended, and keeps its position', async () => {
    const ended = new Date(clock.nowMs())
    write(14, row(12), row(13, { name: 'redis', mode: 'auto' }), row(14, { name: 'mysql', expiresAt: ended }))
    await start()
    expect(held()).toMatchObject({ position: 14, breakers: [{ name: 'application' }] })
  })

  it('goes on with what it knows while no database server answers', async () => {
    write(12, row(12))
    const publisher = await start()
    failing = true
    kept = { raw: null }
    await clock.advance(20_000)
    expect([held()?.position, publisher.orders]).toEqual([12, rows])
  })

  it('never goes back to a server that is behind', async () => {
    write(12, row(12))
    await start()
    write(11)
    await clock.advance(10_000)
    kept = { raw: null }
    await clock.advance(1_000)
    expect(held()?.position).toBe(12)
  })

  it('sends no message that nobody would take in', async () => {
    const many = Array.from({ length: 200 }, (_, i) => row(i + 1, { name: `a${i}`, reason: 'r'.repeat(400) }))
    write(200, ...many)
    await start()
    expect([held()?.breakers.length, pushed]).toEqual([200, []])
  })

  it('brings an order out in every data centre, and waits for none that hangs', async () => {
    const elsewhere: PushedValue[] = []
    const push = async (value: PushedValue) => void elsewhere.push(value)
    let asked = 0
    const hangs = () => {
      asked++
      return new Promise<never>(() => {})
    }
    const store = (dc: string, run: () => Promise<number>) => ({ dc, redis: { eval: run } as never, bus: { push } })
    others = [store('dc-b', hangs), store('dc-c', async () => 1)]
    write(12, row(12))
    await start()
    expect([held()?.position, asked, elsewhere.map(({ key }) => key)]).toEqual([12, 1, ['control']])
    const publisher = await start()
    write(13, row(13))
    publisher.expect(13)
    await clock.advance(0)
    expect([held()?.position, elsewhere.at(-1)?.raw]).toEqual([13, kept?.raw])
  })

  it('deletes each minute what is over', async () => {
    await start()
    await clock.advance(120_000)
    expect(trimmed).toBe(2)
  })
})
