import { type Run, Tail, type TailOptions, type Topic, tailNames, topics } from '@gala/eventlog'
import type { Clock } from '@gala/kernel'
import { linesAfter } from '../rows/line-time.js'
import { lakeRowOf } from './lake-rows.js'
import type { Pending } from './manifest.js'
import { type RowSource, type Rows, SourceGone } from './row-source.js'
import type { LakeRow } from './tables.js'

/** Of one file in one batch. A line of any topic is some 300 bytes: about as many bytes as rows are wanted. */
const bytesPerRow = 300
/** A file that is being renamed is not found for a moment; one that is not found so many times is gone. */
const looksMax = 5
const missingMs = 600_000

type Gathered = Pending & { rows: LakeRow[] }

interface FileRowsOptions {
  dc: string
  spoolDir: string
  /** The edge's access log: its folder, and its name without `.log`. */
  edge?: { dir: string; name: string }
  clock: Clock
}

/** Rows from the lines that processes leave in files. It keeps places of its own: nobody else's reading matters to it. */
export class FileRows implements RowSource {
  readonly tables = topics
  readonly #tails = new Map<string, { topic: Topic; tail: Tail }>()
  readonly #looks = new Map<string, number>()
  readonly #missingSince = new Map<string, number>()

  constructor(private readonly options: FileRowsOptions) {}

  async next(placeOf: (source: string) => number, rowsMax: number): Promise<{ found: Rows[]; all: boolean }> {
    await this.#find()
    const found: Gathered[] = []
    let left = rowsMax * bytesPerRow
    for (const { topic, tail } of this.#tails.values()) {
      // Of every file that is seen there, also of one that was being renamed at an earlier look.
      const runs = await tail.next({ get: placeOf }, Math.max(1, left))
      for (const run of runs) {
        left -= run.to - run.from
        this.#add(found, topic, run, run.to)
      }
      if (left <= 0) return { found, all: false }
    }
    return { found, all: true }
  }

  async again({ table, source, from, to }: Pending): Promise<Rows> {
    await this.#find()
    const found: Gathered[] = []
    for (const { topic, tail } of this.#tails.values()) {
      if (topic !== table) continue
      const places = { get: (of: string) => (of === source ? from : Number.POSITIVE_INFINITY) }
      for (const run of await tail.next(places, to - from)) {
        if (run.source === source && run.from < to) this.#add(found, topic, run, Math.min(run.to, to))
      }
    }
    const [rows] = found
    if (rows?.to === to) {
      this.#looks.delete(source)
      return rows
    }
    const looks = (this.#looks.get(source) ?? 0) + 1
    this.#looks.set(source, looks)
    if (looks < looksMax) throw new Error(`the file of ${source} is not found`)
    this.#looks.delete(source)
    throw new SourceGone(`the file of ${source} is gone`)
  }

  /** Which of these have had no file for so long that none will come back. */
  async missing(sources: readonly string[]): Promise<ReadonlySet<string>> {
    await this.#find()
    const nowMs = this.options.clock.monotonicMs()
    const looked = await Promise.all([...this.#tails.values()].map(({ tail }) => tail.look()))
    const there = new Set(looked.flat().map(({ source }) => source))
    for (const source of this.#missingSince.keys()) if (there.has(source)) this.#missingSince.delete(source)
    for (const source of sources) {
      if (!there.has(source) && !this.#missingSince.has(source)) this.#missingSince.set(source, nowMs)
    }
    const gone = [...this.#missingSince].filter(([, sinceMs]) => nowMs - sinceMs > missingMs).map(([source]) => source)
    for (const source of gone) this.#missingSince.delete(source)
    return new Set(gone)
  }

  /** Runs of one source follow each other without a gap: they are one range, in one file of the lake. */
  #add(found: Gathered[], topic: Topic, run: Run, to: number): void {
    const cut = run.lines.length === run.to - run.from ? run.lines.subarray(0, to - run.from) : run.lines
    const rows = [...linesAfter({ ...run, lines: cut }, run.from)].map((line) =>
      lakeRowOf[topic](line, this.options.dc),
    )
    const last = found.at(-1)
    if (last?.source === run.source && last.to === run.from) {
      last.to = to
      for (const row of rows) last.rows.push(row)
    } else {
      found.push({ table: topic, source: run.source, from: run.from, to, rows })
    }
  }

  /** Spools appear with their writers. A name whose files are all gone costs a look, and may come back. */
  async #find(): Promise<void> {
    const { spoolDir, edge, clock } = this.options
    const add = (topic: Topic, options: TailOptions) => {
      const key = `${options.dir}/${options.name}`
      if (!this.#tails.has(key)) this.#tails.set(key, { topic, tail: new Tail(options) })
    }
    if (edge) add('requests', { ...edge, clock })
    for (const { topic, name } of await tailNames(spoolDir)) add(topic, { dir: spoolDir, name, clock })
  }
}
