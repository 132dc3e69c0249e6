import { describe, expect, it } from '@jest/globals'
import { AppError } from './errors.js'
import { pingbacksApi } from './pingbacks.contract.js'
import { parseInput } from './route.js'

const { add } = pingbacksApi
const beacon = { seq: 0, at: 1_000, kind: 'beat', event: 'gala' }
const batch = { session: 'session-1', batch: 'batch-0001', sentAt: 1_000, beacons: [beacon] }
const take = (body: unknown) => parseInput(add, { params: {}, query: {}, body }).body

function refused(body: unknown): string[] {
  try {
    take(body)
  } catch (error) {
    if (error instanceof AppError) return (error.errors ?? []).map(({ path, message }) => `${path}: ${message}`)
    throw error
  }
  return []
}
const withBeacon = (more: object) => ({ ...batch, beacons: [{ ...beacon, ...more }] })

describe('a batch of ping-backs', () => {
  it('holds up to fifty beacons and no more', () => {
    const of = (count: number) => ({
      ...batch,
      beacons: Array.from({ length: count }, (_, seq) => ({ ...beacon, seq })),
    })
    expect(take(of(50)).beacons).toHaveLength(50)
    expect(refused(of(51))).toEqual([expect.stringMatching(/^body\.beacons: /)])
    expect(refused(of(0))).toEqual([expect.stringMatching(/^body\.beacons: /)])
  })

  it.each([
    [{ ...batch, extra: 1 }, /extra/],
    [withBeacon({ speed: 1 }), /^body\.beacons\.0: .*speed/],
    [withBeacon({ cmcd: { br: 1, zz: 2 } }), /^body\.beacons\.0\.cmcd: .*zz/],
    [withBeacon({ kind: 'party' }), /^body\.beacons\.0\.kind/],
    [withBeacon({ kind: 'join' }), /^body\.beacons\.0\.joinMs: a join says it/],
    [withBeacon({ kind: 'error', code: 'no spaces' }), /^body\.beacons\.0\.code/],
    [withBeacon({ seq: 1_000_000 }), /^body\.beacons\.0\.seq/],
    [{ ...batch, session: 'short' }, /^body\.session/],
  ])('names what is wrong with it: %#', (body, what) => {
    expect(refused(body)).toEqual([expect.stringMatching(what)])
  })

  it('takes what a player of either version of CMCD has to say', () => {
    const one = {
      br: 3_200,
      bl: 2_100,
      bs: true,
      cid: 'x',
      d: 4_004,
      dl: 1_000,
      mtp: 25_400,
      ot: 'v',
      pr: 1.08,
      sf: 'h',
      st: 'l',
      tb: 6_000,
    }
    const two = {
      br: { v: 3_000, a: 128 },
      ltc: 2_800,
      msd: 640,
      sta: 'r',
      bsd: { av: 900 },
      ec: ['2001'],
      e: 'ps',
      ts: 1_760_000_000_000,
      v: 2,
    }
    for (const cmcd of [one, two]) expect(take(withBeacon({ cmcd })).beacons[0]?.cmcd).toEqual(cmcd)
    expect(refused(withBeacon({ cmcd: { br: '3200' } }))).toHaveLength(1)
    expect(refused(withBeacon({ cmcd: { br: { q: 1 } } }))).toHaveLength(1)
    expect(refused(withBeacon({ cmcd: { cid: 'x'.repeat(129) } }))).toHaveLength(1)
  })
})
