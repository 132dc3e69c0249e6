import { describe, expect, it } from '@jest/globals'
import type { LedgerRow } from './oracle.js'
import { type Disturbance, type LeaseSeen, latenessOf, takeOverMs, takeOverWindows, unexplained } from './windows.js'

const leases: LeaseSeen[] = [
  { holder: 'dc-a.base-1#1', token: 1, seenMs: 1_000 },
  { holder: 'dc-a.base-2#1', token: 2, seenMs: 21_500 },
  { holder: 'dc-b.base-1#1', token: 3, seenMs: 41_200 },
]
const kill: Disturbance = { kind: 'kill', atMs: 20_000, doneMs: 20_010, broken: 'dc-a.base-1#1' }
const pauseOf = (dc: string): Disturbance => ({ kind: 'pause', atMs: 30_000, doneMs: 30_020, broken: `${dc}.` })
const slot = (atMs: number, startedAtMs: number | null, dc = ''): LedgerRow => ({
  ...{ job: 'j', atMs, dc, shard: 0, state: 'ok', reason: null, attempts: [], startedAtMs },
})

describe('a take-over', () => {
  it('lasts from the kill to the first lease of somebody else', () => {
    expect(takeOverMs(kill, leases)).toBe(1_500)
  })

  it('lasts for ever when only whoever was killed is seen again', () => {
    expect(takeOverMs(kill, leases.slice(0, 1))).toBe(Number.POSITIVE_INFINITY)
    const same = { holder: 'dc-a.base-1#1', token: 2, seenMs: 20_500 }
    expect(takeOverMs(kill, [...leases.slice(0, 1), same])).toBe(Number.POSITIVE_INFINITY)
  })

  it('is somebody else when the same process has risen again', () => {
    const risen = { holder: 'dc-a.base-1#2', token: 2, seenMs: 21_000 }
    expect(takeOverMs(kill, [...leases.slice(0, 1), risen])).toBe(1_000)
  })
})

describe('a take-over window', () => {
  it('ends three seconds after the next holder shows', () => {
    expect(takeOverWindows([kill], leases)).toEqual([{ fromMs: 20_000, toMs: 24_500 }])
  })

  it('does not end when nobody takes over', () => {
    expect(takeOverWindows([kill], leases.slice(0, 1))[0]?.toMs).toBe(Number.POSITIVE_INFINITY)
  })

  it('waits for another holder only when the paused data centre has the lease', () => {
    expect(takeOverWindows([pauseOf('dc-b')], leases)).toEqual([{ fromMs: 30_000, toMs: 33_020 }])
    expect(takeOverWindows([pauseOf('dc-a')], leases)).toEqual([{ fromMs: 30_000, toMs: 44_200 }])
  })

  it('is longer when the drill is not done, or when somebody else takes over within it', () => {
    const move: Disturbance = { kind: 'move', atMs: 38_000, doneMs: 40_000, broken: undefined }
    expect(takeOverWindows([move], leases)).toEqual([{ fromMs: 38_000, toMs: 44_200 }])
    expect(takeOverWindows([{ ...move, doneMs: 42_000 }], leases)).toEqual([{ fromMs: 38_000, toMs: 45_000 }])
  })

  it('leaves take-overs outside of it unexplained', () => {
    const windows = takeOverWindows([kill], leases)
    expect(unexplained(leases, windows, 0, 60_000).map(({ token }) => token)).toEqual([3])
    expect(unexplained(leases, windows, 0, 41_200)).toEqual([])
  })
})

describe('lateness', () => {
  const windows = [{ fromMs: 20_000, toMs: 24_500 }]

  it('is of a window when any part of the wait lies in it', () => {
    const rows = [slot(19_000, 19_100), slot(19_900, 20_000), slot(24_500, 24_600), slot(24_501, 24_601)]
    expect(latenessOf(rows, windows, [])).toEqual({ outside: [100, 100], inside: [100, 100], paused: [] })
  })

  it('is never negative, and of nothing that has not begun', () => {
    expect(latenessOf([slot(1_000, 999), slot(2_000, null)], windows, []).outside).toEqual([0])
  })

  it('counts from the end of the pause for what only the paused data centre could do', () => {
    const pauses = [{ dc: 'dc-b', fromMs: 10_000, toMs: 15_000 }]
    const rows = [slot(11_000, 15_200, 'dc-b'), slot(11_000, 15_200, 'dc-a'), slot(14_900, 14_950, 'dc-b')]
    expect(latenessOf(rows, windows, pauses)).toEqual({ outside: [4_200, 50], inside: [], paused: [200] })
  })
})
