import type { Receipts, ResilienceReport } from '@gala/contracts'
import type { Reported } from '../fleet/process-reports.js'

/** Something ordered: when, and at which position. */
export interface Ordered {
  position: string
  at: Date
}

const keptMax = 2_000

/** Who has applied what, by the positions processes report. */
export class ReceiptBook {
  /**
   * How long it took until the last process had applied something, by its position. A process tells only of the newest
   * document when it applied it, so this is written down while that is the one in question.
   */
  readonly #lastAckMs = new Map<number, number>()

  /** `newest`: position of the newest of all that was ordered. */
  of(ordered: Ordered, newest: number, processes: readonly Reported<ResilienceReport>[]): Receipts {
    const position = Number(ordered.position)
    const laggards = processes.filter(({ report }) => (report?.position ?? 0) < position).map(({ name }) => name)
    if (laggards.length === 0 && position === newest) this.#note(position, ordered.at, processes)
    return {
      position,
      applied: processes.length - laggards.length,
      total: processes.length,
      laggards,
      lastAckMs: laggards.length > 0 ? null : (this.#lastAckMs.get(position) ?? null),
    }
  }

  #note(position: number, at: Date, processes: readonly Reported<ResilienceReport>[]) {
    // What was noted first stands: a process that is restarted applies everything once more.
    if (processes.length === 0 || this.#lastAckMs.has(position)) return
    const appliedAtMs = processes.map(({ report }) => Date.parse(report?.appliedAt ?? ''))
    this.#lastAckMs.set(position, Math.max(0, Math.max(...appliedAtMs) - at.getTime()))
    const [oldest] = this.#lastAckMs.keys()
    if (this.#lastAckMs.size > keptMax && oldest !== undefined) this.#lastAckMs.delete(oldest)
  }
}
