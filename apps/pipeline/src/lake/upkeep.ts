import type { Clock } from '@gala/kernel'
import type { LakeFiles } from './lake-files.js'
import type { LakeWriter } from './lake-writer.js'
import type { Manifest } from './manifest.js'
import { type Hour, hourStartMs, type LakeTable, lakeTableNames } from './tables.js'
import type { Turns } from './turns.js'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** Old folders stay for whoever lists them and reads afterwards: longer than any query may take. */
const readersMs = 10 * 60_000
/** Files of an hour that is still being written: more of them cost every reader more than making one of them. */
const openFilesMax = 60

interface UpkeepParts {
  files: LakeFiles
  writer: LakeWriter
  manifests: readonly Manifest[]
  turns: Turns
  clock: Clock
  daysOf: Readonly<Record<LakeTable, number>>
  /** After its end an hour is left alone for so long. */
  closedAfterMs: number
}

/** Keeps the lake small: few files for each hour, no day longer than it is wanted. */
export class Upkeep {
  readonly counts = { compacted: 0, days: 0, swept: 0 }

  constructor(private readonly parts: UpkeepParts) {}

  async run(): Promise<void> {
    for (const table of lakeTableNames) {
      await this.#drop(table)
      for (const hour of await this.parts.files.hours(table)) await this.#compact(table, hour)
      this.counts.swept += await this.parts.files.sweep(table, this.parts.clock.nowMs(), readersMs)
    }
  }

  async #drop(table: LakeTable): Promise<void> {
    const { files, turns, clock, daysOf } = this.parts
    const first = new Date(clock.nowMs() - daysOf[table] * dayMs).toISOString().slice(0, 10)
    const gone = await turns.take(() => files.dropBefore(table, first, clock.nowMs()))
    this.counts.days += gone.length
  }

  async #compact(table: LakeTable, hour: Hour): Promise<void> {
    const { files, writer, manifests, turns, clock, closedAfterMs } = this.parts
    await turns.take(async () => {
      // What is pending is written over files of its own names: these have to be there still.
      if (manifests.some(({ pending }) => pending.length > 0)) return
      const closed = clock.nowMs() > hourStartMs(hour) + hourMs + closedAfterMs
      const there = await files.listHour(table, hour)
      if (there.length < (closed ? 2 : openFilesMax)) return
      this.counts.compacted += await writer.compact(table, hour, clock.nowMs())
    })
  }
}
