import { join } from 'node:path'
import { VirtualClock } from '@gala/kernel/testing'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { LakeRig } from './lake-rig.js'
import { Manifest } from './manifest.js'
import { Turns } from './turns.js'
import { Upkeep } from './upkeep.js'

const atMs = Date.UTC(2026, 10, 22, 13, 30)
const daysOf = { requests: 2, beacons: 1, spans: 1, messages: 1, operator_audit: 1 }

describe('upkeep of the lake', () => {
  let rig: LakeRig
  let clock: VirtualClock
  let upkeep: Upkeep
  let manifest: Manifest
  const write = (n: number, at_ms: number) =>
    rig.writer().write('requests', { source: 's', from: n, to: n + 1 }, [{ at_ms, request_id: `r${n}` }])
  beforeEach(async () => {
    rig = await LakeRig.open()
    clock = new VirtualClock(atMs)
    manifest = await Manifest.open(join(rig.dir, 'manifest.json'))
    const { files } = rig
    upkeep = new Upkeep({
      files,
      writer: rig.writer(),
      manifests: [manifest],
      turns: new Turns(),
      clock,
      daysOf,
      closedAfterMs: 60_000,
    })
  })
  afterEach(() => rig.close())

  it('makes one file of an hour that is over, not of one that goes on', async () => {
    for (const n of [1, 2, 3]) await write(n, atMs + n)
    await upkeep.run()
    expect(await rig.files.list('requests')).toHaveLength(3)
    await clock.advance(31 * 60_000 + 1)
    await upkeep.run()
    expect([(await rig.files.list('requests')).length, upkeep.counts.compacted]).toEqual([1, 3])
    await upkeep.run()
    expect([await rig.ids(), upkeep.counts.compacted]).toEqual([['r1', 'r2', 'r3'], 3])
  })

  it('leaves all files alone while a batch is pending', async () => {
    for (const n of [1, 2]) await write(n, atMs + n)
    await manifest.begin([{ table: 'requests', source: 's', from: 1, to: 2 }])
    await clock.advance(3_600_000)
    await upkeep.run()
    expect(await rig.files.list('requests')).toHaveLength(2)
  })

  it('takes days away that are older than their table is kept', async () => {
    await write(1, atMs)
    await write(2, atMs + 86_400_000)
    await clock.advance(2 * 86_400_000)
    await upkeep.run()
    expect([await rig.ids(), upkeep.counts.days]).toEqual([['r1', 'r2'], 0])
    await clock.advance(86_400_000)
    await upkeep.run()
    expect([await rig.ids(), upkeep.counts.days]).toEqual([['r2'], 1])
  })
})
