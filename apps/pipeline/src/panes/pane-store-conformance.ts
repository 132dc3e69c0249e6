import { describe, expect, it } from '@jest/globals'
import type { Commit, PaneStore } from './pane-store.js'
import { emptyPane, type Pane } from './pane-sums.js'

export interface StoreUnderTest {
  store: PaneStore
  /** All panes of a topic, of ten seconds and of a minute, by their beginnings. */
  panes(): Promise<Pane[]>
}

export const pane = (startMs: number, requests: number, over: Partial<Pane> = {}): Pane => {
  const key = { startMs, event: 'gala', route: '/v1/events/:id', ...over }
  const empty = emptyPane(key)
  return { ...empty, latency: { 12: requests }, ...over, sums: { ...empty.sums, requests, served_full: requests } }
}

/** What every store of panes does. */
export function paneStoreConformance(open: () => Promise<StoreUnderTest>) {
  const commit = (over: Partial<Commit> = {}): Commit => ({
    revision: 0,
    nextOffset: 1,
    epoch: 'one',
    places: new Map([['access:1', 100]]),
    panes: [pane(600_000, 3)],
    audiences: [],
    duplicates: new Map(),
    newestMs: 600_500,
    ...over,
  })
  const seen = async ({ panes }: StoreUnderTest) =>
    (await panes()).map(({ startMs, sums, latency }) => [startMs, sums.requests, latency])

  describe('a store of panes', () => {
    it('keeps panes together with how far they have been made', async () => {
      const under = await open()
      expect(await under.store.standing('requests', 0)).toEqual({
        nextOffset: 0,
        epoch: '',
        revision: 0,
        places: new Map(),
      })
      expect(await under.store.commit('requests', 0, commit())).toBe(true)
      expect(await under.store.standing('requests', 0)).toEqual({
        nextOffset: 1,
        epoch: 'one',
        revision: 1,
        places: new Map([['access:1', 100]]),
      })
      expect(await seen(under)).toEqual([[600_000, 3, { 12: 3 }]])
    })

    it('adds to panes that are there, and leaves the others', async () => {
      const under = await open()
      await under.store.standing('requests', 0)
      await under.store.commit('requests', 0, commit({ panes: [pane(600_000, 3), pane(610_000, 1)] }))
      const late = pane(600_000, 2, { latency: { 12: 1, 512: 1 } })
      const places = new Map([
        ['access:1', 200],
        ['access:2', 50],
      ])
      await under.store.commit('requests', 0, commit({ revision: 1, nextOffset: 2, panes: [late], places }))
      expect(await seen(under)).toEqual([
        [600_000, 5, { 12: 4, 512: 1 }],
        [610_000, 1, { 12: 1 }],
      ])
      expect((await under.store.standing('requests', 0)).places).toEqual(places)
    })

    it('turns away whoever has been replaced, and writes nothing of theirs', async () => {
      const under = await open()
      await under.store.standing('requests', 0)
      await under.store.commit('requests', 0, commit())
      const zombie = commit({ nextOffset: 9, panes: [pane(600_000, 50)], places: new Map([['access:1', 900]]) })
      expect(await under.store.commit('requests', 0, zombie)).toBe(false)
      expect(await under.store.fold('requests', 0, 0, 700_000)).toEqual({ revision: undefined, more: false })
      expect(await seen(under)).toEqual([[600_000, 3, { 12: 3 }]])
      expect(await under.store.standing('requests', 0)).toMatchObject({ nextOffset: 1, revision: 1 })
    })

    it('of two at once lets one through', async () => {
      const under = await open()
      await under.store.standing('requests', 0)
      const both = await Promise.all([1, 2].map(() => under.store.commit('requests', 0, commit())))
      expect(both.sort()).toEqual([false, true])
      expect(await seen(under)).toEqual([[600_000, 3, { 12: 3 }]])
    })

    it('puts old panes of ten seconds together into minutes, and what comes late for them as well', async () => {
      const under = await open()
      await under.store.standing('requests', 0)
      const panes = [600_000, 610_000, 650_000, 660_000].map((startMs) => pane(startMs, 1))
      await under.store.commit('requests', 0, commit({ panes }))
      expect(await under.store.fold('requests', 0, 1, 660_000)).toEqual({ revision: 2, more: false })
      await under.store.commit('requests', 0, commit({ revision: 2, panes: [pane(610_000, 4)] }))
      expect(await under.store.fold('requests', 0, 3, 660_000)).toEqual({ revision: 4, more: false })
      expect(await seen(under)).toEqual([
        [600_000, 7, { 12: 7 }],
        [660_000, 1, { 12: 1 }],
      ])
      expect(await under.store.fold('requests', 0, 4, 660_000)).toEqual({ revision: 4, more: false })
    })

    it('keeps parts and topics apart', async () => {
      const under = await open()
      for (const part of [0, 1]) {
        await under.store.standing('requests', part)
        await under.store.commit('requests', part, commit())
      }
      await under.store.standing('beacons', 0)
      expect(await under.store.fold('beacons', 0, 0, 700_000)).toEqual({ revision: 0, more: false })
      expect((await seen(under)).map(([, requests]) => requests)).toEqual([3, 3])
    })
  })
}
