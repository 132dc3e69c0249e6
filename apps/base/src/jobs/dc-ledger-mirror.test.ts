import { VirtualClock } from '@gala/kernel/testing'
import { describe, expect, it } from '@jest/globals'
import type { Changed, ChangedSlot } from './dc-ledger.js'
import { DcLedgerMirror } from './dc-ledger-mirror.js'
import { dueSlot, type SlotRow } from './ledger.js'

const changed = (count: number, more: Partial<Changed> = {}): Changed => ({
  changes: Array.from({ length: count }, (_, atMs) => ({
    slot: dueSlot({ job: 'sweep', atMs, dc: 'dc-a', shard: 0 }),
    revision: String(atMs),
  })),
  ...{ total: count, ageMs: 0, lost: 0 },
  ...more,
})

function opened(
  answers: (Changed | undefined)[],
  write: (slots: readonly SlotRow[]) => Promise<void> = async () => {},
) {
  const did: string[] = []
  const ledger = {
    changed: async () => answers.shift(),
    mirrored: async (changes: readonly ChangedSlot[]) => void did.push(`mirrored ${changes.length}`),
  }
  const mirror = new DcLedgerMirror(
    ledger,
    { write },
    {
      slotsToMirror: (waiting, behindMs) => did.push(`${waiting} for ${behindMs}`),
      slotChangesLost: (changes) => did.push(`lost ${changes}`),
      slotMirrorFailed: (error) => did.push(String(error)),
    },
  )
  return { mirror, did }
}

describe('the mirror of slots', () => {
  it('looks each second, and says how far it is behind while nothing can be written', async () => {
    const away = async () => {
      throw new Error('no writer')
    }
    const { mirror, did } = opened([changed(1), changed(1, { total: 7, ageMs: 1_000, lost: 3 })], away)
    const clock = new VirtualClock()
    const stop = mirror.start(clock)
    await clock.advance(2_000)
    stop()
    await clock.advance(5_000)
    expect(did).toEqual(['1 for 0', 'Error: no writer', '7 for 1000', 'lost 3', 'Error: no writer'])
  })

  it('does not look again before it is through', async () => {
    let through = () => {}
    const { mirror, did } = opened(
      [changed(1), changed(2)],
      () =>
        new Promise((resolve) => {
          through = resolve
        }),
    )
    const clock = new VirtualClock()
    mirror.start(clock)
    await clock.advance(5_000)
    expect(did).toEqual(['1 for 0'])
    through()
    await clock.advance(1_000)
    expect(did).toEqual(['1 for 0', 'mirrored 1', '2 for 0'])
  })

  it('leaves to another process what that one mirrors', async () => {
    const { mirror, did } = opened([undefined])
    await mirror.mirror()
    expect(did).toEqual([])
  })
})
