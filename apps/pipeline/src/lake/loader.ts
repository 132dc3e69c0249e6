import type { Clock } from '@gala/kernel'
import type { LakeWriter } from './lake-writer.js'
import { type Manifest, type PaneTable, writeWhole } from './manifest.js'
import { type RowSource, type Rows, SourceGone } from './row-source.js'
import type { Turns } from './turns.js'

const minuteMs = 60_000

interface LoaderParts {
  manifest: Manifest
  writer: LakeWriter
  sources: readonly RowSource[]
  /** Who writes to the lake, one after the other. */
  turns: Turns
  clock: Clock
  /** Where others read how far each source has been carried on, if somebody wants to know. */
  loadedFile?: string
  /** Rows of one batch, about. */
  rowsMax: number
  /** Panes of minutes older than this are left as they are. */
  panesForMs: number
}

/**
 * Carries lines of files into the lake. What a batch is to be is on disk before its first row is written; ended in the middle,
 * it is written again exactly like that, over itself. So every line is in the lake once, whatever happens to this process.
 */
export class Loader {
  /** Everything that stood in the files at this time, Unix milliseconds, is in the lake. */
  completeToMs = 0
  /** Since the process began. */
  readonly counts = { rows: 0, batches: 0, lostRanges: 0, tooLate: 0 }

  constructor(private readonly parts: LoaderParts) {}

  /** Carries on what there is. @throws what writing throws: the same batch is tried again with the next call. */
  async run(): Promise<void> {
    for (;;) {
      const startedMs = this.parts.clock.nowMs()
      const all = await this.parts.turns.take(() => this.#batch())
      if (!all) continue
      this.completeToMs = startedMs
      return
    }
  }

  /** @returns whether there was nothing else. */
  async #batch(): Promise<boolean> {
    const { manifest, writer, loadedFile } = this.parts
    const { found, all } = manifest.pending.length > 0 ? await this.#again() : await this.#next()
    if (found.length > 0) {
      for (const { table, rows, ...range } of found) await writer.write(table, range, rows)
      await manifest.done({ requests: this.#minutesOf(found, 'requests'), beacons: this.#minutesOf(found, 'beacons') })
      this.counts.batches++
      this.counts.rows += found.reduce((sum, { rows }) => sum + rows.length, 0)
    }
    // Also after a start with nothing to do: the file may be of the time before the last batch.
    if (loadedFile && (found.length > 0 || this.completeToMs === 0))
      await writeWhole(loadedFile, JSON.stringify(manifest.places))
    return all
  }

  async #next(): Promise<{ found: Rows[]; all: boolean }> {
    const { manifest, sources, rowsMax } = this.parts
    const asked = await Promise.all(sources.map((source) => source.next((of) => manifest.placeOf(of), rowsMax)))
    const found = asked.flatMap((of) => of.found)
    if (found.length > 0)
      await manifest.begin(found.map(({ table, source, from, to }) => ({ table, source, from, to })))
    return { found, all: asked.every((of) => of.all) }
  }

  /** A range whose file is gone has been lost by whoever deleted it, and does not hold up all others. */
  async #again(): Promise<{ found: Rows[]; all: boolean }> {
    const { manifest, sources } = this.parts
    const found: Rows[] = []
    for (const range of manifest.pending) {
      const source = sources.find(({ tables }) => tables.includes(range.table))
      try {
        if (source) found.push(await source.again(range))
      } catch (error) {
        if (!(error instanceof SourceGone)) throw error
        this.counts.lostRanges++
        found.push({ ...range, rows: [] })
      }
    }
    return { found, all: false }
  }

  #minutesOf(found: readonly Rows[], table: PaneTable): Set<number> {
    const { clock, panesForMs } = this.parts
    const oldestMs = clock.nowMs() - panesForMs
    const minutes = new Set<number>()
    for (const { rows } of found.filter((of) => of.table === table)) {
      for (const { at_ms } of rows) {
        // What has no time stands at 0, and is counted there.
        if (at_ms < oldestMs && at_ms > 0) this.counts.tooLate++
        else minutes.add(at_ms - (at_ms % minuteMs))
      }
    }
    return minutes
  }
}
