import { afterEach, describe, expect, it } from '@jest/globals'
import { LinkRig, type PlantedFaults } from './link-rig.js'

const topics = ['requests', 'beacons'] as const

/** A night of everything that can happen, and a quiet morning. */
async function live(rig: LinkRig, steps = 200): Promise<void> {
  const topic = () => topics[rig.below(2)] ?? 'requests'
  const acts: (() => unknown)[] = [
    () => rig.write(topic(), 1 + rig.below(8)),
    () => rig.write(topic(), 1 + rig.below(8)),
    () => rig.rotate(topic()),
    () => rig.send(),
    () => rig.send(),
    () => rig.lookAtReaders(),
    () => rig.keepFiles(),
    () => rig.read(topic(), rig.below(2)),
    () => rig.read(topic(), rig.below(2)),
    () => rig.read(topic(), rig.below(2)),
    () => rig.fold(topic(), rig.below(2)),
    () => rig.replaceReader(topic(), rig.below(2)),
    () => rig.killSender(),
    () => rig.clock.advance(rig.below(20_000)),
    () => rig.random() < 0.3 && rig.shared.empty(),
    () => {
      rig.shared.away = rig.random() < 0.3
    },
  ]
  rig.danger = 0.12
  for (let step = 0; step < steps; step++) await acts[rig.below(acts.length)]?.()
  await rig.settle()
}

describe('the stream link', () => {
  let rig: LinkRig
  afterEach(() => rig.close())

  it.each(Array.from({ length: 40 }, (_, seed) => seed))(
    'counts every line once, whatever ends, comes twice or is lost on the way (seed %i)',
    async (seed) => {
      rig = new LinkRig(seed)
      await live(rig)
      for (const topic of topics) {
        const lines = rig.written[topic]
        expect({ topic, rolledUp: rig.rolledUp(topic), ...rig.counts(topic) }).toEqual({
          topic,
          rolledUp: lines,
          read: lines,
          shipped: lines,
          lost: 0,
          torn: 0,
        })
      }
      // What was carried on is gone: one file of each that is written to.
      expect(rig.files().filter((file) => /\d{6}/.test(file))).toEqual([])
    },
  )

  it.each<[string, PlantedFaults]>([
    ['files that go once the log has them', { trustsLog: true }],
    ['a checkpoint before the acknowledgement', { trustsLog: true, savesFirst: true }],
    ['places outside the transaction', { placesApart: true }],
    ['readers that are not turned away when they have been replaced', { unfenced: true }],
  ])('does not with %s, and that is noticed', async (_, planted) => {
    for (let seed = 0; seed < 20; seed++) {
      if (seed > 0) rig.close()
      rig = new LinkRig(seed, planted)
      await live(rig)
      if (topics.some((topic) => rig.rolledUp(topic) !== rig.written[topic])) return
    }
    throw new Error('nobody noticed')
  })
})
