import type { Clock } from '@gala/kernel'
import type { MinuteBalance, PaneTable } from './pane-table.js'

const windowMs = 3_600_000

interface ReconcilerParts {
  panes: Pick<PaneTable, 'balance'>
  /** All minutes before this one are closed. */
  closedToMs: () => number
  clock: Pick<Clock, 'nowMs'>
}

/** Holds the two links against each other, minute by minute, once a minute is closed. What is shown of it then is the batch link's. */
export class Reconciler {
  /** Closed minutes of the last hour. */
  minutes: readonly MinuteBalance[] = []

  constructor(private readonly parts: ReconcilerParts) {}

  /** @throws of the database: then the last comparison stands. */
  async run(): Promise<void> {
    const { panes, closedToMs, clock } = this.parts
    const fromMs = clock.nowMs() - windowMs
    const toMs = closedToMs()
    this.minutes = toMs > fromMs ? await panes.balance(fromMs - (fromMs % 60_000), toMs) : []
  }

  /** Of the requests of these minutes, those that one link has and the other has not; 0 of none. */
  get ratio(): number {
    const [one, other] = this.minutes.reduce(
      ([apart, all], { stream, batch }) => [apart + Math.abs(stream.requests - batch.requests), all + batch.requests],
      [0, 0],
    )
    return other === 0 ? (one > 0 ? 1 : 0) : one / other
  }
}
