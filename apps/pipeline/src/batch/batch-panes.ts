import { Engine, type EngineBounds } from '../lake/engine.js'
import type { LakeFiles } from '../lake/lake-files.js'
import type { Manifest, PaneTable as Table } from '../lake/manifest.js'
import { makeViews } from '../rollups/views.js'
import { paneRows } from './pane-rows.js'
import type { PaneTable } from './pane-table.js'

const minuteMs = 60_000
/** Minutes that are computed in one go: what they have together stays small. */
const minutesMax = 10
/** Nobody looks at ten seconds of what is older. */
const foldAfterMs = 6 * 60 * minuteMs
const keptMs = 90 * 24 * 60 * minuteMs
const tables = ['requests', 'beacons'] as const

interface BatchPanesParts {
  files: LakeFiles
  manifest: Manifest
  panes: Pick<PaneTable, 'write' | 'fold' | 'drop'>
  /** Up to which moment everything is in the lake, Unix milliseconds. */
  completeToMs: () => number
  /** After its end a minute is left open for so long. */
  graceMs: number
  bounds: EngineBounds
}

/** Computes the panes of minutes that are over from the lake, and again whenever rows of such a minute come after that. */
export class BatchPanes {
  readonly counts = { minutes: 0, panes: 0 }

  constructor(private readonly parts: BatchPanesParts) {}

  /** All minutes before this one are closed: their panes are what the lake has. */
  get closedToMs(): number {
    const { manifest, completeToMs, graceMs } = this.parts
    const lastMs = completeToMs() - graceMs
    const open = Math.max(0, lastMs - (lastMs % minuteMs))
    // A line without a time is in a minute of its own, which says nothing of others.
    const due = tables.flatMap((table) => [...manifest.due(table).keys()].filter((minute) => minute > 0))
    return Math.min(open, ...due)
  }

  /** @throws what the lake or the database throw: what was not written stays due. */
  async run(): Promise<void> {
    const { completeToMs, graceMs } = this.parts
    const over = (minute: number) => minute + minuteMs + graceMs <= completeToMs()
    for (const table of tables) {
      const due = [...this.parts.manifest.due(table)].filter(([minute]) => over(minute))
      if (due.length === 0) continue
      const engine = await Engine.open(this.parts.bounds)
      try {
        for (const minutes of together(due)) await this.#compute(engine, table, minutes)
      } finally {
        engine.close()
      }
    }
  }

  /** Keeps the table small: minutes of what is old, and nothing of what is very old. */
  async tidy(nowMs: number): Promise<void> {
    const { panes } = this.parts
    for (const table of tables) while (await panes.fold(table, nowMs - foldAfterMs)) {}
    await panes.drop(nowMs - keptMs)
  }

  async #compute(engine: Engine, table: Table, minutes: ReadonlyMap<number, number>): Promise<void> {
    const { files, manifest, panes } = this.parts
    const starts = [...minutes.keys()]
    await makeViews(engine, [files], { fromMs: Math.min(...starts), toMs: Math.max(...starts) + minuteMs })
    const rows = await paneRows(engine, table)
    const ofThese = rows.filter(({ startMs }) => minutes.has(startMs - (startMs % minuteMs)))
    await panes.write(table, minutes.keys(), ofThese)
    await manifest.computed(table, minutes)
    this.counts.minutes += minutes.size
    this.counts.panes += ofThese.length
  }
}

/** Minutes that lie close enough to each other to be read at once. */
function together(due: readonly (readonly [minute: number, batch: number])[]): Map<number, number>[] {
  const groups: Map<number, number>[] = []
  let first = Number.NEGATIVE_INFINITY
  for (const [minute, batch] of due) {
    if (minute - first >= minutesMax * minuteMs) {
      groups.push(new Map())
      first = minute
    }
    groups.at(-1)?.set(minute, batch)
  }
  return groups
}
