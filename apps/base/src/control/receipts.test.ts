import type { ResilienceReport } from '@gala/contracts'
import { beforeEach, describe, expect, it } from '@jest/globals'
import type { Reported } from '../fleet/process-reports.js'
import { ReceiptBook } from './receipts.js'

const orderedAtMs = Date.UTC(2026, 1, 16, 12)

/** A process that applied `position` so many milliseconds after the order; null: it does not answer. */
function process(name: string, position: number | null, afterMs = 0): Reported<ResilienceReport> {
  const appliedAt = new Date(orderedAtMs + afterMs).toISOString()
  const report = position === null ? null : ({ position, appliedAt } as ResilienceReport)
  return { name, dc: 'dc-a', kind: 'access', report, detail: null }
}

describe('ReceiptBook', () => {
  let book: ReceiptBook
  const of = (position: number, newest: number, ...processes: Reported<ResilienceReport>[]) =>
    book.of({ position: String(position), at: new Date(orderedAtMs) }, newest, processes)
  beforeEach(() => {
    book = new ReceiptBook()
  })

  it('names who has not applied an order, the silent among them', () => {
    expect(of(7, 7, process('a', 7, 20), process('b', 6), process('c', null))).toEqual({
      position: 7,
      applied: 1,
      total: 3,
      laggards: ['b', 'c'],
      lastAckMs: null,
    })
  })

  it('tells how long the last process took', () => {
    expect(of(7, 7, process('a', 7, 20), process('b', 7, 180))).toMatchObject({ applied: 2, lastAckMs: 180 })
  })

  it('remembers it when later orders have been applied, and when a process has restarted', () => {
    of(7, 7, process('a', 7, 20))
    expect(of(7, 9, process('a', 9, 5_000)).lastAckMs).toBe(20)
    expect(of(7, 7, process('a', 7, 60_000)).lastAckMs).toBe(20)
  })

  it('does not guess: of an order it never saw arrive it says nothing', () => {
    expect(of(7, 9, process('a', 9, 5_000))).toMatchObject({ applied: 1, laggards: [], lastAckMs: null })
  })

  it('makes nothing of a clock that is behind', () => {
    expect(of(7, 7, process('a', 7, -40)).lastAckMs).toBe(0)
  })
})
