import { expect, it } from '@jest/globals'
import type { SharedStore } from './shared-store.js'

export interface StoreUnderTest {
  store: SharedStore
  /** What the bus does beside the store: raises a fence; sets the floor where there is none, and what was announced. */
  raise(tag: string, position: number): Promise<void>
  heartbeat(position: number): Promise<void>
  /** Lets time pass for the store. */
  pass(ms: number): Promise<void>
  close(): Promise<void>
}

/** What every shared store promises; the fake and the real one both run it. */
export function storeConformance(open: () => Promise<StoreUnderTest>) {
  const using = (run: (on: StoreUnderTest) => Promise<void>) => async () => {
    const on = await open()
    try {
      await run(on)
    } finally {
      await on.close()
    }
  }

  it(
    'has nothing at first, and no floor',
    using(async ({ store }) => {
      expect(await store.read('k', ['a', 'b'])).toEqual({ raw: null, fences: [0, 0], floor: null, announced: null })
    }),
  )

  it(
    'gives back what was put there, with the fences asked for and the floor',
    using(async ({ store, raise, heartbeat }) => {
      await store.fill('k', ['a', 'b'], 'nobody', 'text 中', 10_000)
      await raise('b', 7)
      await heartbeat(3)
      await heartbeat(9)
      const marks = { floor: 3, announced: 9 }
      expect(await store.read('k', ['a', 'b'])).toEqual({ raw: 'text 中', fences: [0, 7], ...marks })
      expect(await store.read('other', [])).toEqual({ raw: null, fences: [], ...marks })
    }),
  )

  it(
    'tells of many tags at once, wherever they live',
    using(async ({ store, raise, heartbeat }) => {
      const tags = Array.from({ length: 40 }, (_, i) => `tag-${i}`)
      for (const [i, tag] of tags.entries()) await raise(tag, i + 1)
      await heartbeat(50)
      await store.fill('k', tags, 'nobody', 'v', 10_000)
      expect(await store.read('k', tags)).toEqual({
        raw: 'v',
        fences: tags.map((_, i) => i + 1),
        floor: 50,
        announced: 50,
      })
    }),
  )

  it(
    'forgets a value when its life is over',
    using(async ({ store, pass }) => {
      await store.fill('k', [], 'nobody', 'short', 20)
      await store.fill('l', [], 'nobody', 'long', 10_000)
      await pass(40)
      expect([(await store.read('k', [])).raw, (await store.read('l', [])).raw]).toEqual([null, 'long'])
    }),
  )

  it(
    'lets one claim a key at a time, until it is given back or the time is over',
    using(async ({ store, pass }) => {
      const claim = (key: string, token: string, forMs = 50, seen: string | null = null) =>
        store.claim(key, [], token, forMs, seen)
      const claims = await Promise.all(['one', 'two', 'three'].map((token) => claim('k', token)))
      expect(claims.toSorted()).toEqual(['claimed', 'taken', 'taken'])
      expect(await claim('l', 'two', 10_000)).toBe('claimed')
      await store.release('l', [], 'somebody else')
      expect(await claim('l', 'three')).toBe('taken')
      await store.release('l', [], 'two')
      expect(await claim('l', 'three', 10_000)).toBe('claimed')
      await store.fill('l', [], 'two', 'late', 10_000)
      expect(await claim('l', 'four', 50, 'late')).toBe('taken')
      await store.fill('l', [], 'three', 'in time', 10_000)
      expect(await claim('l', 'four', 50, 'in time')).toBe('claimed')
      await pass(80)
      expect(await claim('k', 'late')).toBe('claimed')
    }),
  )

  it(
    'gives no claim to who has not seen what is there by now',
    using(async ({ store }) => {
      await store.fill('k', [], 'nobody', 'new', 10_000)
      expect(await store.claim('k', [], 'one', 10_000, null)).toBe('changed')
      expect(await store.claim('k', [], 'one', 10_000, 'old')).toBe('changed')
      expect(await store.claim('k', [], 'one', 10_000, 'new')).toBe('claimed')
    }),
  )
}
