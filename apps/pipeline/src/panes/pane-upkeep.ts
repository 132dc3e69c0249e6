import type { Database } from '@gala/database'
import type { Clock } from '@gala/kernel'

interface PaneUpkeepOptions {
  database: Pick<Database, 'onWriter'>
  dc: string
  clock: Clock
  keptMs: number
}

/** Of one statement: nobody waits long behind it. */
const rowsMax = 1_000
/** A file nobody has carried on for so long would be counted again if it were read after all; it is long gone for want of room. */
const placesKeptMs = 30 * 86_400_000

/** Deletes panes of one data centre that are older than they are kept, and what goes with them. What has no time is kept. */
export class PaneUpkeep {
  constructor(private readonly options: PaneUpkeepOptions) {}

  async run(): Promise<void> {
    const { dc, clock, keptMs } = this.options
    const before = clock.nowMs() - keptMs
    for (const span of [10, 60]) {
      await this.#delete('pane WHERE span_s = ? AND start_ms > 0 AND start_ms < ? AND dc = ? ORDER BY start_ms', [
        span,
        before,
        dc,
      ])
    }
    await this.#delete('pipeline_duplicates WHERE minute_ms < ? AND dc = ? ORDER BY minute_ms', [before, dc])
    const old = new Date(clock.nowMs() - placesKeptMs)
    await this.#delete('pipeline_place WHERE dc = ? AND updated_at < ? ORDER BY updated_at', [dc, old])
  }

  async #delete(rows: string, values: unknown[]) {
    for (let deleted = rowsMax; deleted === rowsMax; ) {
      const { affectedRows } = await this.options.database.onWriter((manager) =>
        manager.query<{ affectedRows: number }>(`DELETE FROM ${rows} LIMIT ${rowsMax}`, values),
      )
      deleted = affectedRows
    }
  }
}
