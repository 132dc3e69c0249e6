import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { VirtualClock } from '@gala/kernel/testing'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Died, LakeRig } from './lake-rig.js'
import { Loader } from './loader.js'
import { Manifest, type Pending } from './manifest.js'
import { type RowSource, type Rows, SourceGone } from './row-source.js'
import { Turns } from './turns.js'

const startMs = Date.UTC(2026, 10, 22, 12, 59, 59)
const minute = (ms: number) => ms - (ms % 60_000)

/** Lines of two sources as a spool has them: a row for each unit of place, one each second. */
class PlayedSource implements RowSource {
  readonly tables = ['requests'] as const
  sizes: Record<string, number> = { one: 3, two: 2 }
  gonePast = false

  async next(placeOf: (source: string) => number, rowsMax: number) {
    const found = Object.entries(this.sizes)
      .map(([source, size]) => this.#rows(source, placeOf(source), Math.min(size, placeOf(source) + rowsMax)))
      .filter(({ rows }) => rows.length > 0)
    const reached = (source: string) => found.find((of) => of.source === source)?.to ?? placeOf(source)
    return { found, all: Object.entries(this.sizes).every(([source, size]) => reached(source) === size) }
  }

  async again({ source, from, to }: Pending): Promise<Rows> {
    if (this.gonePast) throw new SourceGone(source)
    return this.#rows(source, from, to)
  }

  #rows(source: string, from: number, to: number): Rows {
    const ids = Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i)
    const rows = ids.map((id) => ({ at_ms: startMs + id * 1_000, request_id: `${source}-${id}` }))
    return { table: 'requests', source, from, to, rows }
  }
}

describe('the loader', () => {
  let rig: LakeRig
  let source: PlayedSource
  let clock: VirtualClock
  const open = async (rowsMax = 100) => {
    const manifest = await Manifest.open(join(rig.dir, 'manifest.json'), rig.step)
    const parts = { manifest, writer: rig.writer(), sources: [source], turns: new Turns(), clock, rowsMax }
    return {
      manifest,
      loader: new Loader({ ...parts, loadedFile: join(rig.dir, 'loaded.json'), panesForMs: 3_600_000 }),
    }
  }
  const loaded = () => JSON.parse(readFileSync(join(rig.dir, 'loaded.json'), 'utf8'))
  const five = ['one-0', 'one-1', 'one-2', 'two-0', 'two-1']
  beforeEach(async () => {
    rig = await LakeRig.open()
    source = new PlayedSource()
    clock = new VirtualClock(startMs)
  })
  afterEach(() => rig.close())

  it('carries on what there is, says how far, and goes on from there', async () => {
    const { loader, manifest } = await open()
    await loader.run()
    expect([await rig.ids(), loaded(), loader.completeToMs]).toEqual([five, { one: 3, two: 2 }, startMs])
    expect([...manifest.due('requests').keys()]).toEqual([minute(startMs), minute(startMs + 1_000)])
    source.sizes = { one: 4, two: 2 }
    const next = await open()
    await next.loader.run()
    expect([await rig.ids(), next.loader.counts.rows]).toEqual([[...five.slice(0, 3), 'one-3', ...five.slice(3)], 1])
  })

  it('carries on more than a batch in several', async () => {
    source.sizes = { one: 7, two: 1 }
    const { loader } = await open(2)
    await loader.run()
    expect([loader.counts.rows, loader.counts.batches, loaded()]).toEqual([8, 4, { one: 7, two: 1 }])
    expect(await rig.ids()).toHaveLength(8)
  })

  it('has each row once, wherever it ended and however much more there is when it begins again', async () => {
    const { loader } = await open()
    await loader.run()
    const names = rig.steps
    expect(names).toEqual(
      expect.arrayContaining(['manifest: begun', 'copy: aside', 'point: rename', 'write: file', 'manifest: done']),
    )
    for (let dieAt = 0; dieAt < names.length; dieAt++) {
      rig.close()
      rig = await LakeRig.open()
      rig.dieAt = dieAt
      source.sizes = { one: 3, two: 2 }
      const dying = await open()
      await expect(dying.loader.run()).rejects.toThrow(Died)
      rig.dieAt = Number.POSITIVE_INFINITY
      source.sizes = { one: 5, two: 2, three: 1 }
      const next = await open()
      await next.loader.run()
      const all = ['one-0', 'one-1', 'one-2', 'one-3', 'one-4', 'three-0', 'two-0', 'two-1']
      expect([names[dieAt], await rig.ids()]).toEqual([names[dieAt], all])
      expect([...next.manifest.due('requests').keys()]).toEqual([minute(startMs), minute(startMs + 1_000)])
    }
  })

  it('goes on after a batch that failed, with exactly that batch', async () => {
    const { loader } = await open()
    rig.dieAt = 1
    await expect(loader.run()).rejects.toThrow(Died)
    expect(loader.completeToMs).toBe(0)
    rig.dieAt = Number.POSITIVE_INFINITY
    source.sizes['one'] = 9
    await loader.run()
    expect(await rig.ids()).toHaveLength(11)
  })

  it('counts a range whose file is gone as lost, and goes on', async () => {
    rig.dieAt = 0
    await expect((await open()).loader.run()).rejects.toThrow(Died)
    rig.dieAt = Number.POSITIVE_INFINITY
    source.gonePast = true
    source.sizes['one'] = 4
    const { loader } = await open()
    await loader.run()
    expect([loader.counts.lostRanges, await rig.ids()]).toEqual([2, ['one-3']])
  })

  it('leaves panes of rows that come very late as they are, and counts them', async () => {
    await clock.advance(3_600_000 + 1_000)
    const { loader, manifest } = await open()
    await loader.run()
    expect([loader.counts.tooLate, [...manifest.due('requests').keys()]]).toEqual([2, [minute(startMs + 1_000)]])
  })

  it('keeps a minute due that was touched again while its panes were computed', async () => {
    const { loader, manifest } = await open()
    await loader.run()
    const due = manifest.due('requests')
    source.sizes['two'] = 3
    await loader.run()
    await manifest.computed('requests', due)
    expect([...manifest.due('requests').keys()]).toEqual([minute(startMs + 2_000)])
  })

  it('does not begin anew when its manifest is not one', async () => {
    writeFileSync(join(rig.dir, 'manifest.json'), '{}')
    await expect(open()).rejects.toThrow(/done/)
  })
})
