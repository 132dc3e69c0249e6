import { randomId, systemClock } from '@gala/kernel'
import { seededRandom } from '@gala/kernel/testing'
import { afterAll, describe, expect, it } from '@jest/globals'
import { Redis } from 'ioredis'
import { SimulatedVoter } from './simulated-voter.js'
import { type Ballot, Voter, type Wish } from './votes.js'

const redis = new Redis(process.env['GALA_TEST_REDIS_URL'] ?? '')
const leaseMs = 1_000
const wishes = 60

/** Without what depends on the clock of whoever answers. */
const said = (ballot: Ballot | undefined) =>
  ballot && { ...ballot, leftMs: ballot.leftMs > 0, openedMs: ballot.openedMs > 0, closedMs: 0 }

describe('a voter', () => {
  afterAll(() => redis.quit())

  it('remembers in Redis what the simulated one of the histories does, whatever is wished of it', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      // A lease that ends in the middle of it, because the machine stood still, says nothing.
      let tookMs = leaseMs
      for (let tries = 0; tries < 5 && tookMs >= leaseMs / 2; tries++) tookMs = await compare(seed)
      expect(tookMs).toBeLessThan(leaseMs / 2)
    }
  })
})

/** Asks both the same; returns how long it took. */
async function compare(seed: number): Promise<number> {
  const random = seededRandom(seed)
  const voter = new Voter('voter', redis, `test-${randomId()}:`, systemClock)
  const simulated = new SimulatedVoter({ clock: systemClock }, 'voter', leaseMs)
  const startedMs = systemClock.monotonicMs()
  for (let round = 1; round <= wishes; round++) {
    const dc = random() < 0.5 ? 'dc-a' : 'dc-b'
    const wish: Wish = {
      act: (['look', 'take', 'take', 'give', 'opened'] as const)[Math.floor(random() * 5)] ?? 'look',
      ...{ holder: `${dc}#1`, dc, leaseMs, round },
      token: 1 + Math.floor((round / wishes) * 8 + random() * 2),
      safe: random() < 0.5,
      open: random() < 0.5,
      next: random() < 0.3 ? 'dc-a' : '',
    }
    const [real, like] = [await voter.vote(wish), simulated.vote(wish)]
    if (systemClock.monotonicMs() - startedMs >= leaseMs / 2) break
    expect({ seed, round, wish, done: real.done, ballot: said(real.ballot) }).toEqual({
      ...{ seed, round, wish, done: like.done },
      ballot: said(like.ballot),
    })
  }
  return systemClock.monotonicMs() - startedMs
}
