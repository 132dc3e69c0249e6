import { setTimeout as pause } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { connectRig, ownEvent, type Rig } from './rig.js'

const edits = 100
const withinMs = 2_000

describe('an edit at one data centre', () => {
  let rig: Rig
  beforeAll(async () => {
    rig = await connectRig()
  })

  it(`is visible through the other one’s edge within two seconds, ${edits} times of ${edits}`, async () => {
    const id = await ownEvent(rig, 'edits')
    const params = { id }
    await rig.audience.b.events.detail({ params })
    const tookMs: number[] = []
    for (let version = 1; version <= edits; version++) {
      const title = `edit ${version}`
      await rig.operator.a.events.save({ params, body: { title, expectedVersion: version } })
      const savedMs = performance.now()
      for (;;) {
        const { data } = await rig.audience.b.events.detail({ params })
        const ms = performance.now() - savedMs
        if (data.title === title) tookMs.push(ms)
        if (data.title === title || ms > withinMs * 2) break
        await pause(10)
      }
    }
    tookMs.sort((x, y) => x - y)
    const [p50, worst] = [tookMs[Math.floor(tookMs.length / 2)] ?? 0, tookMs.at(-1) ?? 0]
    process.stderr.write(
      `  edits visible: ${tookMs.length}/${edits}, median ${Math.round(p50)} ms, slowest ${Math.round(worst)} ms\n`,
    )
    expect(tookMs.filter((ms) => ms <= withinMs)).toHaveLength(edits)
  })
})
