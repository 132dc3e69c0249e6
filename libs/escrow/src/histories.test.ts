import { describe, expect, it } from '@jest/globals'
import { History } from './histories.js'
import { type Guard, guards } from './planted.js'

const histories = 100
/** A guard that nothing misses for so long guards nothing. */
const patience = 40
/** What takes a rare chain of faults is looked for from a seed not far from one that shows it. */
const from: Partial<Record<Guard, number>> = {
  'a message from an earlier life of the store changes nothing': 880,
}

async function firstBroken(count: number, lacking?: Guard) {
  let issued = 0
  const first = (lacking && from[lacking]) ?? 1
  for (let seed = first; seed < first + count; seed++) {
    const history = new History(seed, lacking)
    await history.play()
    issued += history.issued
    if (history.broken.length > 0) return { seed, broken: history.broken[0] }
  }
  // Books that grant nothing keep every promise.
  expect(issued).toBeGreaterThan(count * 10)
  return undefined
}

describe('stock in two data centres, in seeded histories of crashes, partitions, lost memories and messages out of time', () => {
  it('is never issued twice, never after it was returned, and accounted for to the last unit', async () => {
    expect(await firstBroken(histories)).toBeUndefined()
  })

  it.each(guards)('would break that without: %s', async (guard) => {
    expect(await firstBroken(patience, guard)).toBeDefined()
  })
})
