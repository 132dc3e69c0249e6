import type { Change } from '@gala/contracts'
import { expect, it } from '@jest/globals'
import type { ChangeBus } from './bus.js'

export interface BusUnderTest {
  bus: ChangeBus
  /** Puts a change into the ring without announcing it: a message that was lost. */
  lose(change: Change): Promise<void>
  /** Resolves when everything published so far has been delivered and every repair has ended. */
  delivered(): Promise<void>
  close(): Promise<void>
}

/** What every bus promises; the fake and the real one both run it. */
export function busConformance(open: () => Promise<BusUnderTest>) {
  const change = (position: number, ...tags: string[]): Change => ({ position, tags, atMs: 0 })

  async function record(run: (on: BusUnderTest) => Promise<void>) {
    const on = await open()
    const { bus } = on
    const seen: string[] = []
    bus.subscribe((c) => seen.push(`${c.position}:${c.tags}`))
    try {
      // The first message tells where the bus stands; only steps from there on can be judged.
      await bus.heartbeat(10)
      await on.delivered()
      await run(on)
      await on.delivered()
      return { seen, position: bus.appliedPosition, floor: bus.floor }
    } finally {
      await on.close()
    }
  }

  it('believes nothing from before the first message', async () => {
    expect(await record(async () => {})).toEqual({ seen: [], position: 10, floor: 10 })
  })

  it('remembers what was announced, and never less', async () => {
    const on = await open()
    expect(await on.bus.announced()).toBeUndefined()
    await on.bus.heartbeat(12)
    await on.bus.publish([change(13, 'a')])
    await on.bus.heartbeat(11)
    expect(await on.bus.announced()).toBe(12)
    await on.delivered()
    await on.close()
  })

  it('delivers changes in order and follows their position', async () => {
    const outcome = await record(async ({ bus }) => {
      await bus.publish([change(11, 'a')])
      await bus.publish([change(12, 'b', 'c')])
    })
    expect(outcome).toEqual({ seen: ['11:a', '12:b,c'], position: 12, floor: 10 })
  })

  it('reads again what a later change shows to be missing, and does not raise its floor for it', async () => {
    const { seen, position, floor } = await record(async ({ bus, lose }) => {
      await lose(change(11, 'a'))
      await lose(change(12, 'b'))
      await bus.publish([change(13, 'c')])
    })
    expect([...new Set(seen)].sort()).toEqual(['11:a', '12:b', '13:c'])
    expect([position, floor]).toEqual([13, 10])
  })

  it('reads again what a heartbeat shows to be missing', async () => {
    const { seen, position, floor } = await record(async ({ bus, lose }) => {
      await lose(change(11, 'a'))
      await bus.heartbeat(11)
    })
    expect([seen, position, floor]).toEqual([['11:a'], 11, 10])
  })

  it('raises its floor over what can no longer be read', async () => {
    const outcome = await record(async ({ bus }) => {
      await bus.publish([change(13, 'a')])
      await bus.heartbeat(13)
    })
    expect(new Set(outcome.seen)).toEqual(new Set(['13:a']))
    expect([outcome.position, outcome.floor]).toEqual([13, 13])
  })

  it('brings a pushed value to everybody in the process who listens', async () => {
    const on = await open()
    const seen: string[] = []
    for (const who of ['one', 'two']) on.bus.onPush(({ key, raw }) => seen.push(`${who}: ${key}=${raw}`))
    // The first message shows that it is heard at all; what is pushed before that may be lost.
    await on.bus.heartbeat(1)
    await on.delivered()
    await on.bus.push({ key: 'k', raw: 'v' })
    await on.delivered()
    await on.close()
    expect(seen).toEqual(['one: k=v', 'two: k=v'])
  })

  it('takes a repeated or late change again without going back', async () => {
    const { seen, position, floor } = await record(async ({ bus }) => {
      await bus.publish([change(11, 'a')])
      await bus.publish([change(12, 'b')])
      await bus.publish([change(11, 'a')])
      await bus.heartbeat(10)
    })
    expect(seen).toEqual(['11:a', '12:b', '11:a'])
    expect([position, floor]).toEqual([12, 10])
  })
}
